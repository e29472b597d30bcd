"""What each command decides, without clock, GitHub or database."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from pushmark_bot.course.deadlines import DAY, LatePolicy, Schedule, extended
from pushmark_bot.course.score import Graded, Rules, Setting, Task, best
from pushmark_bot.slash import appeal, extend, freeze, grade, hint, regrade, release, score, status
from pushmark_bot.slash.grammar import Command, read
from pushmark_bot.slash.situation import Other, Situation
from pushmark_graders.course.budget import Attempt
from pushmark_graders.course.spec import AttemptsSpec

from tests.bot.conftest import MakeReport

NOW = datetime(2027, 1, 31, 12, tzinfo=UTC)
DUE = datetime(2027, 1, 31, 18, tzinfo=UTC)
WEEK = Schedule(opens=DUE - 7 * DAY, due=DUE, cutoff=DUE + 2 * DAY)
SHA, OLD = "b" * 40, "a" * 40
OUTLINE = [Task(number=1, title="Read the clock", points=0.0, max=2.0)]

NEW = Situation(
    now=NOW,
    lab="gatecast-2-features",
    learner="learner",
    head=SHA,
    received=NOW - timedelta(hours=1),
    is_open=True,
    rules=Rules(schedule=WEEK, policy=LatePolicy(per_day=0.1)),
    base=WEEK,
    limits=AttemptsSpec(per_day=2, total=3),
    hints={1: ["Which clock?", "Midnight is 0."], 2: ["Sort first."]},
)


def command(line: str) -> Command:
    """A command as it is typed."""
    found = read(line)
    assert isinstance(found, Command)
    return found


def taken(*hours_ago: float, commit: str = OLD) -> list[Attempt]:
    """Graded attempts."""
    return [
        Attempt(number=at, commit=f"{at}{commit[1:]}", version="1", taken=NOW - timedelta(hours=ago), state="graded")
        for at, ago in enumerate(hours_ago, start=1)
    ]


@pytest.fixture
def graded(make_report: MakeReport) -> Situation:
    """A submission whose older commit is graded: a public check failed, a hidden one too."""
    report = make_report("passed", "failed", commit=OLD)
    one = Graded(number=1, sha=OLD, received=NOW - DAY, tasks=[replace(OUTLINE[0], points=1.0)])
    return replace(
        NEW,
        graded=OLD,
        report=report,
        taken=taken(20),
        outline=OUTLINE,
        grade=best([one], [], NEW.rules),
    )


class TestGrade:
    def test_a_new_commit_in_time_with_an_attempt_left_is_graded(self) -> None:
        answer = grade.decide(command("/grade"), NEW)
        assert (answer.act, answer.reaction, answer.text) == (True, "eyes", "")

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"is_open": False}, "This pull request is closed."),
            ({"rules": replace(NEW.rules, frozen=NOW - DAY)}, "frozen on 2027-01-30 12:00 UTC"),
            ({"received": DUE - 8 * DAY}, "opens on 2027-01-24 18:00 UTC"),
            ({"received": DUE + 3 * DAY}, "after the cutoff on 2027-02-02 18:00 UTC"),
            ({"taken": taken(1, 2, 3)}, "No attempt is left: all 3 are used."),
            ({"taken": taken(3, 1)}, "The next one is free on 2027-02-01 09:00 UTC"),
        ],
    )
    def test_what_cannot_be_graded_is_refused_with_the_reason(self, change: dict[str, object], why: str) -> None:
        answer = grade.decide(command("/grade"), replace(NEW, **change))
        assert not answer.act
        assert why in answer.text
        assert answer.reaction == "confused"

    def test_a_push_from_before_the_freeze_is_graded(self) -> None:
        assert grade.decide(command("/grade"), replace(NEW, rules=replace(NEW.rules, frozen=NOW))).act

    def test_a_commit_that_was_graded_is_not_graded_again_even_with_attempts_left(self) -> None:
        same = [Attempt(number=1, commit=SHA, version="1", taken=NOW, state="graded")]
        answer = grade.decide(command("/grade"), replace(NEW, taken=same))
        assert not answer.act
        assert "as attempt 1" in answer.text

    def test_a_commit_whose_grading_was_cut_short_takes_no_second_attempt(self) -> None:
        cut_short = [Attempt(number=3, commit=SHA, version="1", taken=NOW, state="open")]
        assert grade.decide(command("/grade"), replace(NEW, taken=taken(1, 2) + cut_short)).act


class TestHint:
    def test_hints_of_a_task_come_in_their_order_and_stay_to_be_read(self) -> None:
        answer = hint.decide(command("/hint 1"), replace(NEW, shown={1: 1}))
        assert answer.act
        assert answer.text.startswith("**Task 1, hint 2 of 2**\n\nMidnight is 0.")
        assert "<summary>Hint 1</summary>\n\nWhich clock?" in answer.text

    def test_the_last_one_is_shown_again_and_nothing_is_unlocked(self) -> None:
        answer = hint.decide(command("/hint 1"), replace(NEW, shown={1: 2}))
        assert not answer.act
        assert "Midnight is 0." in answer.text

    def test_before_the_first_grading_the_first_task_is_meant(self) -> None:
        assert hint.decide(command("/hint"), NEW).command == Command(name="hint", task=1)

    def test_what_is_held_back_does_not_show_in_the_choice_of_a_task(self, make_report: MakeReport) -> None:
        hidden = make_report("failed", hidden=True)
        assert hint.first_open(replace(NEW, report=hidden)) == 1
        assert hint.first_open(replace(NEW, report=hidden, held_back=True)) is None

    def test_a_lab_without_hints_says_so(self) -> None:
        assert hint.decide(command("/hint"), replace(NEW, hints={})).text == "This lab has no hints."


class TestStatus:
    def test_all_there_is_to_know_is_said(self, graded: Situation) -> None:
        rules = replace(graded.rules, schedule=extended(WEEK, DAY), frozen=NOW)
        said = status.decide(
            command("/status"), replace(graded, extra=DAY, rules=rules, waiting=[1], taken=taken(3, 1))
        ).text
        assert said.splitlines() == [
            "- The newest commit `bbbbbbbbbb` is not graded; the last that was is `aaaaaaaaaa`.",
            "- **1 of 2 points** count, of attempt 1.",
            "- Due on 2027-02-01 18:00 UTC, with 1 day more for you, in 1 day 6 h.",
            "- After 2027-02-03 18:00 UTC nothing is graded any more.",
            "- 1 of 3 attempts are left, 0 of them now. No attempt is left now: 2 of 2 in 24 hours are used. The next "
            "one is free on 2027-02-01 09:00 UTC; the newest commit is graded then by itself.",
            "- Frozen on 2027-01-31 12:00 UTC: later pushes are not graded.",
            "- 1 attempt is being graded again, at no cost.",
        ]

    def test_lateness_and_settings_are_explained(self, graded: Situation) -> None:
        late = Graded(number=1, sha=OLD, received=DUE + DAY, tasks=[replace(OUTLINE[0], points=1.0)], metrics=1.0)
        setting = Setting(task=1, points=2.0, reason="As agreed.", by="@tutor", at=NOW)
        said = status.decide(command("/status"), replace(graded, grade=best([late], [setting], graded.rules))).text
        assert "Late: 1 day, \N{MINUS SIGN}0.1" in said
        assert "Task 1: set by staff to 2 of 2, the grader gave 1: As agreed." in said

    def test_what_is_held_back_is_not_told(self, graded: Situation) -> None:
        said = status.decide(command("/status"), replace(graded, held_back=True)).text
        assert "held back" in said
        assert "points" not in said


class TestAppeal:
    def test_a_check_of_the_report_may_be_appealed(self, graded: Situation) -> None:
        answer = appeal.decide(command("/appeal check-2 It is right."), graded)
        assert answer.act
        assert "`check-2` of `aaaaaaaaaa`" in answer.text

    def test_another_word_gets_the_list(self, graded: Situation) -> None:
        answer = appeal.decide(command("/appeal check-9 It is right."), graded)
        assert not answer.act
        assert "- `check-1`: Statement 1 holds\n- `check-2`: Statement 2 holds" in answer.text

    def test_hidden_checks_are_not_named_while_the_result_is_held_back(
        self, graded: Situation, make_report: MakeReport
    ) -> None:
        hidden = replace(graded, report=make_report("failed", hidden=True))
        assert appeal.decide(command("/appeal check-1 No."), hidden).act
        answer = appeal.decide(command("/appeal check-1 No."), replace(hidden, held_back=True))
        assert not answer.act
        assert "Statement" not in answer.text

    def test_before_the_first_report_there_is_nothing_to_appeal(self) -> None:
        assert not appeal.decide(command("/appeal check-1 No."), NEW).act


class TestScore:
    @pytest.mark.parametrize("points", ["0", "2", "1.25"])
    def test_points_within_the_task_are_set(self, graded: Situation, points: str) -> None:
        assert score.decide(command(f"/score 1 {points} As agreed."), graded).act

    @pytest.mark.parametrize("line", ["/score 1 2.01 x", "/score 2 1 x", "/score 0 1 x"])
    def test_other_points_and_tasks_are_refused(self, graded: Situation, line: str) -> None:
        answer = score.decide(command(line), graded)
        assert not answer.act
        assert answer.text.startswith("Not set: ")

    def test_before_anything_is_graded_the_worth_of_a_task_is_not_known(self) -> None:
        assert "graded yet" in score.decide(command("/score 1 1 x"), NEW).text


class TestExtend:
    def test_time_adds_up_and_the_new_deadline_is_told(self) -> None:
        now = replace(NEW, other=Other(identifier="s-2", extra=DAY))
        answer = extend.decide(command("/extend @another 12h"), now)
        assert answer.act
        assert answer.text == "`another` has 1 day 12 h more for this lab: it is due on 2027-02-02 06:00 UTC."

    def test_somebody_who_is_not_on_the_roster_gets_nothing(self) -> None:
        assert not extend.decide(command("/extend @stranger 2d"), NEW).act

    def test_there_is_an_end_to_it(self) -> None:
        now = replace(NEW, other=Other(identifier="s-2", extra=3649 * DAY))
        assert extend.decide(command("/extend @another 1d"), now).act
        assert not extend.decide(command("/extend @another 2d"), now).act

    def test_without_a_deadline_it_says_that_nothing_changes(self) -> None:
        now = replace(NEW, base=Schedule(), other=Other(identifier="s-2", extra=timedelta()))
        assert "no deadline" in extend.decide(command("/extend @another 1d"), now).text


class TestRegrade:
    def test_the_newest_attempt_or_all_are_graded_again_once(self, graded: Situation) -> None:
        two = replace(graded, taken=taken(20, 10))
        assert regrade.decide(command("/regrade"), two).act
        assert not regrade.decide(command("/regrade"), replace(two, waiting=[2])).act
        assert regrade.decide(command("/regrade all"), replace(two, waiting=[2])).act
        assert not regrade.decide(command("/regrade all"), replace(two, waiting=[1, 2])).act

    def test_without_an_attempt_there_is_nothing_to_grade_again(self) -> None:
        assert not regrade.decide(command("/regrade"), NEW).act


def test_release_and_freeze_are_done_once() -> None:
    assert not release.decide(command("/release"), NEW).act
    assert release.decide(command("/release"), replace(NEW, held_back=True)).act
    assert freeze.decide(command("/freeze"), NEW).act
    frozen = replace(NEW, rules=replace(NEW.rules, frozen=NOW))
    assert not freeze.decide(command("/freeze"), frozen).act
    assert freeze.decide(command("/freeze off"), frozen).act
    assert freeze.decide(command("/freeze off"), NEW).text == "This submission is not frozen."
