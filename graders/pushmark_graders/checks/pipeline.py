"""A DVC pipeline as its author declared it, and whether what was submitted is what it makes.

    pipeline.expect_stages(training, {"train": ["src/train.py", "work/features.parquet"]})
    pipeline.expect_lock(files, training)
    pipeline.expect_reruns(repro, ["train", "evaluate"], param="model.rate")

What a clean run made is read in a worker after it, and what was submitted is read as data. Both are the learner's
word: they grade whether others can repeat the work, not how good its result is.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from pushmark_graders.checks import lockfile
from pushmark_graders.checks.expect import Unmet
from pushmark_graders.checks.lockfile import LockedStage
from pushmark_graders.checks.plain_yaml import NotPlain
from pushmark_graders.report.text import one_line
from pushmark_graders.submission import intake
from pushmark_graders.submission.errors import Unreadable
from pushmark_graders.submission.submitted import SubmittedFiles, label, place

if TYPE_CHECKING:
    from pushmark_graders.grading.claims import Claims
    from pushmark_graders.grading.repro import Repro

_SHOWN = 5


def expect_stages(training: "Claims", stages: Mapping[str, Sequence[str]]) -> None:
    """Each of `stages` ran, and declares at least these dependencies: paths, or parameters as `params.yaml:rate`.

    A folder that a stage depends on stands for all that is in it; of a group of parameters, one is enough.
    """
    for name, needs in stages.items():
        stage = _stage(training, name)
        missing = [need for need in needs if not _declares(stage, need)]
        if missing:
            raise Unmet(
                f"The stage `{name}` does not declare {', '.join(f'`{need}`' for need in missing)} in dvc.yaml: DVC "
                "would not run it again when that changes. Name it under deps or params.",
                got=one_line(", ".join([*stage.deps, *stage.params]), 300) or "no dependency",
            )


def expect_after(training: "Claims", stage: str, before: str) -> None:
    """The stage `stage` depends on an output of the stage `before`, or of one that does."""
    for name in (stage, before):
        _stage(training, name)
    known = upstream(training.locked, stage)
    if before not in known:
        raise Unmet(
            f"The stage `{stage}` does not wait for `{before}`: name an output of `{before}` under its deps.",
            got=f"{stage} depends on {one_line(', '.join(known), 200) or 'no other stage'}",
        )


def upstream(locked: Mapping[str, LockedStage], stage: str) -> list[str]:
    """The stages whose outputs `stage` depends on, directly or through others, in the order of `locked`."""
    found: set[str] = set()
    waiting = [stage]
    while waiting:
        deps = locked[waiting.pop()].deps
        new = {name for name, other in locked.items() if name not in {stage, *found} and _feeds(other, deps)}
        found |= new
        waiting += new
    return [name for name in locked if name in found]


def downstream(locked: Mapping[str, LockedStage], stages: Collection[str]) -> list[str]:
    """Those of `stages` that `locked` knows, and all that depend on one of their outputs, in its order."""
    return [name for name in locked if name in stages or any(one in stages for one in upstream(locked, name))]


def expect_lock(
    files: SubmittedFiles, training: "Claims", *, exempt: Sequence[str] = (), name: str = "dvc.lock"
) -> None:
    """The submitted lock is what the clean run wrote: the same stages, commands, parameters and hashes.

    Told is where a difference begins, not what follows from it. `exempt` holds patterns of outputs that no run makes
    twice alike, such as a store of trials. Raises MissingFile, and Unreadable for what is no lock.
    """
    theirs, ours = _parse(files, name), training.locked
    odd = [f"{stage}: not in {name}" for stage in ours if stage not in theirs]
    odd += [f"{stage}: in {name}, and no stage of the pipeline" for stage in theirs if stage not in ours]
    made = {path: digest for stage in theirs.values() for path, digest in stage.outs.items()}
    for stage in ours:
        if stage in theirs:
            odd += _differences(stage, theirs[stage], ours[stage], made, list(exempt))
    if odd:
        advice = _REPEAT if any(_NOT_REPEATED in line for line in odd) else _LOCK_AGAIN
        told = [f"{name} is not what a clean run of the submitted code and data writes:", *_first(odd), advice]
        raise Unmet("\n".join(told), location=place(name))


_NOT_REPEATED = "the same inputs gave another output"
_REPEAT = (
    "A run must not depend on luck: give every random generator a seed, and pin the threads "
    "(cmd: OMP_NUM_THREADS=1 python ...), then run dvc repro and commit dvc.lock."
)
_LOCK_AGAIN = "Run dvc repro, and commit dvc.lock together with what it was made from."


def _differences(
    stage: str, theirs: LockedStage, ours: LockedStage, made: Mapping[str, str], exempt: list[str]
) -> list[str]:
    """What differs in one stage by itself; `made` holds the hash of each output in the submitted lock."""
    found = [] if theirs.cmd == ours.cmd else [f"{stage}: its command was another one"]
    found += _changed(stage, "params", theirs.params, ours.params)
    other = {path for path in ours.deps if theirs.deps.get(path) != ours.deps[path]}
    follows = {path for path in other if path in made and made[path] == theirs.deps.get(path)}
    found += _changed(stage, "deps", _without(theirs.deps, follows), _without(ours.deps, follows))
    if found or follows:
        return found
    loose = {path for path in ours.outs if intake.matches(path, exempt)}
    changed = _changed(stage, "outs", _without(theirs.outs, loose), _without(ours.outs, loose))
    return [f"{line} ({_NOT_REPEATED})" for line in changed]


def _without(hashes: Mapping[str, str], paths: Collection[str]) -> dict[str, str]:
    return {path: digest for path, digest in hashes.items() if path not in paths}


def _changed(stage: str, kind: str, theirs: Mapping[str, str], ours: Mapping[str, str]) -> list[str]:
    return [
        f"{stage}, {kind}: {label(path)} was {_short(theirs.get(path))}, is {_short(ours.get(path))}"
        for path in dict.fromkeys([*ours, *theirs])
        if theirs.get(path) != ours.get(path)
    ]


def _short(text: str | None) -> str:
    if text is None:
        return "not there"
    return one_line(text if len(text) <= 16 else f"{text[:8]}...", 20) or "empty"


def _first(odd: Sequence[str]) -> list[str]:
    more = [f"  ... and {len(odd) - _SHOWN:,} more"] if len(odd) > _SHOWN else []
    return [*(f"  {one_line(line, 200)}" for line in odd[:_SHOWN]), *more]


def expect_metrics(
    files: SubmittedFiles,
    training: "Claims",
    *,
    tolerance: float = 1e-6,
    ignore: Sequence[str] = (),
    name: str = "metrics.json",
) -> None:
    """The submitted metrics are those of the clean run, number by number, within `tolerance`.

    `ignore` names dotted keys that may differ, such as seconds. Raises MissingFile, and Unreadable for what is no
    JSON object.
    """
    theirs, ours = _numbers(_json(files, name), ignore), _numbers(training.metrics, ignore)
    odd = [
        f"{one_line(key, 80)}: {_told(theirs.get(key))} submitted, {_told(ours.get(key))} in the clean run"
        for key in dict.fromkeys([*ours, *theirs])
        if not _same(theirs.get(key), ours.get(key), tolerance)
    ]
    if odd:
        told = [f"{name} does not hold what a clean run of the submitted code and data gives:", *_first(odd)]
        told.append(f"Run dvc repro, and commit {name} with the code that made it.")
        raise Unmet("\n".join(told), location=place(name))


def expect_reruns(repro: "Repro", stages: Sequence[str], *, param: str = "", file: str = "") -> None:
    """After another value of `param` (`rate`, `model.rate` or `params.yaml:model.rate`), or other bytes in `file`,
    DVC would run `stages` and no others.

    Raises ValueError unless exactly one of the two is given.
    """
    what = f"the parameter `{param}`" if param else f"`{file}`"
    got = repro.after(param=param, file=file)
    needless = [name for name in got if name not in stages]
    stale = [name for name in stages if name not in got]
    if stale:
        raise Unmet(
            f"When {what} changes, DVC would not run {_list(stale)} again, and its old output would stay. "
            f"Name it under {'params' if param else 'deps'} of the stage that reads it.",
            got=_list(got) or "no stage would run",
            expected=_list(stages),
        )
    if needless:
        raise Unmet(
            f"When {what} changes, DVC would run {_list(needless)} for nothing. A stage should depend on what it reads "
            f"alone: {'name single parameters, not the whole file' if param else 'name single files, not the folder'}.",
            got=_list(got),
            expected=_list(stages) or "no stage",
        )


def _list(names: Sequence[str]) -> str:
    return one_line(", ".join(names), 200)


def _stage(training: "Claims", name: str) -> LockedStage:
    if name not in training.locked:
        raise Unmet(
            f"The pipeline has no stage `{name}`: define it in dvc.yaml.",
            got=one_line(", ".join(training.locked), 200) or "no stage",
        )
    return training.locked[name]


def _declares(stage: LockedStage, need: str) -> bool:
    if ":" in need:
        return any(key == need or key.startswith(f"{need}.") for key in stage.params)
    return any(_holds(path, need) for path in stage.deps)


def _holds(path: str, other: str) -> bool:
    return path == other or other.startswith(f"{path}/")


def _feeds(stage: LockedStage, deps: Collection[str]) -> bool:
    return any(_holds(out, dep) or _holds(dep, out) for out in stage.outs for dep in deps)


def _parse(files: SubmittedFiles, name: str) -> dict[str, LockedStage]:
    try:
        return lockfile.parse(files.text(name))
    except NotPlain as error:
        raise Unreadable(
            f"{name}:{error.line}: this is no lock of DVC's: {error.what}. Write it anew with dvc repro.",
            "a file is no lock of DVC's",
            place(name, error.line),
        ) from None


def _json(files: SubmittedFiles, name: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(files.read(name), type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(
            f"{name} is no JSON object ({one_line(str(error), 100)}). Write it with json.dump.",
            "a file is not valid JSON",
            place(name),
        ) from None


def _numbers(found: Mapping[str, Any], ignore: Sequence[str]) -> dict[str, float]:
    """Every number by its dotted key; what else a file holds is not compared."""
    numbers: dict[str, float] = {}
    waiting: list[tuple[str, Any]] = list(found.items())[::-1]
    while waiting:
        key, value = waiting.pop()
        if key in ignore:
            continue
        if isinstance(value, dict | list):
            inside = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += [(f"{key}.{name}", inner) for name, inner in reversed(list(inside))]
        elif isinstance(value, int | float) and not isinstance(value, bool):
            numbers[key] = _as_float(value)
    return numbers


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # JSON's whole numbers have no bound
        return math.inf


def _same(one: float | None, other: float | None, tolerance: float) -> bool:
    if one is None or other is None:
        return one is other
    return one == other or abs(one - other) <= tolerance


def _told(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.6g}"
