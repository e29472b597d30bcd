"""What the attack tests share: a lab with fresh canaries, graders to attack, a network sink that must stay empty."""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from pushmark_graders.report import markdown, terminal
from pushmark_graders.report.model import Report
from pushmark_graders.worker.tree import remove
from rich.console import Console

from tests.attacks.cases import FIXTURES, Attack, lay, lay_twin

STRAYS = (
    "/",
    "/tmp",
    "/var/tmp",
    "/dev/shm",
    "/etc",
    "/usr/lib",
    "/root",
    "/home",
    "/opt",
    sys.prefix,
    sys.base_prefix,
)
"""Where attacks try to leave files whose names begin with `pm-attack`."""


@dataclass
class Sink:
    """Listens on the loopback interface and on an abstract socket; counts who comes."""

    port: int
    received: int = 0
    _listening: list[socket.socket] = field(default_factory=list)

    def serve(self, listening: socket.socket) -> None:
        self._listening.append(listening)
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                listening.accept()[0].close()
                self.received += 1

    def close(self) -> None:
        for listening in self._listening:
            listening.close()


@pytest.fixture(scope="session")
def sink() -> Iterator[Sink]:
    listening = socket.create_server(("127.0.0.1", 0))
    made = Sink(listening.getsockname()[1])
    made.serve(listening)
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind(f"\0pushmark-sink-{made.port}")
    abstract.listen()
    made.serve(abstract)
    yield made
    made.close()


@dataclass(frozen=True)
class Lab:
    """The lab of the fixtures with a fresh canary in each place that has one."""

    folder: Path
    canaries: dict[str, str]
    checks: frozenset[str]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    folder = tmp_path_factory.mktemp("labs") / "lab"
    shutil.copytree(FIXTURES / "lab", folder)
    shutil.copytree(FIXTURES / "lab" / "starter", folder / "solution", dirs_exist_ok=True)
    canaries = {
        name: f"CANARY-{name}-{secrets.token_hex(8)}" for name in ("SOURCE", "MODULE", "INPUT", "SEED", "ENV", "ARGV")
    }
    words = {**canaries, "ROWS": secrets.token_hex(8)}
    for path in (folder / "hidden.py", *(folder / "checks").glob("test_hidden_*.py")):
        text = path.read_text()
        for name, word in words.items():
            text = text.replace(f"@{name}@", word)
        path.write_text(text)
    space: dict[str, object] = {}
    exec((folder / "hidden.py").read_text(), space)
    x, labels = space["rows"]()  # type: ignore[operator]  # the lab's own function
    rows = {f"label {row}": repr(float(value)) for row, value in enumerate(labels[:20])}
    rows |= {f"hidden row {row}": repr(float(value)) for row, value in enumerate(x[:20])}
    names = [line.split("(")[0].removeprefix("def test_") for path in (folder / "checks").glob("test_*.py")
             for line in path.read_text().splitlines() if line.startswith("def test_")]  # fmt: skip
    return Lab(folder, canaries | rows, frozenset(name.replace("_", "-") for name in names))


class Answer(msgspec.Struct, frozen=True):
    """What the starter says about one grader."""

    status: int
    seconds: float
    survivors: list[str]


@dataclass(frozen=True)
class Graded:
    """One grading as the host and the learner saw it."""

    status: int
    seconds: float
    survivors: list[str]
    left_behind: list[str]
    changed: list[str]
    report: Report | None
    sinks: dict[str, bytes]


@dataclass(frozen=True)
class Left:
    """What a program left running and lying about."""

    survivors: list[str]
    left_behind: list[str]


class Arena:
    """Grades submissions in processes of their own and notes everything that an attack could have changed."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        self.victim = folder / "victim"
        self.victim.mkdir()
        (self.victim / "file").write_text("untouched")
        self.home = folder / "home"
        self.home.mkdir()
        self._starter: subprocess.Popen[str] | None = None

    def start(self) -> None:
        starter = Path(__file__).with_name("starter.py")
        self._starter = subprocess.Popen(
            [sys.executable, "-I", str(starter)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def stop(self) -> None:
        if self._starter is not None:
            self._starter.communicate(timeout=10)

    def grade(self, submission: Path, *, program: bool, seconds: float) -> Graded:
        """Run `pushmark grade` on `submission`, with that folder as the working directory."""
        place = submission.with_name(submission.name + "-graded")
        temporary = place / "temporary"
        temporary.mkdir(parents=True)
        out, evidence = place / "report.json", place / f"{self.lab.canaries['ARGV']}.json"
        before = self._fingerprints(submission)
        request = {
            "cwd": str(submission),
            "env": self._environment(temporary),
            "argv": ["grade", str(self.lab.folder), str(submission), "--out", str(out), "--evidence", str(evidence)],
            "program": [str(Path(sys.executable).with_name("pushmark"))] if program else [],
            "stdout": str(place / "stdout"),
            "stderr": str(place / "stderr"),
            "seconds": seconds + 30.0,
        }
        answer = self._ask(request)
        changed = [name for name, value in self._fingerprints(submission).items() if before.get(name) != value]
        report = msgspec.json.decode(out.read_bytes(), type=Report) if out.exists() else None
        return Graded(
            status=answer.status,
            seconds=answer.seconds,
            survivors=answer.survivors,
            left_behind=[str(path) for path in temporary.iterdir()] + _strays(),
            changed=changed,
            report=report,
            sinks=self._sinks(place, out, report, answer.status),
        )

    def start_program(self, program: list[str], place: Path) -> "Left":
        """Run any program as if it were a grader; tells what it leaves on the host."""
        temporary = place / "temporary"
        temporary.mkdir()
        files = {"stdout": str(place / "stdout"), "stderr": str(place / "stderr")}
        answer = self._ask(
            {
                "cwd": str(place),
                "env": self._environment(temporary),
                "argv": [],
                "program": program,
                "seconds": 20.0,
                **files,
            }
        )
        return Left(answer.survivors, [str(path) for path in temporary.iterdir()])

    def _environment(self, temporary: Path) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "TMPDIR": str(temporary),
            "LANG": "C.UTF-8",
            "OMP_NUM_THREADS": "1",
            "PUSHMARK_SEED": self.lab.canaries["SEED"],
            "SECRET_TOKEN": self.lab.canaries["ENV"],
        }

    def _ask(self, request: dict[str, object]) -> Answer:
        starter = self._starter
        assert starter is not None and starter.stdin is not None and starter.stdout is not None
        starter.stdin.write(json.dumps(request) + "\n")
        starter.stdin.flush()
        return msgspec.json.decode(starter.stdout.readline(), type=Answer)

    def _sinks(self, place: Path, out: Path, report: Report | None, status: int) -> dict[str, bytes]:
        """Everything that a learner may come to see."""
        sinks = {name: (place / name).read_bytes() for name in ("stdout", "stderr")} | {"status": str(status).encode()}
        if report is None:
            return sinks
        page = StringIO()
        terminal.render(report, Console(file=page, width=200))
        comment = markdown.render(report, repository_url="https://github.com/o/r", commit="0" * 40)
        return sinks | {"report": out.read_bytes(), "comment": comment.encode(), "terminal": page.getvalue().encode()}

    def _fingerprints(self, submission: Path) -> dict[str, str]:
        """Every file of the lab and of the victim, and the submission's own folder listing."""
        found = {}
        for root in (self.lab.folder, self.victim):
            for path in sorted(root.rglob("*")):
                facts = path.stat()
                content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
                found[str(path)] = f"{facts.st_uid} {facts.st_mode:o} {content}"
        found[str(self.victim)] = f"{self.victim.stat().st_uid} {self.victim.stat().st_mode:o}"
        found[str(submission)] = repr(sorted(os.listdir(submission)))
        return found


def _strays() -> list[str]:
    """Files that attacks left where all may write, named so that they can be told from everyone else's."""
    return [str(path) for folder in STRAYS if os.access(folder, os.R_OK) for path in Path(folder).glob("pm-attack*")]


@pytest.fixture(scope="session")
def arena(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    made = Arena(lab, tmp_path_factory.mktemp("arena"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def twin_scores(arena: Arena) -> dict[str, float]:
    """What the attack-free submissions earn."""
    scores = {}
    for twin in ("half", "wrong"):
        submission = arena.folder / f"twin-{twin}"
        lay_twin(twin, submission)
        graded = arena.grade(submission, program=False, seconds=20.0)
        assert graded.report is not None, graded.sinks
        scores[twin] = graded.report.score.points
    return scores


def attack_with(arena: Arena, sink: Sink, attack: Attack) -> Graded:
    """Lay the attack out, grade it, and take it away: pytest cannot remove all that attacks consist of."""
    submission = arena.folder / attack.id
    try:
        lay(attack, submission, {"SINK": str(sink.port), "VICTIM": str(arena.victim)})
        return arena.grade(submission, program=attack.real, seconds=attack.seconds)
    finally:
        remove(submission)
