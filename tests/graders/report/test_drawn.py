"""What charts and lists are drawn from: the same for every renderer."""

import io
import math
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pushmark_graders.report import html, markdown, mermaid, svg, terminal
from pushmark_graders.report.intervals import drawn, marks
from pushmark_graders.report.lineage import lineage
from pushmark_graders.report.model import (
    BudgetResult,
    Later,
    LeakFinding,
    MetricResult,
    PastAttempt,
    Report,
    RunSummary,
    TrainingResult,
)
from pushmark_graders.report.plotting import position, sparkline, thinned, ticks
from pushmark_graders.report.runs import claimed_by, judged, nested
from pushmark_graders.report.standing import added, standing
from pushmark_graders.report.trend import Series, trends
from pushmark_graders.report.verdict import budget_state, headline, next_step, redact
from rich.console import Console

Sample = Callable[[str], Report]
numbers = st.floats() | st.sampled_from([0.0, 0.7, 1e308, -1e308])


@pytest.mark.parametrize(
    ("values", "line"),
    [([], ""), ([3.0], "▅"), ([1.0, 2.0, 3.0], "▁▅█"), ([0.0, math.nan, 1.0], "▁·█"), ([-1e308, 1e308], "▁█")],
)
def test_a_sparkline_goes_from_the_least_to_the_greatest(values: list[float], line: str) -> None:
    assert sparkline(values) == line


def test_of_many_values_the_first_and_the_last_are_kept() -> None:
    kept = thinned(list(range(1000)), 16)
    assert (len(kept), kept[0], kept[-1]) == (16, 0, 999)


def test_an_axis_has_round_numbers() -> None:
    assert ticks(0.635, 0.718) == [0.65, 0.7]
    assert ticks(0, 20, 5) == [0, 5, 10, 15, 20]
    assert ticks(3, 3) == [3]


@given(numbers, numbers, numbers)
def test_any_value_has_a_place_on_any_axis(value: float, one: float, other: float) -> None:
    low, high = sorted(end if math.isfinite(end) else 0.0 for end in (one, other))
    if math.isfinite(value):
        assert 0 <= position(value, low, high) <= 1
    assert len(ticks(low, high)) < 50


@given(st.lists(numbers, min_size=7, max_size=7))
def test_a_chart_can_be_drawn_of_any_numbers(values: list[float]) -> None:
    low, high, measured, claimed, reference, target, noise = values
    metric = MetricResult(
        name="m", title="M", state="failed", points=0, max=1, measured=measured, claimed=claimed, low=low, high=high,
        reference=reference, target=target, baseline=0,
    )  # fmt: skip
    cost = BudgetResult(check="c", title="C", state="failed", unit="s", ratio=measured, at_most=target, noise=noise)
    assert all(len(line) == 40 for _, line, _ in drawn(metric))
    shown = f"{svg.claim(metric, 'a')}{svg.budget(cost, 'b')}{svg.course(values, 'c', 'd')}"
    assert not any(word in shown for word in ('"nan"', '"inf"', "nan,", "inf,"))
    assert "nan" not in mermaid.claim(metric)


def test_a_chart_has_the_interval_of_the_measurement_alone(sample: Sample) -> None:
    shown = {mark.kind: mark for mark in marks(sample("passing").metrics[0])}
    assert (shown["measured"].low, shown["measured"].high) == (0.697, 0.719)
    assert shown["claim"].low == shown["claim"].high == 0.712
    assert shown["target"].value == pytest.approx(0.701)


def test_the_bars_of_a_mermaid_chart_begin_at_zero(sample: Sample) -> None:
    metric = sample("passing").metrics[0]
    assert "  y-axis 0 --> 0." in mermaid.claim(metric)
    below = replace(metric, measured=-0.5, low=-0.6, high=-0.4, claimed=-0.3, reference=-0.7)
    assert re.search(r"^  y-axis -0\.\d+ --> 0\.?\d*$", mermaid.claim(replace(below, target=None)), re.MULTILINE)


@pytest.mark.parametrize("moment", ["", "2013-07-01T09:00:00Z"])
def test_leaks_that_no_clock_found_have_no_column_for_moments(sample: Sample, moment: str) -> None:
    report = sample("everything")
    leaks = [LeakFinding(column="own_delay", moved=199, rows=200, moment=moment)]
    changed = replace(report, tasks=[replace(task, checks=[replace(check, leaks=leaks if check.leaks else [])
                      for check in task.checks]) for task in report.tasks])  # fmt: skip
    console = Console(file=io.StringIO(), record=True, width=120)
    terminal.render(changed, console)
    for shown in (markdown.render(changed), html.render(changed), console.export_text()):
        assert "own_delay" in shown
        assert "199 of 200" in shown
        assert ("First at" in shown) == (moment != "")


def test_no_title_can_leave_its_place_in_a_mermaid_chart() -> None:
    title = 'a" \n```\nx-axis [1] %%{init}%% ; click `b` <script>'
    metric = MetricResult(name="m", title=title, state="passed", points=1, max=1, measured=0.5, claimed=0.6)
    lines = mermaid.claim(metric).splitlines()
    assert lines[3] == '  title "a x-axis 1 %% init %% click b script"'
    assert [line.split()[0] for line in lines[4:]] == ["x-axis", "y-axis", "bar", "```"]


def test_a_trend_needs_three_attempts_and_says_where_it_went(sample: Sample) -> None:
    report = sample("everything")
    points, auc = trends(report)
    assert points.says() == "3 to 15.5 of 20 points"
    assert auc == Series("AUC on next month's flights", [2, 3, 4, 5], [0.65, 0.64, 0.69, 0.7])
    assert trends(replace(report, history=report.history[-1:])) == []


def test_where_what_can_be_earned_changed_the_trend_is_in_shares(sample: Sample) -> None:
    report = sample("everything")
    history = [PastAttempt(attempt=1, points=5, max=10), *report.history[1:]]
    assert trends(replace(report, history=history))[0].values[0] == 50.0


def _searched(sample: Sample, *runs: RunSummary) -> Report:
    return replace(sample("passing"), training=TrainingResult(state="completed", runs=list(runs)))


def _run(name: str, parent: str = "", **metrics: float) -> RunSummary:
    return RunSummary(id=name, name=name, status="FINISHED", params={}, metrics=metrics, parent=parent)


def test_runs_stand_below_the_run_that_they_are_nested_in(sample: Sample) -> None:
    report = _searched(sample, _run("a1", "a"), _run("b"), _run("a"), _run("a2", "a"), _run("a1x", "a1"))
    assert [(one.run.name, one.depth) for one in nested(report)] == [
        ("b", 0),
        ("a", 0),
        ("a1", 1),
        ("a1x", 2),
        ("a2", 1),
    ]


def test_runs_that_name_each_other_or_nobody_as_parents_are_listed_once(sample: Sample) -> None:
    report = _searched(sample, _run("a", "b"), _run("b", "a"), _run("c", "c"), _run("d", "gone"), _run("d", "gone"))
    assert sorted(one.run.name for one in nested(report)) == ["a", "b", "c", "d", "d"]


def test_the_best_run_is_the_best_by_what_was_claimed(sample: Sample) -> None:
    report = _searched(sample, _run("a", val=0.712, loss=9.0), _run("b", val=0.9), _run("c", val=math.nan, loss=99.0))
    best = judged(report)
    assert best is not None
    assert (best.key, best.best.name) == ("val", "b")
    assert [one.run.name for one in nested(report) if one.best] == ["b"]


def test_of_an_error_the_best_run_has_the_least(sample: Sample) -> None:
    report = sample("measures")
    report = replace(
        report, training=TrainingResult(state="completed", runs=[_run("a", brier=0.2), _run("b", brier=0.1)])
    )
    best = judged(report)
    assert best is not None
    assert best.best.name == "b"


def test_a_claim_comes_from_the_run_that_logged_it_in_the_four_digits_of_a_report(sample: Sample) -> None:
    report = _searched(sample, _run("a", val=0.5), _run("b", val=0.712004))
    source = claimed_by(report, report.metrics[0])
    assert source is not None
    assert source.name == "b"
    assert claimed_by(_searched(sample, _run("a", val=0.5)), report.metrics[0]) is None


def test_the_lineage_goes_from_the_data_to_the_measurement(sample: Sample) -> None:
    chain = [(link.kind, link.name or link.says) for link in lineage(sample("everything"))]
    assert chain == [
        ("data", "9e107d9d"),
        ("stage", "clean"),
        ("stage", "features"),
        ("stage", "train"),
        ("run", "search"),
        ("claim", "AUC on next month's flights"),
        ("measurement", "measured 0.700"),
    ]
    assert lineage(sample("training_failed")) == []


def test_a_claim_that_no_run_logged_is_called_that(sample: Sample) -> None:
    assert "no run logged this value" in [link.says for link in lineage(_searched(sample, _run("a", val=0.5)))]


def test_a_cost_lost_in_noise_is_not_called_failed(sample: Sample) -> None:
    states = [budget_state(budget) for budget in sample("everything").budgets]
    assert states[1:3] == [("failed", "failed"), ("noisy", "too noisy to judge")]
    unmeasured = BudgetResult(check="x", title="", state="ungraded", unit="s")
    assert budget_state(unmeasured) == ("ungraded", "not graded")


def test_of_a_budget_that_a_hidden_check_judges_no_number_is_shown(sample: Sample) -> None:
    report = sample("hidden_failure")
    secret = BudgetResult(
        check="unseen-airport", title="Fast", state="failed", unit="ms", measured=3, reference=1, ratio=3, at_most=2,
        noise=0.1, message="SECRET",
    )  # fmt: skip
    (shown,) = redact(replace(report, budgets=[secret])).budgets
    assert shown == BudgetResult(check="unseen-airport", title="Fast", state="failed", unit="ms", at_most=2)


def test_a_fast_report_counts_and_says_what_the_full_tier_adds(sample: Sample) -> None:
    report = sample("fast")
    assert headline(report) == "All checks of the fast tier passed: 12 of 12 points so far"
    assert next_step(report) == "nothing is left to mend here; the full tier does the rest."
    assert standing(report) == (
        "Fast tier, not the final grade.",
        "What it says of the checks that ran counts. "
        "The full tier adds the training, 2 checks and 1 metric, worth 13 points.",
    )
    assert added(Later(metrics=1, points=1)) == "The full tier adds 1 metric, worth 1 point."
    assert added(Later()) == "The full tier adds nothing to it here."
