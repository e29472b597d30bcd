"""The ledger's files: whole after a crash, right under a crowd, and open to staff alone."""

import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from pushmark_graders.course.budget import Allowed, Refused, Settled
from pushmark_graders.course.ledger import Ledger, Outcome, key
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.report.final import Final
from pushmark_graders.report.model import Environment, LabRef, Report, Score, Timing

MakeLedger = Callable[..., Ledger]


def outcome(points: float) -> Outcome:
    lab = LabRef(slug="lab", version="1", title="A lab")
    report = Report(
        lab=lab, tier="full", status="graded", score=Score(points=points, max=9), tasks=[],
        environment=Environment(grader="0", python="3", policy="local"), timing=Timing(total=1),
    )  # fmt: skip
    return Outcome(report, Final(lab=lab))


def take(ledger: Ledger, commit: str, now: datetime, version: str = "1") -> Allowed:
    decision = ledger.take(commit, version, now)
    assert isinstance(decision, Allowed)
    return decision


def test_an_attempt_is_on_disk_before_anybody_acts_on_it(ledger: MakeLedger, noon: datetime) -> None:
    taken = take(ledger(), "a", noon).attempt
    assert ledger().attempts() == [taken]


def test_a_settled_attempt_keeps_its_first_outcome(ledger: MakeLedger, noon: datetime) -> None:
    attempt = take(ledger(), "a", noon).attempt
    assert ledger().settle(attempt, outcome(3)) == outcome(3)
    assert ledger().settle(attempt, outcome(8)) == outcome(3)
    assert isinstance(ledger().take("a", "1", noon), Settled)
    assert ledger().outcome(attempt) == outcome(3)


def test_a_mended_lab_gives_a_commit_a_new_outcome_in_the_place_of_the_old(ledger: MakeLedger, noon: datetime) -> None:
    ledger().settle(take(ledger(), "a", noon).attempt, outcome(3))
    again = take(ledger(), "a", noon, "2").attempt
    assert ledger().settle(again, outcome(8)) == outcome(8)
    assert [(one.number, one.version, one.state) for one in ledger().attempts()] == [(1, "2", "graded")]


def test_a_returned_attempt_is_kept_for_staff_and_can_be_taken_anew(ledger: MakeLedger, noon: datetime) -> None:
    for _ in range(5):
        ledger(total=1).give_back(take(ledger(total=1), "a", noon).attempt)
    take(ledger(total=1), "a", noon)
    assert [one.state for one in ledger().attempts()] == ["returned"] * 5 + ["open"]
    assert isinstance(ledger(total=1).take("b", "1", noon), Refused)


def test_an_outcome_cannot_be_given_back(ledger: MakeLedger, noon: datetime) -> None:
    attempt = take(ledger(), "a", noon).attempt
    ledger().settle(attempt, outcome(3))
    ledger().give_back(attempt)
    assert [one.state for one in ledger().attempts()] == ["graded"]


def test_the_reports_before_are_the_last_graded_ones_in_their_order(ledger: MakeLedger, noon: datetime) -> None:
    book = ledger(per_day=9, total=9)
    assert book.earlier(take(book, "a", noon).attempt, 9) == []
    for commit, points in (("a", 1.0), ("b", 2.0), ("d", 3.0)):
        book.settle(take(book, commit, noon).attempt, outcome(points))
    take(book, "killed", noon)
    earlier = book.earlier(take(book, "c", noon).attempt, 2)
    assert [one.score.points for one in earlier] == [2.0, 3.0]


def test_learners_and_labs_have_budgets_of_their_own(ledger: MakeLedger, noon: datetime) -> None:
    for learner, lab in (("ada", "one"), ("ada", "two"), ("bob", "one")):
        take(ledger(total=1, learner=learner, lab=lab), "a", noon)
    assert isinstance(ledger(total=1, learner=" ADA ", lab="one").take("b", "1", noon), Refused)


@pytest.mark.parametrize("learner", ["../../etc/passwd", "a/b", "Ada Lovelace <ada@example.org>", "\udcff", "x" * 5000])
def test_any_id_becomes_a_plain_folder_name(learner: str) -> None:
    assert key(learner).isalnum()
    assert len(key(learner)) == 32


def test_only_the_owner_can_read_a_ledger(ledger: MakeLedger, noon: datetime, tmp_path: Path) -> None:
    ledger().settle(take(ledger(), "a", noon).attempt, outcome(3))
    folder = next(tmp_path.glob("ledger/ml/lab/*"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_broken_ledger_is_our_fault_and_gives_nothing_away(
    ledger: MakeLedger, noon: datetime, tmp_path: Path
) -> None:
    take(ledger(), "a", noon)
    next(tmp_path.glob("ledger/ml/lab/*/attempts.json")).write_text("{")
    with pytest.raises(CouldNotGrade, match=r"attempts\.json: cannot be read"):
        ledger().take("b", "1", noon)


def test_eight_threads_at_once_never_overspend(ledger: MakeLedger, noon: datetime) -> None:
    with ThreadPoolExecutor(8) as pool:
        decisions = list(pool.map(lambda at: ledger(5, 5).take(f"c{at % 20}", "1", noon), range(80)))
    granted = {one.attempt.commit for one in decisions if isinstance(one, Allowed)}
    assert len(granted) == len(ledger().attempts()) == 5
    assert sorted(one.number for one in ledger().attempts()) == [1, 2, 3, 4, 5]


TAKER = textwrap.dedent(
    """
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from pushmark_graders.course.budget import Allowed
    from pushmark_graders.course.ledger import Ledger
    from pushmark_graders.course.spec import AttemptsSpec, CourseSpec

    course = CourseSpec(schema=1, slug="ml", attempts=AttemptsSpec(per_day=int(sys.argv[3]), total=int(sys.argv[3])))
    print("ready", flush=True)
    sys.stdin.readline()
    for at in range(1000):
        commit = f"{sys.argv[2]}-{at}"
        ledger = Ledger(Path(sys.argv[1]), course, "lab", "ada")
        if not isinstance(ledger.take(commit, "1", datetime.now(UTC)), Allowed):
            break
        print(commit, flush=True)
    """
)


def takers(folder: Path, names: list[str], total: int) -> list[subprocess.Popen[str]]:
    """Processes that take attempts as fast as they can; all begin at once."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", TAKER, folder, name, str(total)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for one in started:
        assert one.stdout is not None
        assert one.stdin is not None
        assert one.stdout.readline() == "ready\n"
    for one in started:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    return started


def test_eight_processes_at_once_never_overspend(tmp_path: Path, ledger: MakeLedger) -> None:
    said = [one.communicate(timeout=60)[0].split() for one in takers(tmp_path / "ledger", list("abcdefgh"), 30)]
    granted = [commit for commits in said for commit in commits]
    assert sorted(granted) == sorted(one.commit for one in ledger().attempts())
    assert len(granted) == 30
    assert sorted(one.number for one in ledger().attempts()) == list(range(1, 31))


def test_killed_takers_leave_a_whole_ledger_that_knows_every_attempt_they_were_granted(
    tmp_path: Path, ledger: MakeLedger, noon: datetime
) -> None:
    granted: set[str] = set()
    for kill_after in range(1, 13):
        one = takers(tmp_path / "ledger", [f"run{kill_after}"], 10_000)[0]
        assert one.stdout is not None
        for _ in range(kill_after):
            granted.add(one.stdout.readline().strip())
        os.kill(one.pid, signal.SIGKILL)
        granted |= set(one.communicate(timeout=60)[0].split())
    known = {attempt.commit for attempt in ledger().attempts()}
    assert granted <= known
    take(ledger(10_000, 10_000), "after", noon + timedelta(days=9000))


def test_a_kill_between_the_outcome_and_the_record_is_made_good_by_the_same_commit(
    ledger: MakeLedger, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = ledger(total=1)
    attempt = take(book, "a", noon).attempt

    def killed(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "_put", killed)
        with pytest.raises(KeyboardInterrupt):
            book.settle(attempt, outcome(1))
    again = take(book, "a", noon).attempt
    assert again == replace(attempt, state="open")
    assert book.settle(again, outcome(2)) == outcome(2) == book.outcome(attempt)
