"""`pushmark watch` as learners meet it: real processes, real saves, and whatever can be wrong meanwhile."""

import contextlib
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pushmark_graders.watching.files import matters

TINY = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
PUSHMARK = Path(sys.executable).with_name("pushmark")
RIGHT = (TINY / "solution" / "src" / "tiny" / "words.py").read_text()
WRONG = RIGHT.replace('"[a-z]+"', 'r"\\S+"')
NAMES = ("words-are-counted", "case-is-ignored", "commonest-words-come-first")
ALL_PASSED = dict.fromkeys(NAMES, "passed")
KEPT = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ}
SECONDS = 60.0
"""How long anything may take: far more than it takes, for a busy machine is no fault."""


def wait_until(condition: Callable[[], bool], what: str = "") -> None:
    until = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.02)


def descendants(pid: int) -> dict[int, str]:
    """The processes that `pid` started, and those that these started: number and start time."""
    parents: dict[int, list[tuple[int, str]]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = entry.read_text().rpartition(")")[2].split()
            if fields[0] != "Z":
                parents.setdefault(int(fields[1]), []).append((int(entry.parent.name), fields[19]))
    found: dict[int, str] = {}
    waiting = [pid]
    while waiting:
        for child, started in parents.get(waiting.pop(), []):
            found[child] = started
            waiting.append(child)
    return found


def fork_servers(pid: int) -> set[int]:
    """The fork servers that `pid` started itself; workers that these forked have the same command line."""
    found = set()
    for child in descendants(pid):
        with contextlib.suppress(OSError):
            of = Path(f"/proc/{child}")
            parent = int((of / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid and b"forkserver" in (of / "cmdline").read_bytes():
                found.add(child)
    return found


def is_alive(pid: int, started: str) -> bool:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return fields[19] == started and fields[0] != "Z"


class Watching:
    """A `pushmark watch --json`, its runs so far, and a temporary folder of its own."""

    def __init__(self, repository: Path, *options: str) -> None:
        self.repository = repository
        self.words = repository / "src" / "tiny" / "words.py"
        self.temporary = Path(tempfile.mkdtemp(prefix="watching-"))
        self.temporary.chmod(0o755)
        self.runs: list[dict[str, Any]] = []
        self.said = ""
        self.child = subprocess.Popen(
            [PUSHMARK, "watch", repository, "--json", *options],
            env=KEPT | {"TMPDIR": str(self.temporary)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self.runs.append(json.loads(line))

    def states(self) -> dict[str, str]:
        return {check["id"]: check["state"] for check in self.runs[-1]["checks"]} if self.runs else {}

    def until(self, states: dict[str, str]) -> None:
        """Wait until the newest run says so."""
        wait_until(lambda: self.states() == states or self.child.poll() is not None, f"{self.runs[-1:]} not {states}")
        assert self.child.poll() is None, self.child.stderr.read() if self.child.stderr else ""

    def save(self, text: str) -> None:
        self.words.write_text(text)

    def rename_over(self, text: str) -> None:
        """Save as most editors do: write beside, then rename over."""
        beside = self.words.with_name(".words.py.swp")
        beside.write_text(text)
        beside.replace(self.words)

    def end(self, number: int = signal.SIGTERM) -> int:
        if self.child.poll() is None:
            self.child.send_signal(number)
        try:
            status = self.child.wait(SECONDS)
        finally:
            self.child.kill()
        self._reader.join(SECONDS)
        for stream in (self.child.stdout, self.child.stderr):
            assert stream is not None
            self.said += "" if stream.closed or stream is self.child.stdout else stream.read()
            stream.close()
        return status


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pushmark lab build` makes of the tiny lab."""
    out = tmp_path_factory.mktemp("built") / "repository"
    subprocess.run([PUSHMARK, "lab", "build", TINY, out, "-q"], env=KEPT, check=True, capture_output=True)
    return out


@pytest.fixture
def repository(template: Path, tmp_path: Path) -> Path:
    """A learner's repository, in which nothing is done yet."""
    return shutil.copytree(template, tmp_path / "repository")


@pytest.fixture
def watch(repository: Path) -> Iterator[Callable[..., Watching]]:
    """`watch("--task", "1")`: a watcher of the repository, ended with the test."""
    started: list[Watching] = []

    def start(*options: str) -> Watching:
        started.append(Watching(repository, *options))
        return started[-1]

    yield start
    for one in started:
        one.end()
        shutil.rmtree(one.temporary)


UNDONE = {NAMES[0]: "error", NAMES[1]: "blocked", NAMES[2]: "error"}


def test_the_first_verdicts_come_by_themselves_and_a_save_of_either_kind_gives_new_ones(
    watch: Callable[..., Watching],
) -> None:
    watching = watch()
    watching.until(UNDONE)
    first = watching.runs[0]
    assert (first["run"], first["changed"], first["points"], first["max"]) == (1, [], 0, 8)
    assert set(first) == {"run", "changed", "points", "max", "seconds", "checks"}
    watching.save(RIGHT)
    watching.until(ALL_PASSED)
    assert watching.runs[-1]["points"] == 8
    assert watching.runs[-1]["changed"] == ["src/tiny/words.py"]
    watching.rename_over(WRONG)
    watching.until({**dict.fromkeys(NAMES, "failed"), "case-is-ignored": "blocked"})
    watching.rename_over(RIGHT)
    watching.until(ALL_PASSED)
    assert [run["run"] for run in watching.runs] == list(range(1, len(watching.runs) + 1))
    assert watching.end() == 0


BROKEN = {
    "syntax error": "def count(:\n",
    "exit": "import os\nos._exit(0)\n",
    "SystemExit": "raise SystemExit(3)\n",
    "no text": "\0\1",
    "crash": "import os\nos.kill(os.getpid(), 11)\n",
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_code_that_cannot_be_imported_is_an_error_until_it_can_be(watch: Callable[..., Watching], broken: str) -> None:
    watching = watch()
    watching.until(UNDONE)
    watching.save(RIGHT)
    watching.until(ALL_PASSED)
    watching.save(broken)
    watching.until(UNDONE)
    watching.save(RIGHT)
    watching.until(ALL_PASSED)


def test_a_loop_without_end_is_stopped_by_the_labs_limit_and_given_up_by_a_save(
    watch: Callable[..., Watching], repository: Path
) -> None:
    limits = (repository / "lab.toml").read_text()
    (repository / "lab.toml").write_text(limits.replace("call_seconds = 5.0", "call_seconds = 2.0"))
    endless = RIGHT.replace("    return dict(", "    while True:\n        pass\n    return dict(")
    watching = watch()
    watching.until(UNDONE)
    watching.save(endless)
    wait_until(lambda: watching.runs[-1]["run"] > 1)
    watching.until(UNDONE)
    (repository / "lab.toml").write_text(
        limits.replace("call_seconds = 5.0", "call_seconds = 900.0").replace(
            "[limits]", "[limits]\ncheck_seconds = 900.0"
        )
    )
    before = len(watching.runs)
    time.sleep(1)  # so that a worker is in the loop, which nobody waits 900 s for
    watching.save(RIGHT)
    watching.until(ALL_PASSED)
    assert len(watching.runs) == before + 1, "a run that was given up is no run"
    assert {*watching.runs[-1]["changed"]} == {"lab.toml", "src/tiny/words.py"}


def test_many_quick_saves_end_with_the_verdicts_of_the_last_one(watch: Callable[..., Watching]) -> None:
    watching = watch()
    watching.until(UNDONE)
    for number in range(60):
        (watching.save if number % 2 else watching.rename_over)(f"# {number}\n{WRONG if number % 3 else RIGHT}")
        time.sleep(0.005 * (number % 7))
    watching.save(RIGHT)
    watching.until(ALL_PASSED)
    seen = len(watching.runs)
    time.sleep(2)
    assert watching.states() == ALL_PASSED
    assert len(watching.runs) <= seen + 1


def test_a_broken_lab_file_or_check_is_told_and_watching_goes_on(
    watch: Callable[..., Watching], repository: Path
) -> None:
    watching = watch()
    watching.until(UNDONE)
    for path in (repository / "lab.toml", repository / "checks" / "test_words.py"):
        whole = path.read_text()
        path.write_text(whole[:300] + "\n= (")
        wait_until(lambda name=path.name: name in watching.runs[-1].get("error", ""))  # type: ignore[misc]
        assert watching.runs[-1]["checks"] == []
        assert watching.runs[-1]["points"] == 0
        path.write_text(whole)
        watching.until(UNDONE)
        assert "error" not in watching.runs[-1]
    watching.save(RIGHT)
    watching.until(ALL_PASSED)


def test_files_and_folders_may_go_and_come_back(watch: Callable[..., Watching], repository: Path) -> None:
    watching = watch()
    watching.until(UNDONE)
    watching.words.unlink()
    watching.until({NAMES[0]: "failed", NAMES[1]: "blocked", NAMES[2]: "failed"})
    shutil.rmtree(repository / "src")
    watching.until({NAMES[0]: "failed", NAMES[1]: "blocked", NAMES[2]: "failed"})
    watching.words.parent.mkdir(parents=True)
    watching.save(RIGHT)
    watching.until(ALL_PASSED)
    aside = repository.with_name("aside")
    repository.rename(aside)
    wait_until(lambda: "no such folder" in watching.runs[-1].get("error", ""), str(watching.runs[-1]))
    aside.rename(repository)
    watching.until(ALL_PASSED)
    watching.save(WRONG)
    wait_until(lambda: watching.states().get(NAMES[0]) == "failed")


def test_a_fork_server_that_is_killed_costs_no_verdict_and_is_replaced(watch: Callable[..., Watching]) -> None:
    watching = watch()
    watching.until(UNDONE)
    (server,) = fork_servers(watching.child.pid)
    os.kill(server, signal.SIGKILL)
    watching.save(RIGHT)
    watching.until(ALL_PASSED)
    watching.save(WRONG)
    wait_until(lambda: watching.states().get(NAMES[0]) == "failed")
    wait_until(lambda: bool(fork_servers(watching.child.pid) - {server}))


def test_one_task_alone_is_watched(watch: Callable[..., Watching]) -> None:
    watching = watch("--task", "2")
    watching.until({NAMES[2]: "error"})
    watching.save(RIGHT)
    watching.until({NAMES[2]: "passed"})
    assert watching.runs[-1]["max"] == 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_nothing_is_left_behind(watch: Callable[..., Watching], number: int, busy: bool) -> None:
    watching = watch()
    watching.until(UNDONE)
    if busy:
        watching.save(f"import time\ntime.sleep(600)\n{RIGHT}")
        before = len(descendants(watching.child.pid))
        wait_until(lambda: len(descendants(watching.child.pid)) > before)
    family = descendants(watching.child.pid)
    assert family
    assert watching.end(number) == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    wait_until(lambda: not any(is_alive(*one) for one in family.items()), str(family))
    if number != signal.SIGKILL:
        assert list(watching.temporary.iterdir()) == []
        assert watching.said == ""


@pytest.mark.parametrize(("options", "said"), [(["--task", "9"], "there is no task 9"), (["--policy", "x"], "Next:")])
def test_what_is_wrong_from_the_start_ends_with_2(repository: Path, options: list[str], said: str) -> None:
    done = subprocess.run(
        [PUSHMARK, "watch", repository, *options],
        env=KEPT,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_terminal_there_are_plain_lines(repository: Path) -> None:
    (repository / "src" / "tiny" / "words.py").write_text(f'print("\\x1b[31mred")\n{WRONG}')
    child = subprocess.Popen([PUSHMARK, "watch", repository], env=KEPT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    said = ""
    while "Hint:" not in said:
        line = child.stdout.readline()
        assert line, said
        said += line
    child.terminate()
    said += child.communicate(timeout=SECONDS)[0]
    assert child.returncode == 0
    child.stdout.close()
    assert re.search(r"^Run 1: 0 of 3 checks passed, 0 of 8 practice points, [\d.]+ s$", said, re.MULTILINE)
    for part in ("  failed: words-are-counted, 0 of 3", "  blocked: case-is-ignored", "Hint: What ends a word"):
        assert part in said
    assert "\x1b" not in said


@pytest.mark.parametrize("no_colour", [False, True])
def test_on_a_terminal_there_is_a_table_that_changes(repository: Path, no_colour: bool) -> None:
    ours, theirs = pty.openpty()
    variables = {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40", "PYTHONIOENCODING": "utf-8"}
    child = subprocess.Popen(
        [PUSHMARK, "watch", repository], env=KEPT | variables | ({"NO_COLOR": "1"} if no_colour else {}),
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    seen = b""

    def read_until(part: str) -> None:
        nonlocal seen
        until = time.monotonic() + SECONDS
        while part.encode() not in seen:
            assert select.select([ours], [], [], max(0.0, until - time.monotonic()))[0], seen[-3000:].decode()
            seen += os.read(ours, 65536)  # raises OSError when the other end is gone

    read_until("Hint: What ends a word")
    (repository / "src" / "tiny" / "words.py").write_text(RIGHT)
    read_until("3 of 3 checks passed, 8 of 8 practice points")
    child.send_signal(signal.SIGINT)
    try:
        while chunk := os.read(ours, 65536):
            seen += chunk
    except OSError:  # Linux says EIO when the last writer is gone
        pass
    os.close(ours)
    assert child.wait(SECONDS) == 0
    text = seen.decode()
    for part in ("Points", "Every word is counted", "! error", "✓ passed", "(changed: words.py)", "Ctrl-C ends this."):
        assert part in text
    assert "Traceback" not in text.replace("Traceback (most recent call last):\r\n      src/tiny", "")
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l"), "the cursor is shown again"
    colours = re.search(r"\x1b\[[\d;]*3[0-7]m", text)
    assert (colours is None) == no_colour


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("src/tiny/words.py", True), ("lab.toml", True), ("data/raw/a.csv", True), ("src/.words.py.swp", False),
        ("src/words.py~", False), ("src/4913", False), (".git/index", False), ("src/__pycache__/a.pyc", False),
        ("mlruns/0/meta.yaml", False), ("mlflow.db", False), ("mlflow.db-journal", False), (".dvc/cache/a", False),
        (".dvc/config", True), ("src/.#words.py", False), ("mlruns.py", True),
    ],
)  # fmt: skip
def test_which_files_matter(name: str, expected: bool) -> None:
    assert matters(name) is expected
