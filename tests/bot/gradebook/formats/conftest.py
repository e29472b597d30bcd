"""A gradebook of three learners, whose names and outputs are such as nobody wants in a spreadsheet or in XML."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pushmark_bot.course.deadlines import LatePolicy, Schedule
from pushmark_bot.course.score import Counted, Rules, Setting, counted, graded
from pushmark_bot.gradebook.book import Book, Earlier, Lab, Learner, Mark, Sheet
from pushmark_graders.report.model import (
    CheckResult,
    Environment,
    LabRef,
    Location,
    MetricResult,
    Report,
    Score,
    SubmissionRef,
    TaskResult,
    Timing,
)

PUBLISHED = Path(__file__).parent / "published"
AT = datetime(2027, 1, 31, 17, 30, tzinfo=UTC)
LATE = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)
RULES = Rules(schedule=Schedule(due=datetime(2027, 1, 31, 18, tzinfo=UTC)), policy=LatePolicy(per_day=0.1))
SHA = "0123456789abcdef" * 2 + "01234567"

CHECKS = [
    CheckResult(id="words-are-counted", title="Every word is counted.", state="passed", points=3, max=3, seconds=0.012),
    CheckResult(
        id="case-is-ignored",
        title="A word at the start of a sentence is the same word.",
        state="failed",
        points=0,
        max=2,
        message="got {'The': 1} \x1b[31mred\x1b[0m <b>&amp; \u202e",
        output="=cmd()\x00\n",
        hint="Is `The` another word?",
        location=Location(path="src/tiny/words.py", line=7),
        seconds=0.5,
    ),
    CheckResult(id="is-fast", title="It is fast.", state="blocked", points=0, max=1, waits_for=["case-is-ignored"]),
]
HIDDEN = [
    CheckResult(
        id="long-text",
        title="A long text is ranked.",
        state="error",
        points=0,
        max=2.5,
        hidden=True,
        message="what no learner may read",
        hint="Try a long one.",
    )
]
METRIC = MetricResult(
    name="f1", title="F1 on unseen days", state="passed", points=1.25, max=1.5, claimed=0.9, measured=0.82
)


def report() -> Report:
    """A report with every state but ungraded, a hidden check and a metric."""
    return Report(
        lab=LabRef(slug="tiny-lab", version="1.0.0", title="Count words"),
        submission=SubmissionRef(repository="example-school/tiny-lab-s-1", commit=SHA, author="learner-1"),
        attempt=2,
        tier="full",
        status="graded",
        score=Score(points=4.25, max=10),
        tasks=[
            TaskResult(number=1, title="Count", points=3, max=6, checks=CHECKS),
            TaskResult(number=2, title="Rank", points=0, max=2.5, checks=HIDDEN),
        ],
        metrics=[METRIC],
        environment=Environment(grader="0.1.0", python="3.11.7", policy="strict"),
        timing=Timing(total=4.2),
    )


def score(received: datetime = AT, *settings: Setting) -> Counted:
    """What the report counts."""
    return counted(graded(report(), number=2, sha=SHA, received=received), settings, RULES)


def mark(learner: str, received: datetime = AT, *settings: Setting) -> Mark:
    """What a learner has."""
    return Mark(
        lab="tiny-lab",
        learner=learner,
        repository=f"example-school/tiny-lab-{learner}",
        pull=1,
        attempts=2,
        counted=score(received, *settings),
        row=7,
        received=received,
        taken=received,
    )


LAB = Lab(slug="tiny-lab", title="Count words", max=10.0)
ONE = Learner(
    identifier="s-1",
    name="One Learner",
    email="s-1@school.example",
    section="North",
    login="learner-1",
    github_id=1001,
)
TWO = Learner(identifier="s-2", name='=HYPERLINK("http://x","A")', email="@s-2@school.example", section="+South")
THREE = Learner(identifier="-3", name="Third Learner", section="-1.5")
SET = Setting(task=2, points=2.0, reason="seen in person", by="staff", at=AT)


@pytest.fixture
def book() -> Book:
    """One learner in time, one late and with points that staff set, one without a submission."""
    return Book(
        course="ml-101",
        title="Machine learning at work",
        organisation="example-school",
        labs=[LAB],
        learners=[ONE, TWO, THREE],
        marks={"tiny-lab": {"s-1": mark("s-1"), "s-2": mark("s-2", LATE, SET)}},
        earlier=[Earlier(learner="s-1", source="GitHub Classroom", name="hw-1", points=8, max=10)],
    )


@pytest.fixture
def sheet(book: Book) -> Sheet:
    """All about the first learner's submission."""
    one = book.marks["tiny-lab"]["s-1"]
    assert one.counted is not None
    return Sheet(course="ml-101", lab=LAB, learner=ONE, mark=one, counted=one.counted, report=report())
