"""Runs a lab's checks with pytest, in the grader, and takes down what became of each.

Outcomes come from the exceptions themselves, not from a report file: a subtest that failed fails its
check, and a skip is never a pass. pytest-json-report runs beside as evidence for staff.
"""

import contextlib
import io
import os
import re
import signal
import threading
import types
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
import pytest_jsonreport.plugin as json_report

from pushmark_graders.checks.marks import MARK
from pushmark_graders.errors import CouldNotGrade, LabError, PushmarkError
from pushmark_graders.grading import compiled
from pushmark_graders.grading.around import clean_pytest
from pushmark_graders.grading.catalogue import Check, read_items
from pushmark_graders.grading.claims import Claims
from pushmark_graders.grading.fixtures import Fixtures
from pushmark_graders.grading.judging import is_lab_fault, read_exception, read_leaks
from pushmark_graders.lab.spec import LabSpec
from pushmark_graders.report.model import BudgetResult, LeakFinding, Location, State
from pushmark_graders.submission.errors import Overran
from pushmark_graders.submission.proxy import Connection
from pushmark_graders.submission.submitted import SubmittedFiles


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one check. `output` is what the submission printed meanwhile, `modules` are those asked for.

    `is_lab_fault` says that it is ungraded because it broke itself.
    """

    state: State
    message: str = ""
    output: str = ""
    waits_for: list[str] = []
    location: Location | None = None
    seconds: float = 0.0
    modules: frozenset[str] = frozenset()
    leaks: list[LeakFinding] = []
    is_lab_fault: bool = False


LONGEST_MESSAGE = 10_000
"""Characters of a message: a check may quote an answer of any size."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a run of the checks works with. A connection is None when nothing shall run, only be listed.

    `first` are those of the public checks that run before the others, each after what it waits for; a slow check
    is never one of them. What is `known` of checks does not run again. `metered` is the connection of checks that
    measure costs, and `starter` makes one to the lab's own starter, where there is one.
    """

    spec: LabSpec
    data: Path
    seed: str
    public: Connection | None = None
    hidden: Connection | None = None
    metered: Connection | None = None
    starter: Callable[[], Connection] | None = None
    training: Claims | None = None
    files: SubmittedFiles = msgspec.field(default_factory=SubmittedFiles)
    wanted: Callable[[Check], bool] = lambda _check: True
    first: Callable[[Check], bool] = lambda _check: False
    known: Mapping[str, Outcome] = msgspec.field(default_factory=dict)
    listed: Callable[[list[Check]], None] = lambda _checks: None
    progress: Callable[[Check, Outcome], None] = lambda _check, _outcome: None
    phase: Callable[[str], None] = lambda _phase: None


class Session(msgspec.Struct, kw_only=True):
    """The expected checks, their outcomes so far, and pytest-json-report's own record."""

    checks: list[Check]
    outcomes: dict[str, Outcome]
    evidence: dict[str, Any]
    budgets: list[BudgetResult] = []


def run(plan: Plan) -> Session:
    """Collect the lab's checks and, where the plan has connections, run them.

    Raises LabError for a faulty check file and CouldNotGrade when pytest itself breaks.
    """
    plugin = _Plugin(plan)
    fixtures = Fixtures(plan, plugin.check_of, plugin.connection_of)
    folder = plan.spec.root / "checks"
    if not folder.is_dir():
        raise LabError([f"{folder}: no such folder"], "write checks there; `pushmark lab new` shows how one looks")
    arguments = [
        str(folder), "-q", "-s", "-c", os.devnull, "--rootdir", str(plan.spec.root), "--noconftest",
        "--confcutdir", str(folder),  # else it lists every folder above the lab
        "--import-mode=importlib", "-p", "no:cacheprovider", "-p", "no:warnings", "-p", "no:faulthandler",
        "-p", "no:unraisableexception", "-p", "no:threadexception",  # they collect garbage, five times over
        "--json-report", "--json-report-file=none", "-o", "python_files=test_*.py",
    ]  # fmt: skip
    with clean_pytest(folder), warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()) as said:
        warnings.simplefilter("ignore")  # a warning quotes hidden values and learner text onto a log
        status = pytest.main(arguments, plugins=[json_report, plugin, fixtures])
    if plugin.error is not None:
        raise plugin.error
    if plugin.interrupted:
        raise KeyboardInterrupt
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise CouldNotGrade(f"pytest ended with {status!r}:\n{said.getvalue()[-2000:]}", "report this to Pushmark")
    return Session(checks=plugin.checks, outcomes=plugin.outcomes, evidence=plugin.evidence, budgets=fixtures.budgets)


class _Plugin:
    """The pytest side: fixtures, the order of checks, and their outcomes."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.checks: list[Check] = []
        self.outcomes: dict[str, Outcome] = dict(plan.known)
        self.evidence: dict[str, Any] = {}
        self.error: PushmarkError | None = None
        self.interrupted = False
        self._by_node: dict[str, Check] = {}
        self._hidden_file = ""
        self._calling = False
        self._subtest: Outcome | None = None
        self._collection: list[str] = []

    def check_of(self, node: str) -> Check:
        """The check that a test of pytest's is."""
        return self._by_node[node]

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", f"{MARK}(mark): a check of a lab")

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Iterator[None]:
        with compiled.imported_from(self.plan.spec.root / "checks"):  # now: before pytest's own finder
            return (yield)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._collection.append(
                f"{report.nodeid}: cannot be imported:\n{_import_fault(report.longreprtext, self.plan.spec.root)}"
            )

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        try:
            if self._collection:
                raise LabError(self._collection, "mend the check files named above")
            self.checks = read_items(self.plan.spec, items)
        except PushmarkError as error:
            self.error = error
            items.clear()
            return
        self._by_node = {check.node: check for check in self.checks}
        self.plan.listed(self.checks)
        early = with_needs(self.checks, lambda check: not (check.hidden or check.slow) and self.plan.first(check))
        order = {check.node: (check.id not in early, place) for place, check in enumerate(self.checks)}
        items.sort(key=lambda item: order[item.nodeid])
        wanted = with_needs(self.checks, self.plan.wanted)
        items[:] = [item for item in items if self._runs(self.check_of(item.nodeid), wanted)]

    def _runs(self, check: Check, wanted: set[str]) -> bool:
        connected = self.plan.hidden if check.hidden else self.plan.public
        return connected is not None and check.id in wanted and check.id not in self.plan.known

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        session.config.option.tbstyle = "native"  # nobody reads the source of a check beside each line of a trace

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self.interrupted = excinfo.errisinstance(KeyboardInterrupt)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        check = self.check_of(item.nodeid)
        self._subtest = None
        self._separate(check)
        self.connection_of(check).begin()
        if waits_for := unmet(check.needs, self.outcomes):
            self._note(check, Outcome(state="blocked", waits_for=waits_for))
            pytest.skip("blocked")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        self._calling = True
        connection = self.connection_of(self.check_of(item.nodeid))
        try:
            with time_limit(self.plan.spec.limits.check_seconds, connection.end):
                return (yield)
        finally:
            self._calling = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        """Called for each phase of a check and, while the check itself runs, for each of its subtests."""
        report = yield
        check = self.check_of(item.nodeid)
        before = self.outcomes.get(check.id)
        if self._calling:
            if call.excinfo is not None and self._subtest is None:
                self._subtest = self._judge(check, call)
        elif before is None and (call.when == "call" or call.excinfo is not None):
            outcome = self._judge(check, call)
            self._note(check, outcome if outcome.state != "passed" or self._subtest is None else self._subtest)
        elif before is not None and before.state == "passed" and call.excinfo is not None:
            self._note(check, self._judge(check, call))  # a fixture of the check broke while it was taken down
        return report

    def _separate(self, check: Check) -> None:
        """Keep hidden inputs apart: from what talks to the learner, and from the hidden checks of another file."""
        if check.hidden and check.file != self._hidden_file:
            self._hidden_file = check.file
            for connection in (self.plan.public, self.plan.metered, self.plan.hidden):
                if connection is not None:
                    connection.end()

    def connection_of(self, check: Check) -> Connection:
        """The worker that a check may talk to."""
        if check.budget and self.plan.metered is not None:
            return self.plan.metered
        return cast("Connection", self.plan.hidden if check.hidden else self.plan.public)

    def _judge(self, check: Check, call: pytest.CallInfo[None]) -> Outcome:
        connection = self.connection_of(check)
        state, message, location = read_exception(call.excinfo, answered=connection.answered or check.trains)
        if state == "failed" and not check.hidden:
            message = "\n".join(part for part in (message, connection.describe_last_call()) if part)
            location = location or connection.locate_last_call()
        output = connection.take_output()
        return Outcome(
            state=state,
            message=message[:LONGEST_MESSAGE],
            output=output,
            location=location,
            seconds=call.duration,
            modules=frozenset(connection.asked),
            leaks=[] if check.hidden else read_leaks(call.excinfo),
            is_lab_fault=is_lab_fault(call.excinfo, state),
        )

    def _note(self, check: Check, outcome: Outcome) -> None:
        self.outcomes[check.id] = outcome
        self.plan.progress(check, outcome)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        report = getattr(session.config, "_json_report", None)
        self.evidence = dict(report.report) if report is not None and getattr(report, "report", None) else {}


@contextlib.contextmanager
def time_limit(seconds: float, give_up: Callable[[], None]) -> Iterator[None]:
    """End the block with `Overran` after `seconds`, wherever it is: answers can be made to be slow to compare.

    `give_up` runs first; a call that was under way cannot go on after it. Python delivers signals to the main
    thread only: elsewhere the block runs without a limit.
    """

    def ring(_number: int, _frame: types.FrameType | None) -> None:
        give_up()
        raise Overran(f"The check took longer than {seconds:g} s and was stopped.", f"no end within {seconds:g} s")

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def unmet(needs: Iterable[str], outcomes: Mapping[str, Outcome]) -> list[str]:
    """The checks among `needs` that did not pass, or did not run."""
    return [need for need in needs if need not in outcomes or outcomes[need].state != "passed"]


def with_needs(checks: list[Check], wanted: Callable[[Check], bool]) -> set[str]:
    """The ids of the wanted checks and of all that they wait for, however far back."""
    by_id = {check.id: check for check in checks}
    chosen: set[str] = set()
    waiting = [check.id for check in checks if wanted(check)]
    while waiting:
        one = waiting.pop()
        if one not in chosen:
            chosen.add(one)
            waiting.extend(by_id[one].needs)
    return chosen


_PLACE = re.compile(r"(.+):(\d+): in <module>")


def _import_fault(trace: str, root: Path) -> str:
    """What an author needs of pytest's trace: the last place in their files, and the error."""
    error = [line[1:].rstrip() for line in trace.splitlines() if line.startswith("E ")]
    places = [found for line in trace.splitlines() if (found := _PLACE.fullmatch(line))]
    last = [f"  {_below(Path(found[1]).resolve(), root)}, line {found[2]}" for found in places[-1:]]
    return "\n".join([*last, *error]) if error else trace[-1500:]


def _below(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path
