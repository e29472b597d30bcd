"""`lab.toml` as types, and the reader that reports every fault of the file at once.

A lab author sees `lab.toml: metrics[0].points: expected a number, got "ten"` with the next step, for
all faults in one go, instead of the first one.
"""

import difflib
import math
import tomllib
import types
import typing
from pathlib import Path
from typing import Any, Literal

import msgspec

from pushmark_graders.errors import LabError

FILE = "lab.toml"
MIB = 1 << 20


class TaskSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A numbered part of the lab; its points are the sum of its checks' points."""

    number: int
    title: str


class SubmissionSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a learner may change. `editable` are glob patterns relative to the repository's root
    (`**` crosses folders); `source` is put on the worker's import path; `ignore` names files that
    tools leave behind and that are not worth a remark."""

    editable: list[str]
    source: str = "."
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
    Points are linear between `baseline` (0) and `target` (all). `honesty_points` are earned when the
    claim is at most `tolerance` above the measurement. `needs` lists checks that must pass first.
    """

    name: str
    title: str
    predict: str
    function: Literal["roc_auc", "log_loss", "accuracy", "rmse", "mae"]
    points: float
    baseline: float
    target: float
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
    raw = _read_toml(path)
    problems: list[str] = []
    _check_struct(raw, LabSpec, "", problems)
    if not problems:
        spec = msgspec.structs.replace(msgspec.convert(raw, LabSpec), root=folder.resolve())
        problems.extend(_check_meaning(spec))
        if not problems:
            return spec
    raise LabError(
        [f"{path}: {problem}" for problem in problems],
        f"mend {'this key' if len(problems) == 1 else 'these keys'} in {path}; see docs/reference/lab-toml.md",
    )


def _read_toml(path: Path) -> dict[str, Any]:
    if not path.parent.is_dir():
        raise LabError([f"{path.parent}: no such folder"], "give the path of a lab folder, the one that holds lab.toml")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise LabError(
            [f"{path}: no such file"], "give the path of a lab folder, or start one with: pushmark lab new NAME"
        ) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise LabError([f"{path}: line {line} is not UTF-8"], "save the file as UTF-8") from None
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, an endless number, endless nesting
        raise LabError([f"{path}: not valid TOML: {error}"], "mend the line that it names") from None
    except OSError as error:
        raise LabError([f"{path}: cannot be read: {error.strerror}"], "check the file's permissions") from None


def _check_struct(value: object, kind: type[msgspec.Struct], where: str, problems: list[str]) -> None:
    """Collect every unknown, missing and wrongly typed key below `where`."""
    if not isinstance(value, dict):
        problems.append(f"{where.rstrip('.')}: expected a table, got {_show(value)}")
        return
    fields = {field.name: field for field in msgspec.structs.fields(kind) if field.name != "root"}
    for key in value:
        if key not in fields:
            close = difflib.get_close_matches(key, fields, 1)
            hint = f"did you mean `{close[0]}`?" if close else f"expected one of: {', '.join(fields)}"
            problems.append(f"{where}{key}: unknown key; {hint}")
    for name, field in fields.items():
        if name in value:
            _check_value(value[name], field.type, f"{where}{name}", problems)
        elif field.required:
            problems.append(f"{where}{name}: missing; expected {_name(field.type)}")


def _check_value(value: object, kind: Any, where: str, problems: list[str]) -> None:
    if isinstance(kind, types.UnionType):
        kind = next(part for part in typing.get_args(kind) if part is not types.NoneType)
    if typing.get_origin(kind) is list:
        if not isinstance(value, list):
            problems.append(f"{where}: expected {_name(kind)}, got {_show(value)}")
            return
        for index, item in enumerate(value):
            _check_value(item, typing.get_args(kind)[0], f"{where}[{index}]", problems)
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        _check_struct(value, kind, f"{where}.", problems)
    elif not _fits(value, kind):
        problems.append(f"{where}: expected {_name(kind)}, got {_show(value)}")


def _fits(value: object, kind: Any) -> bool:
    try:
        read = msgspec.convert(value, kind)
    except (msgspec.ValidationError, ValueError, OverflowError):
        return False
    return not isinstance(read, float) or math.isfinite(read)  # TOML has nan and inf; no key of ours does


_NAMES: dict[Any, str] = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def _name(kind: Any) -> str:
    if kind in _NAMES:
        return _NAMES[kind]
    if typing.get_origin(kind) is list:
        return f"a list of {_name(typing.get_args(kind)[0]).removeprefix('a ')}s"
    if typing.get_origin(kind) is Literal:
        return "one of: " + ", ".join(str(choice) for choice in typing.get_args(kind))
    return "a table"


def _show(value: object) -> str:
    try:
        text = f'"{value}"' if isinstance(value, str) else str(value)
    except ValueError:  # Python writes no whole number of more than 4300 digits; TOML's hexadecimal ones have no bound
        text = "a number too long to print"
    return text if len(text) <= 60 else text[:57] + "..."


def _check_meaning(spec: LabSpec) -> list[str]:
    """Faults that types cannot say."""
    problems = []
    if spec.slug != spec.root.name and (spec.root / "starter").is_dir():
        problems.append(f"slug: expected the folder's name {spec.root.name}, got {_show(spec.slug)}")
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
        if metric.predict.count(":") != 1:
            problems.append(f"metrics[{index}].predict: expected module:function, got {_show(metric.predict)}")
    return problems
