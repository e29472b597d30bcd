"""Golden files for every test: `golden(name, text)` compares, `--update-goldens` writes.

Property tests run without a deadline, for a busy machine is no fault, and leave no files behind. Fork servers are
found by those of this process alone: what another test process offers may end at any time. Libraries calculate with one
thread: as many test processes as cores run at a time, and threads of theirs would spin while they wait for each other.
Signals are listened to, whoever started us: what a shell starts in the background ignores Ctrl-C, and under nohup the
end of the terminal, and so would all commands that tests send them to.
"""

import contextlib
import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ENDING_SECONDS = 10.0

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read when the first library with OpenMP is imported
settings.register_profile("pushmark", deadline=None, database=None)
settings.load_profile("pushmark")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)  # still ignored here, and not by what is started from here


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="write what the tests got into their golden files")
    parser.addoption("--all-attacks", action="store_true", help="grade all of tests/attacks/corpus, not only a few")


@pytest.fixture(scope="session", autouse=True)
def own_runtime_folder() -> Iterator[Path]:
    """A folder for fork servers that no other test process looks into."""
    before = os.environ.get("XDG_RUNTIME_DIR")
    folder = tempfile.mkdtemp(prefix="pushmark-tests-")
    os.environ["XDG_RUNTIME_DIR"] = folder
    yield Path(folder)
    if before is None:
        del os.environ["XDG_RUNTIME_DIR"]
    else:
        os.environ["XDG_RUNTIME_DIR"] = before
    shutil.rmtree(folder)


@pytest.fixture(scope="module", autouse=True)
def leaves_no_server(own_runtime_folder: Path) -> Iterator[None]:
    """A server that a module leaves running would be borrowed by later tests, in place of one of their own."""
    yield
    end = time.monotonic() + ENDING_SECONDS
    while (left := listening(own_runtime_folder)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not left, f"fork servers that tests of this module left: {left}"


def listening(folder: Path) -> list[Path]:
    """The names of fork servers that still answer; a server that was killed leaves its name behind."""
    found = []
    for path in folder.glob("pushmark-pools-*/*"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asker, contextlib.suppress(OSError):
            asker.connect(str(path))
            found.append(path)
    return found


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare `text` with the file `goldens/<name>` beside the test, or write it there."""
    folder: Path = request.path.parent / "goldens"

    def compare(name: str, text: str) -> None:
        path = folder / name
        if request.config.getoption("--update-goldens"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        assert path.exists(), (
            f"{path} is missing: run pytest with --update-goldens, then read the file before committing"
        )
        expected = path.read_bytes().decode("utf-8")
        assert text == expected, f"differs from {path}: if that is meant, run pytest with --update-goldens"

    return compare
