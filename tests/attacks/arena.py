"""Where cases are graded: labs with fresh canaries, a network sink, a victim, and the real command line.

An arena notes everything that a submission could have changed. Arenas share nothing, so that several can work side
by side and each knows whose doing it saw.
"""

import contextlib
import csv
import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from types import TracebackType

import msgspec
from pushmark_graders.report import markdown, terminal
from pushmark_graders.report.model import Report
from pushmark_graders.worker.tree import remove
from rich.console import Console

from tests.attacks.cases import FIXTURES, lay_twin

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

CANARIES = ("SOURCE", "MODULE", "INPUT", "SEED", "ENV", "ARGV", "NEIGHBOUR")
PATIENCE = 30.0
"""Seconds above a case's own limit after which its grader is stopped, so that every run ends."""


@dataclass
class Sink:
    """Listens on the loopback interface and on an abstract socket; counts who comes."""

    port: int
    received: int = 0
    _listening: list[socket.socket] = field(default_factory=list)

    @classmethod
    def open(cls) -> "Sink":
        listening = socket.create_server(("127.0.0.1", 0))
        made = cls(listening.getsockname()[1])
        made._serve(listening)
        if sys.platform == "linux":
            abstract = socket.socket(socket.AF_UNIX)
            abstract.bind(f"\0pushmark-sink-{made.port}")
            abstract.listen()
            made._serve(abstract)
        return made

    def _serve(self, listening: socket.socket) -> None:
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


@dataclass(frozen=True)
class Lab:
    """A lab of the fixtures with a fresh canary in each place that has one."""

    folder: Path
    canaries: dict[str, str]
    checks: frozenset[str]


def plant(name: str, parent: Path) -> Lab:
    """Copy the fixtures' lab `name` below `parent` and put canaries where `@PLACE@` stands in its secret files."""
    folder = parent / name
    shutil.copytree(FIXTURES / name, folder)
    shutil.copytree(FIXTURES / name / "starter", folder / "solution", dirs_exist_ok=True, copy_function=_keep)
    canaries = {place: f"CANARY-{place}-{secrets.token_hex(8)}" for place in CANARIES}
    words = {**canaries, "ROWS": secrets.token_hex(8)}
    secret = [*(folder / "checks").glob("test_hidden_*.py"), *(folder / "suite").rglob("*.py")]
    for path in (folder / "hidden.py", *secret):
        text = path.read_text()
        for place, word in words.items():
            text = text.replace(f"@{place}@", word)
        path.write_text(text)
    checks = [line.split("(")[0].removeprefix("def test_") for path in (folder / "checks").glob("test_*.py")
              for line in path.read_text().splitlines() if line.startswith("def test_")]  # fmt: skip
    return Lab(folder, canaries | _rows(folder), frozenset(name.replace("_", "-") for name in checks))


def _keep(source: str, target: str) -> None:
    """Copy a file of the starter unless the solution has its own."""
    if not Path(target).exists():
        shutil.copy2(source, target)


def _rows(folder: Path) -> dict[str, str]:
    """Hidden inputs and labels as texts to look for."""
    space: dict[str, object] = {}
    exec((folder / "hidden.py").read_text(), space)
    x, labels = space["rows"]()  # type: ignore[operator]  # the lab's own function
    rows = {f"label {row}": repr(float(value)) for row, value in enumerate(labels[:20])}
    return rows | {f"hidden row {row}": repr(float(value)) for row, value in enumerate(x[:20])}


class Answer(msgspec.Struct, frozen=True):
    """What the starter says about one grader."""

    status: int
    seconds: float
    memory_mb: float
    survivors: list[str]


@dataclass(frozen=True)
class Graded:
    """One grading as the host and the learner saw it. `changed` are paths of the lab, `robbed` another's records."""

    status: int
    seconds: float
    memory_mb: float
    survivors: list[str]
    left_behind: list[str]
    changed: list[str]
    robbed: list[str]
    received: int
    report: Report | None
    sinks: dict[str, bytes]


@dataclass(frozen=True)
class Between:
    """A grading and those of two plain submissions by the same grader, with the seconds of these."""

    graded: Graded
    before: Report | None
    after: Report | None
    seconds: tuple[float, float]


@dataclass(frozen=True)
class Left:
    """What a program left running and lying about, and the most memory it used."""

    survivors: list[str]
    left_behind: list[str]
    memory_mb: float


class Arena:
    """Grades submissions under one policy, in processes of their own.

    `policy` is a policy's name or the path of a policy file; `cache` is what a host keeps between gradings; `cold`
    asks for workers that are started anew, in place of warm ones. `railed`
    puts bounds of the arena's own around every grader: for runs with a layer off, in which an attack could
    otherwise take the host along.
    """

    def __init__(self, folder: Path, *, policy: str, cache: Path, cold: bool = False, railed: bool = False) -> None:
        self.folder = folder
        self._cold = cold
        self.policy = policy
        self.cache = cache
        self.victim = folder / "victim"
        self.home = folder / "home"
        for made in (self.victim, self.home, folder / "labs"):
            made.mkdir(parents=True)
        folder.chmod(0o711)  # a worker without a mount namespace must reach its folder below
        self._lay_victim()
        self.sink = Sink.open()
        self._railed = railed
        self._labs: dict[str, Lab] = {}
        starter = Path(__file__).with_name("starter.py")
        self._starter = subprocess.Popen(
            [sys.executable, "-I", str(starter)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def _lay_victim(self) -> None:
        """Another learner's submission, with the record and the comment of an earlier attempt beside it."""
        (self.victim / "file").write_text("untouched")
        (self.victim / "report.json").write_text('{"schema": "pushmark/report/v1", "score": {"points": 7, "max": 20}}')
        (self.victim / "comment.md").write_text("7 of 20 points")

    def __enter__(self) -> "Arena":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._starter.communicate(timeout=10)
        self.sink.close()

    def lab(self, name: str) -> Lab:
        """The lab `name` of the fixtures, planted on first use."""
        if name not in self._labs:
            self._labs[name] = plant(name, self.folder / "labs")
        return self._labs[name]

    @property
    def words(self) -> dict[str, str]:
        """What stands for `{{WORD}}` in a payload."""
        return {"SINK": str(self.sink.port), "VICTIM": str(self.victim)}

    def grade(
        self, submission: Path, lab: str, *, program: bool, seconds: float, policy: str = "", cold: bool = False
    ) -> Graded:
        """Run `pushmark grade` on `submission`, with that folder as the working directory."""
        with _beside(submission) as place:
            out = place / "report.json"
            evidence = place / f"{self.lab(lab).canaries['ARGV']}.json"
            argv = ["grade", str(self.lab(lab).folder), str(submission), "--out", str(out), "--evidence", str(evidence)]
            argv += ["--policy", policy or self.policy, *(["--cold"] if cold or self._cold else [])]
            return self._run(argv, submission, lab, out, program=program, seconds=seconds)

    def grade_between(self, submission: Path, lab: str, *, program: bool, seconds: float) -> Between:
        """Run `pushmark regrade` with one grader on the lab's solution, on `submission`, and on the solution again: all
        workers come from one fork server. The memory is that of who started the grader, not its own."""
        with _beside(submission) as place:
            others = [self._lay_neighbour(place / name, lab) for name in ("before", "after")]
            table = place / f"{self.lab(lab).canaries['ARGV']}.csv"
            argv = ["regrade", str(self.lab(lab).folder), str(others[0]), str(submission), str(others[1])]
            argv += ["--jobs", "1", "--out", str(place / "reports"), "--csv", str(table), "--quiet"]
            argv += ["--policy", self.policy, *(["--cold"] if self._cold else [])]
            out = place / "reports" / f"{submission.name}.json"
            graded = self._run(argv, submission, lab, out, program=program, seconds=seconds)
            rows = csv.DictReader(table.read_text().splitlines()) if table.exists() else ()
            took = {row["submission"]: float(row["seconds"] or 0) for row in rows}
            reports = [_read(place / "reports" / f"{other.name}.json") for other in others]
            return Between(graded, reports[0], reports[1], (took.get("before", 0.0), took.get("after", 0.0)))

    def _lay_neighbour(self, folder: Path, lab: str) -> Path:
        lay_twin("solution", folder, lab)
        for path in folder.glob("src/**/*.py"):
            path.write_text(f"{path.read_text()}\n\nOWN = {self.lab(lab).canaries['NEIGHBOUR']!r}\n")
        return folder

    def _run(self, argv: list[str], submission: Path, lab: str, out: Path, *, program: bool, seconds: float) -> Graded:
        """What became of the host, and what is seen of the report at `out`."""
        planted, place = self.lab(lab), submission.with_name(submission.name + "-graded")
        temporary = _short_folder()
        received, before = self.sink.received, self.fingerprints(planted, submission)
        try:
            answer = self._ask(
                {
                    "cwd": str(submission),
                    "env": self._environment(temporary, planted),
                    "argv": argv,
                    "program": [str(Path(sys.executable).with_name("pushmark"))] if program else [],
                    "seconds": seconds + PATIENCE,
                },
                place,
            )
            after = self.fingerprints(planted, submission)
            changed = [name for name in {*before, *after} if before.get(name) != after.get(name)]
            report = _read(out)
            return Graded(
                status=answer.status,
                seconds=answer.seconds,
                memory_mb=answer.memory_mb,
                survivors=answer.survivors,
                left_behind=[str(path) for path in temporary.iterdir()] + _strays(),
                changed=sorted(name for name in changed if not name.startswith(str(self.victim))),
                robbed=sorted(name for name in changed if name.startswith(str(self.victim))),
                received=self.sink.received - received,
                report=report,
                sinks=_sinks(place, out, report, answer.status),
            )
        finally:
            remove(temporary)

    def start_program(self, program: list[str], place: Path) -> Left:
        """Run any program as if it were a grader; tells what it leaves on the host."""
        temporary = _short_folder()
        environment = self._environment(temporary, self.lab("lab"))
        request = {"cwd": str(place), "env": environment, "argv": [], "program": program, "seconds": 20.0}
        try:
            answer = self._ask(request, place)
            return Left(answer.survivors, [str(path) for path in temporary.iterdir()], answer.memory_mb)
        finally:
            remove(temporary)

    def _environment(self, temporary: Path, lab: Lab) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.cache),
            "TMPDIR": str(temporary),
            "LANG": "C.UTF-8",
            "OMP_NUM_THREADS": "1",
            "PUSHMARK_SEED": lab.canaries["SEED"],
            "SECRET_TOKEN": lab.canaries["ENV"],
        }

    def _ask(self, request: dict[str, object], place: Path) -> Answer:
        files = {"stdout": str(place / "stdout"), "stderr": str(place / "stderr")}
        stdin, stdout = self._starter.stdin, self._starter.stdout
        assert stdin is not None and stdout is not None
        stdin.write(json.dumps({**request, **files, "railed": self._railed}) + "\n")
        stdin.flush()
        return msgspec.json.decode(stdout.readline(), type=Answer)

    def fingerprints(self, lab: Lab, submission: Path) -> dict[str, str]:
        """Every file of the lab and of the victim, and the submission's own folder listing."""
        found = {str(submission): repr(sorted(os.listdir(submission)))}
        for root in (lab.folder, self.victim):
            for path in (root, *sorted(root.rglob("*"))):
                facts = path.lstat()
                content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
                found[str(path)] = f"{facts.st_uid} {facts.st_mode:o} {content}"
        return found


@contextlib.contextmanager
def _beside(submission: Path) -> Iterator[Path]:
    """A folder for what a grading of `submission` leaves."""
    place = submission.with_name(submission.name + "-graded")
    place.mkdir()
    try:
        yield place
    finally:
        remove(place)


def _read(report: Path) -> Report | None:
    return msgspec.json.decode(report.read_bytes(), type=Report) if report.exists() else None


def _short_folder() -> Path:
    """A grader's folder for temporary files: a socket in it has 108 bytes for its path."""
    folder = Path(tempfile.mkdtemp(prefix="pm-"))
    folder.chmod(0o711)
    return folder


def _sinks(place: Path, out: Path, report: Report | None, status: int) -> dict[str, bytes]:
    """Everything that a learner may come to see."""
    sinks = {name: (place / name).read_bytes() for name in ("stdout", "stderr")} | {"status": str(status).encode()}
    if report is None:
        return sinks
    page = StringIO()
    terminal.render(report, Console(file=page, width=200))
    comment = markdown.render(report, repository_url="https://github.com/o/r", commit="0" * 40)
    return sinks | {"report": out.read_bytes(), "comment": comment.encode(), "terminal": page.getvalue().encode()}


def _strays() -> list[str]:
    """Files that attacks left where all may write, named so that they can be told from everyone else's."""
    return [str(path) for folder in STRAYS if os.access(folder, os.R_OK) for path in Path(folder).glob("pm-attack*")]


def remove_strays() -> None:
    """Take away what attacks left where all may write."""
    for name in _strays():
        path = Path(name)
        with contextlib.suppress(OSError):  # an ordinary user cannot take away another's
            remove(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)


@contextlib.contextmanager
def laid(folder: Path) -> Iterator[Path]:
    """A folder for one submission, taken away at the end: pytest cannot remove all that attacks consist of."""
    try:
        yield folder
    finally:
        if folder.is_symlink() or folder.exists():
            remove(folder)
