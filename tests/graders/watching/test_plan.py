"""What a watcher knows and runs first: never a verdict for files that are not there any more."""

from hypothesis import given
from hypothesis import strategies as st
from pushmark_graders.grading.catalogue import Check
from pushmark_graders.grading.scoring import score_check
from pushmark_graders.grading.session import Outcome
from pushmark_graders.report.model import (
    CheckResult,
    Environment,
    Integrity,
    LabRef,
    Report,
    Score,
    SubmissionRef,
    TaskResult,
    Timing,
)
from pushmark_graders.watching import plan, show
from pushmark_graders.watching.plan import Board


def check(name: str, task: int = 1, points: float = 1.0) -> Check:
    return Check(
        id=name, title=f"{name}.", task=task, points=points, hidden=False, needs=(), hint="", trains=False, node=name,
        file="checks/test_a.py",
    )  # fmt: skip


A, B, C = check("a"), check("b", points=2.0), check("c", task=2)
PASSED = Outcome(state="passed", modules=frozenset({"pkg.one"}))
FAILED = Outcome(state="failed", message="no", modules=frozenset({"pkg.two"}))


def known(*outcomes: Outcome) -> Board:
    board = plan.listed(Board(), [C, A, B])
    for one, outcome in zip((A, B, C), outcomes, strict=False):
        board = plan.told(board, one, outcome)
    return board


def report(*results: CheckResult) -> Report:
    return Report(
        lab=LabRef(slug="s", version="1", title="S"), submission=SubmissionRef(), tier="practice", status="graded",
        score=Score(points=0, max=0), metrics=[], training=None, integrity=Integrity(),
        tasks=[TaskResult(number=1, title="One", points=0, max=0, checks=list(results))],
        environment=Environment(grader="0", python="3", policy="local"), timing=Timing(total=0.0),
    )  # fmt: skip


def test_a_change_takes_every_verdict_away_and_keeps_what_the_last_run_was_like() -> None:
    board = plan.changed(known(PASSED, FAILED, PASSED), ["pkg/two.py"])
    assert [row.result for row in board.rows] == [None, None, None]
    assert (board.points, board.max) == (0, 4)
    assert [row.last for row in board.rows] == ["passed", "failed", "passed"]
    assert show.state_of(board.rows[0]) == "..."


def test_what_did_not_pass_and_what_asked_for_a_changed_module_runs_first() -> None:
    board = known(PASSED, FAILED, PASSED)
    assert plan.first(plan.changed(board, ["README.md"]), ".") == {"b"}
    assert plan.first(plan.changed(board, ["pkg/one.py"]), ".") == {"a", "b", "c"}
    assert plan.first(plan.changed(board, ["src/pkg/one.py"]), ".") == {"b"}
    assert plan.first(plan.changed(board, ["src/pkg/one.py"]), "src") == {"a", "b", "c"}


def test_files_stand_for_modules_below_the_source_folder() -> None:
    assert plan.modules_of(["src/a/b.py", "src/a/__init__.py", "c.py", "src/d.txt"], "src") == {"a.b", "a"}
    assert plan.modules_of(["a.py"], ".") == {"a"}


def test_names_add_up_over_runs_that_were_given_up_and_only_over_these() -> None:
    board = plan.changed(plan.changed(Board(), ["a.py"]), ["b.py"])
    assert board.changed == ("a.py", "b.py")
    done = plan.finished(board, report(), 0.1)
    assert (done.run, plan.changed(done, ["c.py"]).changed) == (1, ("c.py",))


def test_the_report_has_the_last_word_and_checks_that_it_does_not_name_go() -> None:
    board = plan.finished(known(PASSED, FAILED), report(score_check(A, FAILED), score_check(B, PASSED)), 0.5)
    assert [(row.check.id, row.result.state) for row in board.rows if row.result] == [("a", "failed"), ("b", "passed")]
    assert (board.run, board.seconds, board.points, board.max) == (1, 0.5, 2, 3)


def test_trouble_shows_no_verdict() -> None:
    board = plan.troubled(known(PASSED, FAILED, PASSED), "lab.toml: no", 0.1)
    assert (board.points, board.trouble, plan.first_failure(board)) == (0, "lab.toml: no", None)


def test_a_new_list_keeps_what_is_still_on_it() -> None:
    board = plan.listed(known(PASSED, FAILED, PASSED), [B, check("d")])
    assert [(row.check.id, row.last) for row in board.rows] == [("b", "failed"), ("d", None)]


def test_an_outcome_of_a_check_that_is_not_on_the_board_changes_nothing() -> None:
    board = known(PASSED)
    assert plan.told(board, check("needed"), FAILED) == board


def test_the_first_failure_is_what_can_be_mended_now() -> None:
    failure = plan.first_failure(known(PASSED, Outcome(state="blocked", waits_for=["c"]), FAILED))
    assert failure is not None
    assert failure.id == "c"


@given(st.integers(1, 40), st.integers(0, 60), st.sets(st.integers(0, 39)))
def test_rows_that_do_not_fit_are_counted(checks: int, height: int, failing: set[int]) -> None:
    names = [check(str(number)) for number in range(checks)]
    board = plan.listed(Board(), names)
    for number, one in enumerate(names):
        board = plan.told(board, one, FAILED if number in failing else PASSED)
    rows, left_out = show.fitting(board, height)
    assert len(rows) + left_out == checks
    assert len(rows) <= max(height, 1)
    assert left_out == 0 or all(row.result and row.result.state == "failed" for row in rows)
