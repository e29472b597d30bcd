"""Whole conversations over real HTTP: GitHub tells, the bot looks, fetches, grades for real, and answers."""

import time
from datetime import timedelta

from pushmark_bot.course.chain import broken
from pushmark_bot.db import attempts, log
from pushmark_bot.db.tables import Delivery, Submission
from pushmark_bot.service.engine import Engine
from pushmark_bot.testing import Fault
from sqlalchemy import delete

from tests.bot.service.conftest import REPO, Bot, commit


def test_a_push_is_graded_and_answered_with_one_comment_and_one_check(bot: Bot) -> None:
    sha = bot.push(commit())
    bot.until_published(sha)
    [body] = bot.bodies()
    assert "<!-- pushmark:lab tiny-lab -->" in body
    assert sha[:10] in body
    assert [run.conclusion for run in bot.github.check_runs(REPO, sha)] == ["success"]
    with bot.database.reading() as session:
        row = attempts.graded(session, session.get_one(Submission, 1), sha)
        assert row is not None
        assert row.points == row.max_points
        assert [entry.kind for entry in log.entries(session, 1)] == ["graded"]
        assert broken(log.entries(session, 1)) is None


def test_the_next_push_edits_the_comment_with_two_writes(bot: Bot) -> None:
    bot.until_published(bot.push(commit("starter", "one")))
    bot.github.forget_log()
    bot.until_published(bot.push(commit()))
    assert len(bot.bodies()) == 1
    writes = [str(one).split()[0] for one in bot.github.log if one.method != "GET"]
    assert sorted(writes) == ["PATCH", "POST"]
    assert bot.numbers() == [(1, "graded"), (2, "graded")]


def test_a_burst_of_pushes_is_graded_once_at_the_newest_head(bot: Bot) -> None:
    bot.github.forget_log()
    shas = [bot.push(commit(note=f"push {at}")) for at in range(20)]
    bot.until_published(shas[-1])
    graded = len(bot.numbers())
    assert graded <= 2, "the first of a burst may be under way already when the others come"
    assert bot.submission().graded_sha == shas[-1]
    assert len(bot.bodies()) == 1


def test_a_push_after_the_cutoff_is_not_graded_and_the_one_before_stays(bot: Bot) -> None:
    before = bot.push(commit("starter", "in time"))
    bot.until_published(before)
    bot.until_quiet()  # a look that began before the cutoff gives the learner the benefit of the doubt
    bot.wait(timedelta(days=4))
    bot.push(commit(note="too late"))
    bot.until(lambda: bot.submission().trouble == "it came after the cutoff")
    assert bot.submission().graded_sha == before


def test_when_no_attempt_is_left_nothing_runs(bot: Bot) -> None:
    bot.change(attempts_total=1)
    bot.until_published(bot.push(commit("starter", "one")))
    bot.push(commit())
    bot.until(lambda: "no attempt left" in bot.submission().trouble)
    assert bot.numbers() == [(1, "graded")]


def test_trouble_with_github_is_written_down_and_mended_by_the_next_try(bot: Bot) -> None:
    for _ in range(2):
        bot.github.expect(Fault(method="POST", path="/comments", status=502, stored=False))
    sha = bot.push(commit())
    bot.until(lambda: bot.submission().failures == 1)
    assert "Could not comment" in bot.submission().trouble
    assert bot.submission().graded_sha == sha
    bot.wait(timedelta(minutes=1))
    bot.until_published(sha)
    assert len(bot.bodies()) == 1
    assert bot.numbers() == [(1, "graded")], "grading again would cost an attempt"


def test_a_delivery_that_comes_twice_and_out_of_order_changes_nothing(bot: Bot) -> None:
    first = bot.push(commit("starter", "one"))
    second = bot.push(commit())
    bot.until_published(second)
    for delivery in [*bot.github.deliveries]:
        bot.github.redeliver(delivery.guid)
    bot.github.wait_for_webhooks()
    assert bot.submission().graded_sha == second != first
    assert len(bot.bodies()) == 1


def test_an_engine_that_was_stopped_in_between_goes_on_where_it_was(bot: Bot) -> None:
    bot.engine.stop()
    sha = bot.push(commit())
    bot.github.wait_for_webhooks()
    assert bot.submission().graded_sha == ""
    again = Engine(bot.database, bot.engine.reconcilers, clock=bot.clock)
    again.start()
    bot.until_published(sha)
    again.stop()


def test_a_delivery_from_the_future_does_not_keep_the_bot_busy(bot: Bot) -> None:
    engine_clock = bot.clock()
    bot.receiver.now += timedelta(hours=1)
    bot.engine.stop()
    sha = bot.push(commit())
    bot.github.wait_for_webhooks()
    bot.receiver.now = engine_clock
    again = Engine(bot.database, bot.engine.reconcilers, clock=bot.clock)
    again.start()
    bot.until_published(sha)
    bot.until_quiet()
    bot.github.forget_log()
    time.sleep(0.5)
    again.stop()
    assert bot.github.log == []


def test_without_webhooks_polling_finds_the_push(bot: Bot) -> None:
    bot.engine.stop()
    with bot.database.session() as session:
        session.execute(delete(Delivery))
    sha = bot.github.seed_commit(REPO, commit())
    bot.github.set_head(REPO, bot.pull, sha)
    bot.github.wait_for_webhooks()
    with bot.database.session() as session:
        session.execute(delete(Delivery))
    again = Engine(bot.database, bot.engine.reconcilers, poll=timedelta(seconds=30), clock=bot.clock)
    bot.wait(timedelta(minutes=1))
    again.start()
    bot.until_published(sha)
    again.stop()
