"""Commands on the pull request, as conversations over real HTTP."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pushmark_bot.course.chain import broken
from pushmark_bot.db import attempts, log, scores
from pushmark_bot.db.tables import Extension, Override, Person, Request, Submission
from pushmark_bot.github import PyGithubPort
from pushmark_bot.slash import queue
from pushmark_bot.testing import Fault
from sqlalchemy import select

from tests.bot.service.conftest import DUE, REPO, Bot, commit

DAY = timedelta(days=1)


def count(bot: Bot, kind: type[Extension] | type[Override] | type[Request]) -> int:
    """How many rows of a table there are."""
    with bot.database.reading() as session:
        return len(session.scalars(select(kind)).all())


def points(bot: Bot) -> float:
    """What counts now."""
    with bot.database.reading() as session:
        grade = scores.grade(session, session.get_one(Submission, 1))
        assert grade is not None
        return grade.points


def graded(bot: Bot) -> list[tuple[int, int, str]]:
    """Number, how often it was graded before, and state of each attempt."""
    with bot.database.reading() as session:
        rows = attempts.attempts(session, session.get_one(Submission, 1))
        return [(row.number, row.again, row.state) for row in rows]


def feedback(bot: Bot) -> str:
    """The one feedback comment, once nothing is left to do."""
    bot.until_quiet()
    bot.until(lambda: bot.submission().published_sha == bot.submission().graded_sha)
    [body] = bot.bodies()
    return body


def test_status_says_what_is_graded_due_and_left(bot: Bot) -> None:
    sha = bot.push(commit())
    bot.until_published(sha)
    said = bot.ask("learner", "/status")
    assert f"The newest commit `{sha[:10]}` is graded." in said
    assert "**10 of 10 points** count, of attempt 1." in said
    assert "Due on 2027-01-31 18:00 UTC, in 1 day." in said
    assert "39 of 40 attempts are left, 7 of them now." in said
    [answer] = bot.answers()
    assert said in answer
    assert len(bot.bodies()) == 1


def test_hints_come_one_at_a_time_and_are_remembered(bot: Bot) -> None:
    bot.until_published(bot.push(commit("starter", "mine")))
    assert "What ends a word" in bot.ask("learner", "/hint")
    assert bot.ask("learner", "/hint 1").startswith("**Task 1, hint 2 of 2**")
    assert "That is the last one of this task." in bot.ask("learner", "/hint 1")
    assert "hint 1 of 2" in bot.ask("learner", "/hint 2")
    assert bot.ask("learner", "/hint 7") == "There are hints for tasks 1, 2, not for task 7."
    assert [(actor, data["task"], data["hint"]) for actor, data in bot.events("hint")] == [
        ("@learner", 1, 1),
        ("@learner", 1, 2),
        ("@learner", 2, 1),
    ]
    assert len(bot.answers()) == 1


def test_the_first_task_that_is_not_done_is_meant_when_none_is_named(bot: Bot) -> None:
    bot.until_published(bot.push(commit()))
    assert "Every task that has hints is done." in bot.ask("learner", "/hint")


def test_an_appeal_is_kept_for_staff_and_answered_by_points(bot: Bot) -> None:
    bot.until_published(bot.push(commit("starter", "mine")))
    said = bot.ask("learner", "/appeal no-such-check It is right.")
    assert "There is no check `no-such-check`." in said
    assert "- `words-are-counted`: Every word is counted" in said
    assert "Noted: staff will look at" in bot.ask("learner", "/appeal words-are-counted My way is right too.")
    assert [actor for actor, _ in bot.events("appeal")] == ["@learner"]


def test_points_that_staff_set_count_and_are_shown_with_the_reason(bot: Bot) -> None:
    sha = bot.push(commit("starter", "mine"))
    bot.until_published(sha)
    before = points(bot)
    bot.github.forget_log()
    asked = bot.say("tutor", "/score 1 4.5 I *saw* it run, @learner.")
    bot.until(lambda: points(bot) == before + 4.5)
    shown = feedback(bot)
    assert "Task 1: set by staff to 4.5 of 5, the grader gave 0: I \\*saw\\* it run, @&#8203;learner." in shown
    assert "**4.5 of 10 points count.**" in shown
    assert bot.reactions(asked) == ["+1"]
    assert bot.answers() == []
    [run] = bot.github.check_runs(REPO, sha)
    assert run.title is not None and run.title.endswith("4.5 of 10 points count")
    assert bot.numbers() == [(1, "graded")]
    writes = [one for one in bot.github.log if one.method != "GET"]
    assert len(writes) <= 3, "a reaction, the comment and the check run"
    stored = attempt_points(bot)
    assert stored == 0.0, "the stored report stays as it was"


def attempt_points(bot: Bot) -> float | None:
    """What the grader gave for the newest commit."""
    with bot.database.reading() as session:
        submission = session.get_one(Submission, 1)
        row = attempts.graded(session, submission, submission.graded_sha)
        return row.points if row is not None else None


def test_set_points_survive_the_next_push(bot: Bot) -> None:
    bot.until_published(bot.push(commit("starter", "one")))
    bot.ask("tutor", "/score 2 1 As agreed.")
    sha = bot.push(commit())
    bot.until_published(sha)
    assert points(bot) == 6.0
    assert "Task 2: set by staff to 1 of 5, the grader gave 5: As agreed." in feedback(bot)


def test_staff_are_told_what_cannot_be(bot: Bot) -> None:
    bot.until_published(bot.push(commit("starter", "mine")))
    for line, told in [
        ("/score 1 5.5 Too much.", "Not set: task 1 has 0 to 5 points, not 5.5."),
        ("/score 3 1 No such task.", "Not set: the lab has no task 3. Next: choose one of: 1 (Count), 2 (Rank)."),
        ("/extend @stranger 2d", "Nobody on the roster has the login `stranger`."),
        ("/extend @learner 9999d", "That would be more than 3650 days in all."),
        ("/release", "Nothing is held back here."),
        ("/score 1 five A word.", "It is written `/score TASK POINTS REASON`: it sets the points of a task."),
    ]:
        assert told in bot.ask("tutor", line)
    assert (count(bot, Extension), count(bot, Override)) == (0, 0)


def test_late_and_then_extended_the_penalty_goes_without_grading_again(bot: Bot) -> None:
    bot.change(late_per_day=0.2)
    bot.wait(DUE - bot.clock() + 1.5 * DAY)
    sha = bot.push(commit())
    bot.until_published(sha)
    assert "Late: 2 days, \N{MINUS SIGN}4" in feedback(bot)
    assert points(bot) == 6.0
    said = bot.ask("tutor", "/extend @Learner 2d")
    assert said == "`Learner` has 2 days more for this lab: it is due on 2027-02-02 18:00 UTC."
    assert "Late" not in feedback(bot)
    assert points(bot) == 10.0
    assert bot.numbers() == [(1, "graded")]
    assert [run.title for run in bot.github.check_runs(REPO, sha)] == ["Passed: 10 of 10 points"]
    assert bot.events("extend") == [("@tutor", {"lab": "tiny-lab", "learner": "s-1", "seconds": 172800})]


def test_more_time_lets_a_push_count_that_came_after_the_cutoff(bot: Bot) -> None:
    bot.wait(DUE - bot.clock() + 3 * DAY)
    sha = bot.push(commit(note="too late"))
    bot.until(lambda: bot.submission().trouble == "it came after the cutoff")
    assert "after the cutoff on 2027-02-02 18:00 UTC. Staff can give you more time." in bot.ask("learner", "/grade")
    bot.ask("tutor", "/extend @learner 36h")
    bot.until_published(sha)


def test_a_better_attempt_from_before_counts_and_the_newer_says_so(bot: Bot) -> None:
    bot.until_published(bot.push(commit()))
    bot.until_published(bot.push(commit("starter", "worse")))
    assert "**Attempt 1 counts, with 10 of 10 points.**" in feedback(bot)
    assert points(bot) == 10.0


def test_grade_takes_up_what_was_put_back_and_costs_an_attempt(bot: Bot) -> None:
    first = bot.push(commit("starter", "one"))
    bot.until_published(first)
    assert "was graded already, as attempt 1" in bot.ask("learner", "/grade")
    bot.change(attempts_per_day=1)
    second = bot.push(commit())
    bot.until(lambda: "no attempt left" in bot.submission().trouble)
    said = bot.ask("learner", "/grade")
    assert "No attempt is left now: 1 of 1 in 24 hours are used. The next one is free on 2027-01-31 18:00 UTC" in said
    bot.until(lambda: bot.submission().retry is not None)
    bot.change(attempts_per_day=2)
    asked = bot.say("learner", "/grade")
    bot.until_published(second)
    bot.until(lambda: bot.reactions(asked) == ["eyes"])
    assert bot.numbers() == [(1, "graded"), (2, "graded")]


def test_what_staff_decide_is_shown_even_while_a_newer_push_waits_for_an_attempt(bot: Bot) -> None:
    bot.change(attempts_total=1, held_back=True)
    first = bot.push(commit("starter", "one"))
    bot.until_published(first)
    bot.push(commit())
    bot.until(lambda: "no attempt left" in bot.submission().trouble)
    bot.ask("tutor", "/release")
    bot.until(lambda: "0 of 10 points" in bot.bodies()[0])
    bot.say("tutor", "/regrade")
    bot.until(lambda: graded(bot) == [(1, 0, "graded"), (1, 1, "graded")])
    bot.until_published(first)
    bot.ask("tutor", "/score 1 4 As agreed.")
    bot.until(lambda: "set by staff to 4 of 5" in bot.bodies()[0])


def test_regrade_costs_nothing_and_is_done_once(bot: Bot) -> None:
    bot.until_published(bot.push(commit("starter", "one")))
    bot.until_published(bot.push(commit()))
    bot.say("tutor", "/regrade all")
    bot.until(lambda: len(graded(bot)) == 4 and all(state == "graded" for _, _, state in graded(bot)))
    assert graded(bot) == [(1, 0, "graded"), (1, 1, "graded"), (2, 0, "graded"), (2, 1, "graded")]
    assert "38 of 40 attempts are left" in bot.ask("learner", "/status")
    assert points(bot) == 10.0
    assert bot.events("regrade") == [("@tutor", {"submission": 1, "attempts": [1, 2]})]
    assert "attempt 2, 38 of 40 left" in feedback(bot)


def test_a_commit_that_is_gone_is_not_asked_for_for_ever(bot: Bot) -> None:
    sha = bot.push(commit())
    bot.until_published(sha)
    bot.github._store.repository(REPO).trees.pop(sha)
    bot.say("tutor", "/regrade")
    bot.until(lambda: graded(bot) == [(1, 0, "graded"), (1, 1, "given up")])
    bot.until_quiet()
    assert points(bot) == 10.0


def test_after_a_freeze_pushes_are_not_graded(bot: Bot) -> None:
    before = bot.push(commit("starter", "in time"))
    bot.until_published(before)
    asked = bot.say("tutor", "/freeze")
    bot.until(lambda: bot.submission().frozen is not None)
    bot.wait(timedelta(minutes=1))
    bot.push(commit())
    bot.until(lambda: bot.submission().trouble == "the submission is frozen")
    assert bot.submission().graded_sha == before
    assert "was frozen on 2027-01-30 18:00 UTC" in bot.ask("learner", "/grade")
    assert "is frozen since" in bot.ask("tutor", "/freeze")
    assert bot.reactions(asked) == ["+1"]
    assert [actor for actor, _ in bot.events("freeze")] == ["@tutor"]


def test_what_was_pushed_in_a_freeze_is_graded_and_counts_once_it_is_taken_back(bot: Bot) -> None:
    bot.until_published(bot.push(commit("starter", "before")))
    bot.ask("tutor", "/freeze")
    bot.wait(timedelta(minutes=1))
    sha = bot.push(commit())
    bot.until(lambda: bot.submission().trouble == "the submission is frozen")
    asked = bot.say("tutor", "/freeze off")
    bot.until_published(sha)
    assert points(bot) == 10.0
    assert bot.reactions(asked) == ["+1"]
    assert [actor for actor, _ in bot.events("thaw")] == ["@tutor"]


def test_what_is_held_back_shows_no_score_until_it_is_released(bot: Bot) -> None:
    bot.change(held_back=True)
    sha = bot.push(commit())
    bot.until_published(sha)
    shown = feedback(bot)
    assert shown.splitlines()[2] == "## Graded; the result is held back"
    assert "points" not in shown
    assert "A long text" not in shown, "that is a hidden check"
    assert "| 2. Rank | 1 of 1 |" in shown
    [run] = bot.github.check_runs(REPO, sha)
    assert (run.conclusion, run.title) == ("neutral", "Graded; the result is held back")
    said = bot.ask("learner", "/status")
    assert "Results are held back until staff release them." in said
    assert "points" not in said
    asked = bot.say("tutor", "/release")
    bot.until(lambda: "10 of 10 points" in feedback(bot))
    assert bot.github.check_runs(REPO, sha)[-1].conclusion == "success"
    assert bot.numbers() == [(1, "graded")]
    bot.until(lambda: bot.reactions(asked) == ["+1"])


def test_a_learner_may_not_do_what_is_for_staff(bot: Bot) -> None:
    bot.until_published(bot.push(commit("starter", "mine")))
    lines = ["/score 1 5 I like it.", "/extend @learner 2d", "/regrade", "/release", "/freeze"]
    for line in lines:
        name = line.split(maxsplit=1)[0]
        said = bot.ask("learner", line)
        assert said.startswith(f"`{name}` is for staff.")
        assert "`/appeal CHECK REASON`" in said
    assert (count(bot, Extension), count(bot, Override)) == (0, 0)
    assert (bot.submission().frozen, graded(bot)) == (None, [(1, 0, "graded")])
    assert [(actor, data["done"]) for actor, data in bot.events("command")] == [("@learner", False)] * len(lines)


def test_a_refusal_is_also_a_reaction_for_who_does_not_see_an_edited_comment(bot: Bot) -> None:
    number = bot.say("learner", "/freeze")
    bot.until(lambda: (known := bot.request(number)) is not None and known.told)
    assert bot.reactions(number) == ["confused"]


def test_a_learner_may_not_command_on_somebody_elses_submission(bot: Bot) -> None:
    for line in ["/grade", "/hint", "/status", "/appeal words-are-counted No.", "/freeze"]:
        assert "This is somebody else's submission" in bot.ask("another", line)


def test_an_account_that_is_not_on_the_roster_may_do_nothing(bot: Bot) -> None:
    assert "this account is neither on the roster" in bot.ask("stranger", "/status")
    assert "this account is neither on the roster" in bot.ask("stranger", "/score 1 5 Hello.")


def test_who_runs_the_repository_is_staff_unless_the_learner_runs_it_too(bot: Bot) -> None:
    bot.until_published(bot.push(commit("starter", "mine")))
    repository = bot.github._store.repository(REPO)
    repository.maintainers.add("head-of-school")
    bot.ask("head-of-school", "/score 1 2 I looked at it.")
    assert [actor for actor, _ in bot.events("override")] == ["@head-of-school"]
    repository.admins |= {"learner", "a-friend"}
    assert "this account is neither on the roster" in bot.ask("a-friend", "/score 1 5 He is good.")
    assert "`/score` is for staff." in bot.ask("learner", "/score 1 5 I am good.")
    assert count(bot, Override) == 1


def test_staff_who_may_not_write_to_the_repository_may_not_command(bot: Bot) -> None:
    bot.github._store.repository(REPO).writers.remove("tutor")
    assert "but may not write to this repository" in bot.ask("tutor", "/freeze")
    assert bot.submission().frozen is None


def test_a_login_that_another_account_has_taken_since_is_a_stranger(bot: Bot) -> None:
    with bot.database.session() as session:
        session.scalars(select(Person).where(Person.login == "tutor")).one().github_id = 987654321
    assert "this account is neither on the roster" in bot.ask("tutor", "/freeze")


def test_comments_of_bots_and_talk_among_people_are_not_kept_and_cause_no_request(bot: Bot) -> None:
    bot.until_published(bot.push(commit()))
    bot.until_quiet()
    bot.github.forget_log()
    before = len(bot.github.deliveries)
    for author, body in [
        ("helper[bot]", "/grade"),
        ("pushmark-course[bot]", "/freeze"),
        ("learner", "Please /grade this."),
        ("learner", "> /freeze"),
    ]:
        bot.say(author, body)
    bot.github.wait_for_webhooks()
    time.sleep(0.5)
    assert len(bot.github.deliveries) == before + 4
    assert [status for one in bot.github.deliveries[before:] for status in one.statuses] == [202] * 4
    assert bot.github.log == []
    assert count(bot, Request) == 0
    assert bot.submission().heard == bot.submission().seen


def test_an_edited_comment_is_no_command(bot: Bot) -> None:
    number = bot.say("learner", "Hello.")
    bot.github.wait_for_webhooks()
    token = bot.github.user_token("learner")
    port = PyGithubPort(who=token, api_url=bot.github.url)
    port.edit_comment(REPO, number, "/grade")
    port.close()
    bot.github.wait_for_webhooks()
    bot.until_quiet()
    assert bot.request(number) is None


def test_a_command_that_is_delivered_twice_is_done_once(bot: Bot) -> None:
    number = bot.say("tutor", "/extend @learner 2d")
    bot.until(lambda: (known := bot.request(number)) is not None and known.told)
    bot.github.redeliver(bot.github.deliveries[-1].guid)
    delivery = next(one for one in bot.github.deliveries if b"/extend" in one.body)
    bot.github.redeliver(delivery.guid)
    assert bot.receiver.send("issue_comment", delivery.body, guid="another-guid")[0] == 202
    bot.github.wait_for_webhooks()
    bot.until_quiet()
    assert count(bot, Extension) == 1
    assert len(bot.answers()) == 1


class Killed(BaseException):
    """What a SIGKILL looks like from within: nothing after it runs."""


@pytest.mark.parametrize("cut_at", ["before it is done", "before it is told", "before it is noted as told"])
def test_a_command_that_is_cut_short_anywhere_is_done_exactly_once(
    bot: Bot, cut_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.stop()
    number = bot.say("tutor", "/extend @learner 2d")
    bot.github.wait_for_webhooks()
    place = {
        "before it is done": "pushmark_bot.slash.handle.log.append",
        "before it is told": "pushmark_bot.slash.tell._write",
        "before it is noted as told": "pushmark_bot.slash.tell._note",
    }[cut_at]

    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(place, killed)
        from pushmark_bot.service.deliveries import hear_all

        hear_all(bot.database)
        with pytest.raises(Killed):
            bot.reconciler.reconcile(1)
    bot.start()
    bot.until(lambda: (known := bot.request(number)) is not None and known.told)
    bot.stop()
    assert count(bot, Extension) == 1
    assert len(bot.answers()) == 1
    assert len(bot.events("extend")) == 1
    with bot.database.reading() as session:
        assert broken(log.entries(session, 1)) is None


def test_when_github_is_away_it_is_told_later_and_grading_goes_on(bot: Bot) -> None:
    for _ in range(2):
        bot.github.expect(Fault(method="POST", path="/reactions", status=502, stored=False))
    bot.stop()
    number = bot.say("tutor", "/freeze")
    bot.wait(-timedelta(minutes=1))
    sha = bot.push(commit())
    bot.github.wait_for_webhooks()
    bot.start()
    bot.until(lambda: bot.submission().failures == 1)
    assert bot.submission().frozen is not None
    bot.until(lambda: bot.submission().graded_sha == sha)
    bot.wait(timedelta(hours=2))
    bot.until(lambda: bot.reactions(number) == ["+1"])
    assert len(bot.events("freeze")) == 1


def test_an_answer_whose_comment_was_deleted_is_written_anew(bot: Bot) -> None:
    bot.ask("learner", "/status")
    [first] = [one.id for one in bot.github.comments(REPO, 1) if one.body.startswith("<!-- pushmark:answers")]
    bot.github.delete_comment(REPO, first)
    said = bot.ask("learner", "/hint 1")
    [answer] = bot.answers()
    assert said in answer
    assert "/status" in answer, "earlier answers are folded below"


def test_a_command_whose_comment_is_gone_is_done_all_the_same(bot: Bot) -> None:
    bot.stop()
    number = bot.say("tutor", "/freeze")
    bot.github.wait_for_webhooks()
    bot.github.delete_comment(REPO, number)
    bot.start()
    bot.until(lambda: (known := bot.request(number)) is not None and known.told)
    bot.stop()
    assert bot.submission().frozen is not None


def test_who_gives_too_many_commands_is_not_read_for_a_while(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MOST_AN_HOUR", 2)
    for _ in range(2):
        bot.ask("learner", "/status")
    third = bot.say("learner", "/status")
    bot.github.wait_for_webhooks()
    bot.until_quiet()
    assert bot.request(third) is None
    bot.wait(timedelta(hours=2))
    assert bot.ask("learner", "/status")


def test_text_of_people_is_inert_in_an_answer(bot: Bot) -> None:
    said = bot.ask("learner", "/appeal @everyone <img src=x>")
    assert "It is written `/appeal CHECK REASON`" in said
    [answer] = bot.answers()
    assert "`/appeal @everyone <img src=x>` from `learner`" in answer


def test_a_comment_that_lacks_something_is_left_alone(bot: Bot) -> None:
    bot.ask("learner", "/status")
    delivery = next(one for one in bot.github.deliveries if b"/status" in one.body)
    changes: list[Callable[[dict[str, Any]], None]] = [
        lambda one: one["comment"].update(user=None),
        lambda one: one["comment"].update(body=None),
        lambda one: one["issue"].update(number=99),
        lambda one: one["comment"]["user"].update(type="Organization"),
    ]
    for at, change in enumerate(changes, start=1):
        payload = json.loads(delivery.body)
        payload["comment"]["id"] += at
        change(payload)
        assert bot.receiver.send("issue_comment", json.dumps(payload).encode(), guid=f"made-up-{at}")[0] == 202
    bot.until_quiet()
    assert count(bot, Request) == 1
