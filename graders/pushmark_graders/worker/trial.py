"""The worker's side of a learner's own tests: run pytest once and answer what became of each test.

Runs confined, in one process with the tests, which may therefore answer anything: nothing here is trusted.
Each call is made in a worker of its own, with the same arguments whatever implementation lies in the folder,
so that tests cannot tell from how they are run what they are run against.
"""

import inspect
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any, TypedDict

import pytest

from pushmark_graders.worker.runtime import describe

LONGEST_TEST = 200
"""Lines of a test's source that are kept to be quoted."""
_LONGEST_LINE = 200
_LONGEST_FAULT = 4_000
_QUIET = (
    "cacheprovider", "faulthandler", "junitxml", "pastebin", "terminal", "threadexception", "unraisableexception",
    "warnings",
)  # fmt: skip
"""What pytest does for those who read its output, and nobody does here."""


class Test(TypedDict):
    """A collected test: where it stands, and its lines from `line` on."""

    id: str
    path: str
    line: int
    source: list[str]


class Failure(TypedDict):
    """The line of the test in which it failed, 0 where it did not fail in its own lines, and its traceback."""

    line: int
    text: str


def collect(tests: str) -> dict[str, Any]:
    """The tests below `tests`, in order, and what kept some from being collected."""
    listed = _run(tests, "--collect-only")
    return {"tests": [_describe(item) for item in listed.items], "fault": listed.fault}


def run(tests: str) -> dict[str, Any]:
    """Run the tests below `tests` up to the first that fails; a test that did not run has no outcome."""
    ran = _run(tests, "--maxfail=1")
    outcomes = [ran.outcomes.get(item.nodeid, "") for item in ran.items]
    return {"ids": [item.nodeid for item in ran.items], "outcomes": outcomes, "failure": ran.failure}


class _Watching:
    """A plugin of pytest: what was collected and what became of it."""

    def __init__(self) -> None:
        self.items: list[pytest.Item] = []
        self.outcomes: dict[str, str] = {}
        self.failure: Failure | None = None
        self.fault = ""

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = list(session.items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.fault:
            self.fault = _own_lines(report.longreprtext)[-_LONGEST_FAULT:]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
        report = yield
        if report.failed:
            self.outcomes[item.nodeid] = "failed"
            if call.excinfo is not None and self.failure is None:
                self.failure = _failure(item, call.excinfo)
        elif report.skipped or hasattr(report, "wasxfail"):
            self.outcomes.setdefault(item.nodeid, "skipped")
        elif call.when == "call":  # a test that is left half-way has no outcome
            self.outcomes[item.nodeid] = "passed"
        return report


def _run(tests: str, option: str) -> _Watching:
    watching = _Watching()
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    quiet = [part for name in _QUIET for part in ("-p", f"no:{name}")]
    here = str(Path.cwd())
    fixed = ["-s", "-c", os.devnull, "--rootdir", here, "--confcutdir", here]  # else it lists every folder above
    pytest.main([tests, option, *fixed, *quiet], plugins=[watching])
    return watching


def _own_lines(trace: str) -> str:
    """What pytest says of a file that it cannot import, without the interpreter's own files and advice about names."""
    kept, keep = [], True
    for line in trace.replace(f"{Path.cwd()}/", "").splitlines():
        if not line.startswith(" "):
            keep = not line.startswith(("/", "<frozen", "Hint:"))
        if keep:
            kept.append(line)
    return "\n".join(kept)


def _describe(item: pytest.Item) -> Test:
    """A test by its own file's lines; one that is no function has a name and no lines."""
    path = os.path.relpath(item.path)
    function = getattr(item, "function", None)
    try:
        lines, first = inspect.getsourcelines(inspect.unwrap(function)) if function is not None else ([], 1)
    except (OSError, TypeError):
        lines, first = [], 1
    source = [line.rstrip()[:_LONGEST_LINE] for line in lines[:LONGEST_TEST]]
    return Test(id=item.nodeid, path=path, line=max(first, 1), source=source)


def _failure(item: pytest.Item, caught: pytest.ExceptionInfo[BaseException]) -> Failure:
    test = _describe(item)
    own = range(test["line"], test["line"] + len(test["source"]))
    lines = [entry.lineno + 1 for entry in caught.traceback if str(entry.path) == str(item.path)]
    inside = [line for line in lines if line in own]
    said = describe(caught.value, str(Path.cwd()))
    return Failure(line=inside[-1] if inside else 0, text=str(said["text"]))
