"""The list of checks that a lab expects, read from its check files before anything runs.

The grader owns this list: what is not on it earns nothing, and what is on it and did not pass earns
nothing either.
"""

import inspect
from pathlib import Path

import msgspec
import pytest

from pushmark_graders.checks.marks import MARK, TaskMark
from pushmark_graders.errors import LabError
from pushmark_graders.lab.spec import FILE, LabSpec


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One expected check: where it stands in the lab and what it is worth. `trains` says that it, or one it
    waits for, looks at a training run, `suite` the same of the submission's tests on the lab's own implementations,
    `slow` that it takes its time (it is marked so, or measures a budget), and `starter` that it needs the lab's starter
    beside the submission. `budget`: it measures costs itself."""

    id: str
    title: str
    task: int
    points: float
    hidden: bool
    needs: tuple[str, ...]
    hint: str
    trains: bool
    suite: bool = False
    slow: bool = False
    starter: bool = False
    budget: bool = False
    node: str
    file: str


def read_items(spec: LabSpec, items: list[pytest.Item]) -> list[Check]:
    """Turn collected tests into checks, in the order in which they run: public first, of these the slow ones
    last, then by task, each after those that it waits for.

    Raises LabError with every fault of every check file at once.
    """
    problems: list[str] = []
    checks = [check for item in items if (check := _read_item(spec, item, problems)) is not None]
    if not items:
        problems.append(f"{spec.root / 'checks'}: no checks found; expected test_*.py with @task tests")
    _check_together(checks, problems)
    _check_metrics(spec, checks, problems)
    ordered = _ordered(
        sorted(checks, key=lambda check: (check.hidden, check.slow and not check.hidden, check.task)), problems
    )
    if problems:
        raise LabError(
            problems, "mend the check files named above; docs/reference/check-api.md shows how a check looks"
        )
    return ordered


def _ordered(checks: list[Check], problems: list[str]) -> list[Check]:
    """The checks in their order, but each after those it needs, and with what these need of the grading."""
    known = {check.id for check in checks}
    done: dict[str, Check] = {}
    waiting = checks
    while waiting:
        ready = next(
            (check for check in waiting if all(need in done or need not in known for need in check.needs)), None
        )
        if ready is None:
            problems.append(f"{waiting[0].file}: these checks wait for each other: {', '.join(c.id for c in waiting)}")
            break
        needed = [done[need] for need in ready.needs if need in done]
        trains = ready.trains or any(one.trains for one in needed)
        suite = ready.suite or any(one.suite for one in needed)
        slow = ready.slow or any(one.slow for one in needed)
        starter = ready.starter or any(one.starter for one in needed)
        done[ready.id] = msgspec.structs.replace(ready, trains=trains, suite=suite, slow=slow, starter=starter)
        waiting = [check for check in waiting if check.id not in done]
    return list(done.values())


def _check_metrics(spec: LabSpec, checks: list[Check], problems: list[str]) -> None:
    known = {check.id for check in checks}
    for index, metric in enumerate(spec.metrics):
        problems += [
            f"{spec.root / FILE}: metrics[{index}].needs: {need!r} is no check of this lab"
            for need in metric.needs
            if need not in known
        ]


def _read_item(spec: LabSpec, item: pytest.Item, problems: list[str]) -> Check | None:
    where = f"{_relative(item.path, spec.root)}::{item.name}"
    marks = [mark.args[0] for mark in item.iter_markers(MARK)]
    if not marks or not isinstance(item, pytest.Function):
        problems.append(f"{where}: no task; expected @task(number, points=...) on a plain function")
        return None
    mark = marks[0]
    assert isinstance(mark, TaskMark)
    title = (inspect.getdoc(item.function) or "").split("\n\n")[0].replace("\n", " ").strip()
    if not title:
        problems.append(f"{where}: no docstring; expected the sentence that the learner reads")
    if mark.number not in {task.number for task in spec.tasks}:
        problems.append(f"{where}: task {mark.number} is not in lab.toml")
    if "hidden" in item.fixturenames and not mark.hidden:
        problems.append(f"{where}: a public check asks for `hidden`; its message would show hidden inputs")
    if "budget" in item.fixturenames and mark.hidden:
        problems.append(
            f"{where}: a hidden check asks for `budget`; a report tells costs, which can carry what is hidden"
        )
    if hasattr(item, "callspec"):
        problems.append(f"{where}: parametrised; one function is one check (a loop, or `subtests`, tries many values)")
    if mark.points < 0:
        problems.append(f"{where}: points {mark.points:g}; expected 0 or more")
    return Check(
        id=item.name.removeprefix("test_").replace("_", "-"),
        title=title,
        task=mark.number,
        points=mark.points,
        hidden=mark.hidden,
        needs=mark.needs,
        hint=mark.hint,
        trains="training" in item.fixturenames,
        suite="suite" in item.fixturenames,
        slow=mark.slow or "budget" in item.fixturenames,
        starter="starter" in item.fixturenames,
        budget="budget" in item.fixturenames,
        node=item.nodeid,
        file=_relative(item.path, spec.root),
    )


def _check_together(checks: list[Check], problems: list[str]) -> None:
    """Faults that only show when the checks stand side by side."""
    seen: dict[str, Check] = {}
    for check in checks:
        if check.id in seen:
            problems.append(f"{check.file}: check {check.id} is also in {seen[check.id].file}; ids must be unique")
        seen[check.id] = check
    for check in checks:
        for need in check.needs:
            if need not in seen:
                problems.append(f"{check.file}: {check.id} needs {need!r}, which is no check of this lab")
            elif seen[need].hidden and not check.hidden:
                problems.append(f"{check.file}: public check {check.id} needs hidden check {need}")
        if check.hidden != Path(check.file).name.startswith("test_hidden_"):
            problems.append(
                f"{check.file}: {check.id} is {'hidden' if check.hidden else 'public'}; "
                "hidden checks live in test_hidden_*.py, public ones in other test_*.py files"
            )


def _relative(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
