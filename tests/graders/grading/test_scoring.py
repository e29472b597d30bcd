"""From outcomes to points: arithmetic that no outcome can bend."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pushmark_graders.grading import scoring
from pushmark_graders.grading.catalogue import Check
from pushmark_graders.grading.session import Outcome
from pushmark_graders.lab.spec import TaskSpec
from pushmark_graders.report.model import (
    BudgetResult,
    Environment,
    LabRef,
    Location,
    MetricResult,
    Report,
    State,
    Timing,
)

STATES: list[State] = ["passed", "failed", "blocked", "error", "ungraded"]
TASKS = [TaskSpec(number=1, title="One"), TaskSpec(number=2, title="Two"), TaskSpec(number=3, title="Three")]


def check(name: str, *, task: int = 1, points: float = 1.0, hidden: bool = False) -> Check:
    return Check(
        id=name, title=f"Title of {name}", task=task, points=points, hidden=hidden, needs=(), hint="A hint.",
        trains=False, node=f"checks/t.py::{name}", file="checks/t.py",
    )  # fmt: skip


checks = st.lists(
    st.tuples(st.integers(1, 3), st.floats(0, 100).map(lambda points: round(points, 2)), st.booleans()), max_size=8
).map(lambda rows: [check(f"c{at}", task=t, points=points, hidden=h) for at, (t, points, h) in enumerate(rows)])
outcomes = st.dictionaries(
    st.sampled_from([f"c{at}" for at in range(10)]), st.sampled_from(STATES).map(lambda state: Outcome(state=state))
)


@given(checks=checks, outcomes=outcomes)
def test_points_are_exactly_those_of_the_expected_checks_that_passed(
    checks: list[Check], outcomes: dict[str, Outcome]
) -> None:
    total = scoring.total(scoring.score_tasks(TASKS, checks, outcomes), [])
    passed = [one for one in checks if one.id in outcomes and outcomes[one.id].state == "passed"]
    assert abs(total.points - sum(one.points for one in passed)) < 0.01
    assert abs(total.max - sum(one.points for one in checks)) < 0.01
    assert 0 <= total.points <= total.max


@given(checks=checks, outcomes=outcomes)
def test_every_expected_check_is_in_the_report_once_and_no_other_is(
    checks: list[Check], outcomes: dict[str, Outcome]
) -> None:
    tasks = scoring.score_tasks(TASKS, checks, outcomes)
    assert sorted(one.id for task in tasks for one in task.checks) == sorted(one.id for one in checks)
    assert [task.number for task in tasks] == sorted({one.task for one in checks})
    for task in tasks:
        assert 0 <= task.points <= task.max


@given(checks=checks, outcomes=outcomes)
def test_one_more_pass_never_costs_a_point(checks: list[Check], outcomes: dict[str, Outcome]) -> None:
    before = scoring.total(scoring.score_tasks(TASKS, checks, outcomes), []).points
    for one in checks:
        better = {**outcomes, one.id: Outcome(state="passed")}
        assert scoring.total(scoring.score_tasks(TASKS, checks, better), []).points >= before


def test_a_check_without_an_outcome_is_ungraded_and_makes_the_attempt_so() -> None:
    tasks = scoring.score_tasks(TASKS, [check("a")], {})
    assert tasks[0].checks[0].state == "ungraded"
    assert tasks[0].checks[0].message == "This check did not run."
    assert scoring.is_ungraded(tasks, [])


def test_only_our_own_faults_make_an_attempt_ungraded() -> None:
    for state in STATES:
        tasks = scoring.score_tasks(TASKS, [check("a")], {"a": Outcome(state=state)})
        assert scoring.is_ungraded(tasks, []) is (state == "ungraded")
    broken = MetricResult(name="m", title="M", state="ungraded", points=0, max=1)
    assert scoring.is_ungraded([], [broken])


def test_a_hidden_check_tells_its_title_state_and_hint_and_nothing_else() -> None:
    telling = Outcome(
        state="failed", message="expected 42", output="printed", location=Location(path="a.py", line=1), seconds=1.25
    )
    told = scoring.score_check(check("a", hidden=True), telling)
    assert (told.title, told.state, told.hint) == ("Title of a", "failed", "A hint.")
    assert (told.message, told.output, told.location, told.seconds) == ("", "", None, 0.0)


def test_a_public_check_tells_all_and_a_passed_one_is_silent() -> None:
    outcome = Outcome(state="failed", message="off", output="printed", location=Location(path="a.py", line=1))
    told = scoring.score_check(check("a"), outcome)
    assert (told.message, told.output, told.location) == ("off", "printed", Location(path="a.py", line=1))
    passed = scoring.score_check(check("a"), Outcome(state="passed", output="printed"))
    assert (passed.hint, passed.output, passed.points) == ("", "", 1.0)


def test_points_of_metrics_are_part_of_the_score() -> None:
    metrics = [MetricResult(name="m", title="M", state="failed", points=1.25, max=3)]
    total = scoring.total(scoring.score_tasks(TASKS, [check("a")], {"a": Outcome(state="passed")}), metrics)
    assert (total.points, total.max) == (2.25, 4.0)


def test_what_is_withheld_does_not_show_in_a_budget_of_a_hidden_check() -> None:
    checks = [check("public"), check("hidden", hidden=True)]
    tasks = scoring.score_tasks(TASKS, checks, {"public": Outcome(state="failed"), "hidden": Outcome(state="failed")})
    measured = BudgetResult(
        check="public", title="A cost", state="failed", unit="ms", measured=9.5, limit=8.0, reference=1.0, ratio=9.5,
        at_most=8.0, noise=0.1, message="too slow",
    )  # fmt: skip
    report = Report(
        lab=LabRef(slug="lab", version="1", title="A lab"),
        tier="full",
        status="ungraded",
        score=scoring.total(tasks, []),
        tasks=tasks,
        budgets=[measured, replace(measured, check="hidden")],
        environment=Environment(grader="0.1.0", python="3.11.7", policy="strict"),
        timing=Timing(total=1.0),
    )
    public, hidden = scoring.withhold(report).budgets
    assert public == measured
    assert hidden == BudgetResult(check="hidden", title="A cost", state="ungraded", unit="ms", limit=8.0, at_most=8.0)
