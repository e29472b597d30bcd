"""The check run: its verdict, and which remarks reach a learner's lines."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from pushmark_bot.checkrun import conclusion, draft
from pushmark_bot.github import Annotation
from pushmark_graders.report.model import Later, Location, MetricResult, Report, State, TrainingResult

MakeReport = Callable[..., Report]
SHA = "a" * 40


def _with_location(report: Report, path: str, line: int = 1) -> Report:
    (task,) = report.tasks
    checks = [replace(check, location=Location(path=path, line=line)) for check in task.checks]
    return replace(report, tasks=[replace(task, checks=checks)])


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["passed", "passed"], "success"),
        (["passed", "failed"], "failure"),
        (["passed", "error"], "failure"),
        (["passed", "blocked"], "failure"),
        (["passed", "ungraded"], "neutral"),
        (["failed", "ungraded"], "failure"),
    ],
)
def test_the_conclusion_follows_from_the_checks(make_report: MakeReport, states: list[State], expected: str) -> None:
    assert conclusion(make_report(*states)) == expected


def test_a_report_that_our_side_failed_to_produce_is_neutral_whatever_it_holds(make_report: MakeReport) -> None:
    assert conclusion(make_report("failed", status="ungraded")) == "neutral"


def test_an_over_claim_fails_though_every_check_passes(make_report: MakeReport) -> None:
    metric = MetricResult(name="auc", title="AUC", state="passed", points=1, max=1, honest=False)
    assert conclusion(replace(make_report("passed"), metrics=[metric])) == "failure"


def test_points_left_in_a_metric_are_no_failure(make_report: MakeReport) -> None:
    metric = MetricResult(name="auc", title="AUC", state="passed", points=1, max=4, honest=True)
    assert conclusion(replace(make_report("passed"), metrics=[metric])) == "success"


def test_a_training_that_broke_fails(make_report: MakeReport) -> None:
    assert conclusion(replace(make_report("passed"), training=TrainingResult(state="timeout"))) == "failure"


def test_a_fast_report_says_that_it_is_no_grade(make_report: MakeReport) -> None:
    made = draft(replace(make_report("passed"), tier="fast"), SHA)
    assert made.title.startswith("All checks of the fast tier passed")
    assert "Fast tier, not the final grade." in made.summary


def test_a_remark_says_what_was_found_and_gives_the_hint(make_report: MakeReport) -> None:
    (remark,) = draft(make_report("passed", "failed"), SHA).annotations
    assert remark == Annotation(
        path="src/gatecast/features.py",
        line=2,
        level="failure",
        title="Task 1: Statement 2 holds",
        message="`parse(2400)` gave 24, expected 0\n\nHint: Midnight is 0.",
    )


def test_a_hidden_check_never_points_to_a_line(make_report: MakeReport) -> None:
    made = draft(make_report("failed", hidden=True), SHA)
    assert made.annotations == ()
    assert "parse(2400)" not in made.summary


@pytest.mark.parametrize("state", ["passed", "blocked", "ungraded"])
def test_only_failures_and_errors_are_remarked(make_report: MakeReport, state: State) -> None:
    assert draft(make_report(state), SHA).annotations == ()


@pytest.mark.parametrize("path", ["/etc/passwd", "../x.py", "a/../../x.py", "", "a\nb.py", "x" * 2000])
def test_a_path_outside_of_the_repository_is_not_remarked(make_report: MakeReport, path: str) -> None:
    assert draft(_with_location(make_report("failed"), path), SHA).annotations == ()


def test_lines_count_from_one(make_report: MakeReport) -> None:
    (remark,) = draft(_with_location(make_report("error"), "a.py", line=0), SHA).annotations
    assert remark.line == 1


def test_learner_text_in_a_remark_is_clean_and_short(make_report: MakeReport) -> None:
    (remark,) = draft(make_report("failed", message="\x1b[31mred\u202e" + "x\n" * 90_000), SHA).annotations
    assert "\x1b" not in remark.message
    assert "\u202e" not in remark.message
    assert len(remark.message) < 3_000
    assert len(remark.title) <= 255


def test_half_a_character_in_a_message_is_written_out(make_report: MakeReport) -> None:
    (remark,) = draft(make_report("failed", message="\ud800 <b>bold</b>"), SHA).annotations
    assert remark.message.startswith(r"\ud800 <b>bold</b>")


def test_the_same_report_has_the_same_external_id_and_another_has_another(make_report: MakeReport) -> None:
    one, same, other = (draft(make_report(state), SHA).external_id for state in ("failed", "failed", "passed"))
    assert one == same != other
    assert draft(make_report("failed"), "b" * 40).external_id != one


def test_the_summary_lists_tasks_without_anybodys_text(make_report: MakeReport) -> None:
    made = draft(make_report("passed", "failed"), SHA)
    assert "- Task 1: 1 of 2 points, failed, 1 of 2 passed" in made.summary
    assert "Read the clock" not in made.summary


def test_the_summary_says_how_far_the_tier_counts(make_report: MakeReport) -> None:
    report = make_report("passed")
    fast = replace(report, tier="fast", later=Later(checks=2, points=3))
    assert draft(fast, SHA).summary.endswith(
        "Fast tier, not the final grade. What it says of the checks that ran counts. "
        "The full tier adds 2 checks, worth 3 points."
    )
    assert "Practice, not a grade." in draft(replace(report, tier="practice"), SHA).summary
    assert draft(replace(report, tier="full"), SHA).summary.endswith("he comment on the pull request says more.")
