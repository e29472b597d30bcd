"""What the tests of grading share: folders written from a dict, a submission in a real worker, a lab of a few lines."""

import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pushmark_graders.checks.marks import MARK
from pushmark_graders.grading.session import Plan, Session, run
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.submission.proxy import Connection
from pushmark_graders.worker.policy import Policy, local

Files = Mapping[str, str | bytes]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARK}(mark): what @task makes of a test, here of functions that never run")


LAB_TOML = """
schema = 1
slug = "{slug}"
title = "A small lab"
version = "1.0.0"
summary = "For tests."

[[tasks]]
number = 1
title = "One"

[[tasks]]
number = 2
title = "Two"

[submission]
editable = ["*.py", "tests/**"]

[limits]
call_seconds = 2.0
import_seconds = 10.0
memory_mb = 1024
processes = 64
"""


def write_files(folder: Path, files: Files) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else textwrap.dedent(content).encode())
    return folder


@pytest.fixture(scope="session")
def write() -> Callable[[Path, Files], Path]:
    """Write `{name: content}` below a folder, which is returned."""
    return write_files


@pytest.fixture(scope="module")
def connect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Connection]]:
    """`connect({"words.py": "..."})`: a submission whose workers end with the module's tests."""
    opened: list[Connection] = []

    def open_connection(files: Files, policy: Policy | None = None, source: str = ".") -> Connection:
        folder = tmp_path_factory.mktemp("connected") / "submission"
        folder.mkdir()
        opened.append(Connection(policy or local(), write_files(folder, files), source=source))
        return opened[-1]

    yield open_connection
    for connection in opened:
        connection.end()


@pytest.fixture(scope="module")
def write_lab(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`write_lab({"checks/test_a.py": "..."}, more="[training]...")`: a lab folder of two tasks."""

    def build(files: Files, more: str = "") -> Path:
        folder = tmp_path_factory.mktemp("lab")
        return write_files(folder, {"lab.toml": LAB_TOML.format(slug=folder.name) + more, **files})

    return build


@pytest.fixture(scope="module")
def run_checks(write_lab: Callable[..., Path], connect: Callable[..., Connection]) -> Callable[..., Session]:
    """`run_checks(check_files, submission_files)`: a session of public and hidden checks with real workers."""

    def judge(
        checks: Files, submission: Files, *, more: str = "", policy: Policy | None = None, **fields: Any
    ) -> Session:
        spec = load_lab(write_lab({f"checks/{name}": text for name, text in checks.items()}, more))
        public, hidden = connect(submission, policy), connect(submission, policy)
        plan = {"public": public, "hidden": hidden, **fields}
        try:
            return run(Plan(spec=spec, data=spec.root, seed="s", **plan))
        finally:
            public.end()
            hidden.end()

    return judge
