"""Whoever is killed at whatever moment of a grading: nothing is left of it, and the next one works.

Twenty kills at moments that a fixed seed chooses, four of each process that a grading consists of.
"""

import fcntl
import os
import random
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pushmark_graders.cli import output
from pushmark_graders.errors import PushmarkError
from pushmark_graders.grading.grade import grade
from pushmark_graders.grading.job import Job
from pushmark_graders.lab.build import Rendered, rendered
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.lab.variants import materialise
from pushmark_graders.report import schema
from pushmark_graders.worker import accounts, privileges
from pushmark_graders.worker.kernel import Kernel
from pushmark_graders.worker.policy import local

TINY = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
PR_SET_CHILD_SUBREAPER = 36
SECONDS = 60.0
WITHIN = 0.8
"""The part of a process's life, as it is when nobody is killed, within which it is killed."""
CANNOT = 3

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="fork servers are for Linux")


@dataclass
class Place:
    """Where gradings of this test leave things: temporary folders, the locks on user ids, a report."""

    temporary: Path
    register: Path
    report: Path
    job: Job

    def start(self) -> int:
        """A grading in a process of its own, which ends with 0 once the report is written."""
        child = os.fork()
        if child == 0:
            status = 1
            try:
                output.write(self.report, output.as_json(grade(self.job).report))
                status = 0
            except PushmarkError:
                status = CANNOT
            finally:
                os._exit(status)
        return child

    def has_locks(self) -> bool:
        """Whether anybody holds a user id."""
        if not self.register.exists():
            return False
        with self.register.open("r+b") as file:
            asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
            found = fcntl.fcntl(file.fileno(), fcntl.F_OFD_GETLK, asked)
        return bool(struct.unpack("hhqqi4x", found)[0] != fcntl.F_UNLCK)


@pytest.fixture(scope="module")
def base() -> Rendered:
    return rendered(load_lab(TINY))


@pytest.fixture
def place(base: Rendered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Orphans become children of this process, so that none can hide."""
    temporary = Path(tempfile.mkdtemp(prefix="pm-"))
    temporary.chmod(0o711)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(accounts, "_REGISTER", tmp_path / "register")
    spec = load_lab(TINY)
    submission = materialise([TINY / "solution"], base.template, tmp_path / "submission")
    job = Job(spec=spec, base=base.template, data=base.data, submission=submission, policy=local())
    privileges.adopt_orphans()
    yield Place(temporary, tmp_path / "register" / "user-ids", tmp_path / "report.json", job)
    Kernel().call("prctl", PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    monkeypatch.undo()
    left = list(temporary.iterdir())
    temporary.rmdir()
    assert left == []


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def find(role: str, grader: int) -> int | None:
    """The process of a grading that has this role now."""
    found = [grader]
    for _ in range(("grader", "server", "supervisor", "init", "worker").index(role)):
        found = [child for one in found for child in children(one)]
    return found[-1] if found else None


def ended(pid: int, until: float) -> int | None:
    while time.monotonic() < until:
        reaped, status = os.waitpid(pid, os.WNOHANG)
        if reaped:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    return None


def kill(role: str, grader: int, after: float) -> bool:
    """Kill what has the role, `after` seconds from its first moment; False when the grading ended before that."""
    moment = None
    while (status := os.waitid(os.P_PID, grader, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is None:
        pid = find(role, grader)
        if pid is not None and moment is None:
            moment = time.monotonic() + after
        if pid is not None and moment is not None and time.monotonic() >= moment:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            return True
        time.sleep(0.001)
    assert status is not None
    return False


def life(role: str, place: Place) -> float:
    """Seconds from the first to the last moment of processes with this role in a grading that nobody disturbs."""
    grader = place.start()
    seen, end = list[float](), time.monotonic() + SECONDS
    while os.waitid(os.P_PID, grader, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None and time.monotonic() < end:
        if find(role, grader) is not None:
            seen.append(time.monotonic())
        time.sleep(0.001)
    assert ended(grader, end) == 0
    return seen[-1] - seen[0]


def survivors(before: set[int]) -> set[int]:
    """Who is left after some seconds of those that became our children."""
    until = time.monotonic() + 10.0
    while left := {*children(os.getpid())} - before:
        if time.monotonic() > until:
            return left
        for pid in left:
            os.waitpid(pid, os.WNOHANG)
        time.sleep(0.005)
    return set()


@pytest.mark.parametrize("role", ["grader", "server", "supervisor", "init", "worker"])
def test_whoever_is_killed_nothing_is_left_and_the_next_grading_works(role: str, place: Place) -> None:
    draw = random.Random(f"killed {role}")
    longest = WITHIN * life(role, place)
    landed = 0
    for _ in range(4):
        before = {*children(os.getpid())}
        grader = place.start()
        landed += kill(role, grader, draw.uniform(0.0, longest))
        status = ended(grader, time.monotonic() + SECONDS)
        assert status in ((-signal.SIGKILL, 0) if role == "grader" else (0, CANNOT)), status
        assert survivors(before) == set()
        assert not place.has_locks()
        if place.report.exists():
            schema.load(place.report)
        if role != "grader":
            assert list(place.temporary.iterdir()) == []
    assert landed >= 2, "the moments are too late for this machine"
    place.report.unlink(missing_ok=True)
    assert ended(place.start(), time.monotonic() + SECONDS) == 0
    report = schema.load(place.report)
    assert (report.score.points, report.timing.workers) == (10.0, "warm")
    assert list(place.temporary.iterdir()) == []
