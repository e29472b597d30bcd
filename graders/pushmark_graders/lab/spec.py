"""`lab.toml` as types, and its reader."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from pushmark_graders import toml_file
from pushmark_graders.errors import LabError
from pushmark_graders.toml_file import show

FILE = "lab.toml"
MIB = 1 << 20


class TaskSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A numbered part of the lab; its points are the sum of its checks' points."""

    number: int
    title: str


class SubmissionSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a learner may change. `editable` are glob patterns relative to the repository's root
    (`**` crosses folders); `source` is put on the worker's import path; `preload` are libraries that
    workers have imported before they are asked; `ignore` names files that tools leave behind and that are
    not worth a remark."""

    editable: list[str]
    source: str = "."
    preload: list[Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]] = []
    ignore: list[str] = []
    max_files: int = 500
    max_bytes: int = 20 * MIB


class TrainingSpec(msgspec.Struct, frozen=True, kw_only=True):
    """The DVC pipeline. `stages` must all run; `metrics` is the JSON file that the run writes its
    claims to; `seconds` is the wall-time limit of the whole run."""

    stages: list[str]
    metrics: str = "metrics.json"
    seconds: float = 120.0
    memory_mb: int = 4096


class MetricSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A number that the grader measures itself on the hidden set.

    `predict` is `module:function` in the submission, called with the hidden inputs as keyword
    arguments; it returns one score per row. `reference` names the entry of the hidden set's
    `references` whose score is subtracted. `claim` is the dotted key in the training's metrics file.
    Points are linear between `baseline` (0) and `target` (all). A learner is told nothing finer than
    `step`. `honesty_points` are earned when the claim is at most `tolerance` above the measurement.
    `needs` lists checks that must pass first.
    """

    name: str
    title: str
    predict: str
    function: Literal["roc_auc", "log_loss", "accuracy", "rmse", "mae"]
    points: float
    baseline: float
    target: float
    step: float = 0.01
    reference: str = ""
    claim: str = ""
    honesty_points: float = 0.0
    tolerance: float = 0.0
    needs: list[str] = []
    hint: str = ""
    honesty_hint: str = ""
    seconds: float = 120.0


class LimitsSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of a worker. `call_seconds` is wall time per call, `import_seconds` for the first import,
    `check_seconds` for a whole check."""

    check_seconds: float = 120.0
    call_seconds: float = 10.0
    import_seconds: float = 60.0
    memory_mb: int = 4096
    processes: int = 256
    file_mb: int = 256
    output_kb: int = 64
    frame_mb: int = 256


class DataSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Tables that the template carries. `build` is a Python file of the lab with
    `write(folder: Path) -> None`; what it writes lands in `path` and is tracked with DVC."""

    build: str
    path: str = "data/raw"


class LabSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A whole lab folder's `lab.toml`. `root` is the folder it was read from."""

    schema: Literal[1]
    slug: str
    title: str
    version: str
    summary: str
    tasks: list[TaskSpec]
    submission: SubmissionSpec
    track: str = ""
    order: int = 1
    minutes: int = 60
    ai_policy: str = ""
    extras: list[Literal["torch"]] = []
    training: TrainingSpec | None = None
    metrics: list[MetricSpec] = []
    limits: LimitsSpec = LimitsSpec()
    data: DataSpec | None = None
    root: Path = Path()


def load_lab(folder: Path) -> LabSpec:
    """Read `folder/lab.toml`.

    Raises LabError with one line per fault (file, key, what was expected) and the next step.
    """
    path = folder / FILE
    if not folder.is_dir():
        raise LabError([f"{folder}: no such folder"], "give the path of a lab folder, the one that holds lab.toml")
    start = "give the path of a lab folder, or start one with: pushmark lab new NAME"
    raw = toml_file.read(path, LabError, start)
    problems = toml_file.faults(raw, LabSpec)
    if not problems:
        spec = msgspec.structs.replace(msgspec.convert(raw, LabSpec), root=folder.resolve())
        problems = _check_meaning(spec)
        if not problems:
            return spec
    raise toml_file.fault_error(path, problems, LabError, "docs/reference/lab-toml.md")


def _check_meaning(spec: LabSpec) -> list[str]:
    """Faults that types cannot say."""
    problems = []
    if spec.slug != spec.root.name and (spec.root / "starter").is_dir():
        problems.append(f"slug: expected the folder's name {spec.root.name}, got {show(spec.slug)}")
    numbers = [task.number for task in spec.tasks]
    if numbers != list(range(1, len(numbers) + 1)):
        problems.append(f"tasks: expected numbers 1 to {len(numbers)} in order, got {numbers}")
    if not numbers:
        problems.append("tasks: expected at least one")
    for table, bounds in {"limits": spec.limits, "training": spec.training, "submission": spec.submission}.items():
        problems += [
            f"{table}.{key}: expected a number above 0, got {value}"
            for key, value in (msgspec.structs.asdict(bounds) if bounds else {}).items()
            if isinstance(value, int | float) and value <= 0
        ]
    if not spec.submission.editable:
        problems.append("submission.editable: expected at least one pattern; else there is nothing to grade")
    for index, metric in enumerate(spec.metrics):
        for key in ("points", "honesty_points", "tolerance", "seconds"):
            if getattr(metric, key) < 0:
                problems.append(f"metrics[{index}].{key}: expected 0 or more, got {getattr(metric, key)}")
        if metric.baseline == metric.target:
            problems.append(f"metrics[{index}].target: expected a value other than baseline {metric.baseline}")
        problems += [f"metrics[{index}].{problem}" for problem in _off_the_grid(metric)]
        if metric.predict.count(":") != 1:
            problems.append(f"metrics[{index}].predict: expected module:function, got {show(metric.predict)}")
    return problems


def _off_the_grid(metric: MetricSpec) -> list[str]:
    """A skill is told in steps: a bound between two of them would move with luck."""
    if metric.step <= 0:
        return [f"step: expected a number above 0, got {metric.step}"]
    return [
        f"{key}: expected a multiple of step {metric.step:g}, got {value:g}"
        for key, value in (("baseline", metric.baseline), ("target", metric.target))
        if abs(value / metric.step - round(value / metric.step)) > 1e-6
    ]
