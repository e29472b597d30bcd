"""A result that is held back."""

from msgspec.structs import replace
from pushmark_bot import held
from pushmark_bot.comment import Scores, read_scores
from pushmark_bot.github import PullRequest
from pushmark_bot.publish import Page, Seen, Target, plan
from pushmark_graders.report import markdown
from pushmark_graders.report.model import BudgetResult, MetricResult, PastAttempt, Previous, Report

from tests.bot.conftest import REPO, MakeReport

SECRETS = ("Statement 2", "0.777", "a budget", "of 12", "points", "7.25")


def report(make_report: MakeReport) -> Report:
    """A public check that failed, a hidden one that did too, a measurement, a budget, and earlier attempts."""
    made = make_report("failed", "failed")
    public, hidden = made.tasks[0].checks
    hidden = replace(hidden, hidden=True, hint="a hint about Statement 2")
    return replace(
        made,
        attempt=2,
        tasks=[replace(made.tasks[0], checks=[public, hidden])],
        metrics=[MetricResult(name="auc", title="AUC", state="passed", points=7.25, max=12.0, measured=0.777)],
        budgets=[
            BudgetResult(check=hidden.id, title="a budget", state="failed", unit="ms", measured=0.777, ratio=0.777)
        ],
        previous=Previous(points=7.25, max=12.0),
        history=[PastAttempt(attempt=1, points=7.25, max=12.0)],
    )


def test_the_comment_tells_of_public_checks_alone_and_of_no_score(make_report: MakeReport) -> None:
    text = held.render(report(make_report))
    assert text.startswith("## Graded; the result is held back")
    assert "| 1. Read the clock | 0 of 1 |" in text
    assert "Statement 1 holds" in text
    assert "`parse(2400)` gave 24" in text
    assert not [secret for secret in SECRETS if secret in text]


def test_it_is_the_same_whatever_is_held_back(make_report: MakeReport) -> None:
    one = report(make_report)
    public, hidden = one.tasks[0].checks
    passed = replace(hidden, state="passed", points=1.0, hint="")
    other = replace(one, tasks=[replace(one.tasks[0], checks=[public, passed])], metrics=[], budgets=[])
    assert held.render(one) == held.render(other)
    assert held.draft(one, "a" * 40) == held.draft(other, "a" * 40)


def test_the_check_run_gives_no_verdict(make_report: MakeReport) -> None:
    draft = held.draft(report(make_report), "a" * 40)
    assert (draft.conclusion, draft.title) == ("neutral", held.TITLE)
    assert [one.line for one in draft.annotations] == [1]
    assert not [secret for secret in SECRETS if secret in draft.summary]


def test_the_comment_remembers_no_score_of_it(make_report: MakeReport) -> None:
    target = Target(pull=PullRequest(REPO, 1), sha="a" * 40)
    before = Scores(last=Previous(points=7.25, max=12.0), attempts=1)
    steps = plan(report(make_report), target, Seen(scores=before), markdown.render, Page(held_back=True))
    assert read_scores(steps.body) == Scores()
    assert steps.scores == before, "it is compared with them once it is released"
    assert not [secret for secret in SECRETS if secret in steps.body]
