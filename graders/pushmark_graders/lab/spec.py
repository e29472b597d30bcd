"""`lab.toml` as types, and its reader."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from pushmark_graders import toml_file
from pushmark_graders.errors import LabError
from pushmark_graders.lab import metric_spec
from pushmark_graders.lab.metric_spec import MetricSpec
from pushmark_graders.toml_file import show

FILE = "lab.toml"
SUITE = "suite"
"""The folder of what learners' own tests are run on; like the solution, it stays with the grader."""
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


class GradingSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What grading the solution costs at most, which lint holds: `processor_seconds` of the grader and its workers,
    training included, and `memory_mb` of the largest process."""

    processor_seconds: float = 120.0
    memory_mb: int = 2048


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
    extras: list[Literal["serve", "torch"]] = []
    training: TrainingSpec | None = None
    metrics: list[MetricSpec] = []
    limits: LimitsSpec = LimitsSpec()
    grading: GradingSpec = GradingSpec()
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
    bounded = {
        "limits": spec.limits,
        "training": spec.training,
        "submission": spec.submission,
        "grading": spec.grading,
    }
    for table, bounds in bounded.items():
        problems += [
            f"{table}.{key}: expected a number above 0, got {value}"
            for key, value in (msgspec.structs.asdict(bounds) if bounds else {}).items()
            if isinstance(value, int | float) and value <= 0
        ]
    if not spec.submission.editable:
        problems.append("submission.editable: expected at least one pattern; else there is nothing to grade")
    for index, metric in enumerate(spec.metrics):
        problems += [f"metrics[{index}].{problem}" for problem in metric_spec.faults(metric)]
    return problems
