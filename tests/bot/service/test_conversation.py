"""Whole conversations over real HTTP: GitHub tells, the bot looks, fetches, grades for real, and answers."""

import time
from datetime import timedelta

from pushmark_bot.course.chain import broken
from pushmark_bot.db import attempts, log
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Attempt, Delivery, Submission
from pushmark_bot.provision.collecting import poll
from pushmark_bot.service.deliveries import hear_all
from pushmark_bot.service.queue import Queue
from pushmark_bot.service.writes import Pace, Writes
from pushmark_bot.testing import Fault, secondary_limit
from sqlalchemy import delete, text

from tests.bot.service.conftest import REPO, Bot, commit, playing, receiving


def test_a_push_is_graded_and_answered_with_one_comment_and_one_check(either_bot: Bot) -> None:
    bot = either_bot
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


def test_a_burst_of_pushes_is_graded_once_at_the_newest_head(either_bot: Bot) -> None:
    bot = either_bot
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


def test_a_bot_that_was_stopped_in_between_goes_on_where_it_was(either_bot: Bot) -> None:
    bot = either_bot
    bot.stop()
    sha = bot.push(commit())
    bot.github.wait_for_webhooks()
    assert bot.submission().graded_sha == ""
    bot.start()
    bot.until_published(sha)
    bot.stop()


def test_a_delivery_from_the_future_does_not_keep_the_bot_busy(bot: Bot) -> None:
    engine_clock = bot.clock()
    bot.receiver.now += timedelta(hours=1)
    bot.stop()
    sha = bot.push(commit())
    bot.github.wait_for_webhooks()
    bot.receiver.now = engine_clock
    bot.start()
    bot.until_published(sha)
    bot.until_quiet()
    bot.github.forget_log()
    time.sleep(0.5)
    bot.stop()
    assert bot.github.log == []


def test_without_webhooks_polling_finds_the_push(bot: Bot) -> None:
    bot.stop()
    with bot.database.session() as session:
        session.execute(delete(Delivery))
    sha = bot.github.seed_commit(REPO, commit())
    bot.github.set_head(REPO, bot.pull, sha)
    bot.github.wait_for_webhooks()
    with bot.database.session() as session:
        session.execute(delete(Delivery))
    poll(bot.database, lambda _installation: bot.port, clock=bot.clock)
    bot.start()
    bot.until_published(sha)
    bot.stop()


def test_a_head_that_github_does_not_show_yet_is_waited_for_and_the_old_one_is_not_graded(bot: Bot) -> None:
    sha = bot.github.seed_commit(REPO, commit())
    bot.github.set_head(REPO, bot.pull, sha, lagging=True)
    bot.until(lambda: bot.submission().trouble == "GitHub does not show the newest push yet")
    bot.until_quiet()
    assert bot.numbers() == []
    bot.github.catch_up(REPO, bot.pull)
    bot.wait(timedelta(seconds=2))
    bot.until_published(sha)
    assert bot.numbers() == [(1, "graded")]


def test_a_webhook_that_github_never_confirms_is_believed_no_more_after_a_while(bot: Bot) -> None:
    shown = bot.push(commit("starter", "shown"))
    bot.until_published(shown)
    bot.until_quiet()
    bot.github.set_head(REPO, bot.pull, bot.github.seed_commit(REPO, commit()), lagging=True)
    bot.until(lambda: bot.submission().trouble == "GitHub does not show the newest push yet")
    bot.wait(timedelta(minutes=1))
    bot.until(lambda: bot.submission().trouble == "")
    assert bot.submission().graded_sha == shown
    assert bot.numbers() == [(1, "graded")]


def test_a_rate_limit_stops_all_that_is_asked_for_its_installation_until_it_is_over(bot: Bot) -> None:
    bot.github.expect(secondary_limit("POST", "/check-runs", retry_after=90))
    sha = bot.push(commit())
    bot.until(lambda: "GitHub asks to wait 90 seconds" in bot.submission().trouble)
    bot.until_quiet()
    bot.github.forget_log()
    bot.wait(timedelta(seconds=80))
    bot.push(commit("starter", "meanwhile"))
    bot.github.wait_for_webhooks()
    bot.until(lambda: bot.submission().heard > bot.submission().seen)
    assert bot.github.log == []
    assert bot.submission().failures == 0, "to be asked to wait is no failure"
    bot.wait(timedelta(seconds=20))
    bot.until(lambda: bot.submission().published_sha not in ("", sha))
    assert len(bot.bodies()) == 1


def test_with_the_budget_used_up_pushes_are_graded_and_answered_when_there_is_room(bot: Bot) -> None:
    Writes(bot.database, Pace(), bot.clock).take(bot.installation, 59)
    sha = bot.push(commit())
    bot.until(lambda: bot.submission().graded_sha == sha)
    bot.until_quiet()
    assert bot.bodies() == []
    bot.wait(timedelta(minutes=1))
    bot.until_published(sha)
    assert len(bot.bodies()) == 1


def test_an_attempt_that_a_killed_process_left_open_costs_nothing_once_there_is_a_newer_push(bot: Bot) -> None:
    bot.stop()
    gone = bot.push(commit("starter", "its grader was killed"))
    with bot.database.session() as session:
        session.add(Attempt(submission_id=1, number=1, sha=gone, received=bot.clock(), taken=bot.clock()))
    sha = bot.push(commit())
    bot.github.wait_for_webhooks()
    bot.start()
    bot.until_published(sha)
    assert bot.numbers() == [(1, "graded")]


def test_an_attempt_that_a_killed_process_left_open_is_taken_up_again(bot: Bot) -> None:
    bot.stop()
    sha = bot.push(commit())
    bot.github.wait_for_webhooks()
    with bot.database.session() as session:
        session.add(Attempt(submission_id=1, number=1, sha=sha, received=bot.clock(), taken=bot.clock()))
    bot.start()
    bot.until_published(sha)
    assert bot.numbers() == [(1, "graded")]


def test_when_no_attempt_is_left_github_is_left_alone(bot: Bot) -> None:
    bot.change(attempts_total=1)
    bot.until_published(bot.push(commit("starter", "one")))
    bot.push(commit())
    bot.until(lambda: "no attempt left" in bot.submission().trouble)
    bot.until_quiet()
    bot.github.forget_log()
    for _ in range(3):
        bot.wait(timedelta(seconds=1))
    bot.stop()
    assert bot.github.log == []
    assert "no attempt left" in bot.submission().trouble


def test_a_job_that_was_lost_with_its_worker_is_given_to_another(postgresql: str) -> None:
    database = Database(postgresql)
    database.upgrade()
    with receiving(database) as receiver, playing(receiver) as bot:
        bot.stop()
        sha = bot.push(commit())
        bot.github.wait_for_webhooks()
        hear_all(database)
        handing_out = Queue(database, [], clock=bot.clock)
        assert (handing_out.dispatch(), handing_out.dispatch()) == (1, 0)
        with database.session() as session:
            session.execute(
                text("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')")
            )
            session.execute(text("UPDATE procrastinate_jobs SET status = 'doing', worker_id = 1"))
        assert handing_out.dispatch() == 0
        assert handing_out.busy() == {1}
        bot.start()
        bot.until_published(sha)
        bot.stop()
        assert handing_out.busy() == set()
    database.close()
