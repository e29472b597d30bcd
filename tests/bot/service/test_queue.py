"""Jobs on PostgreSQL: one for each submission that is due, the most urgent first, and nothing else in them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pushmark_bot.db.locks import alone
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Course, Person, Submission
from pushmark_bot.service.deliveries import tell
from pushmark_bot.service.lanes import Lane
from pushmark_bot.service.queue import Queue
from sqlalchemy import text

AT = datetime(2027, 1, 31, 18, tzinfo=UTC)


@pytest.fixture
def course(postgresql: str) -> Iterator[Database]:
    """A course with three submissions that have nothing to do."""
    database = Database(postgresql)
    database.upgrade()
    with database.session() as session:
        course = Course(slug="ml", title="ML", organisation="school", created=AT)
        session.add(course)
        session.flush()
        lab = Assignment(course_id=course.id, slug="lab", lab="lab")
        people = [Person(course_id=course.id, identifier=name) for name in "abc"]
        session.add_all([lab, *people])
        session.flush()
        for person in people:
            session.add(Submission(assignment_id=lab.id, person_id=person.id, repository=f"s/{person.id}", pull=1))
    yield database
    database.close()


def hear(database: Database, number: int, lane: Lane) -> None:
    """Something was heard of a submission."""
    with database.session() as session:
        tell(session, number, lane, AT)


def jobs(database: Database) -> list[tuple[dict[str, Any], int]]:
    """What the jobs say, and their priorities, in the order in which workers take them."""
    with database.reading() as session:
        chosen = "SELECT args, priority FROM procrastinate_jobs ORDER BY priority DESC, id"
        return [(args, priority) for args, priority in session.execute(text(chosen))]


def test_a_burst_is_one_job_that_says_which_submission_and_no_more(course: Database) -> None:
    queue = Queue(course, [], clock=lambda: AT)
    for _ in range(20):
        hear(course, 1, Lane.PUSH)
        queue.dispatch()
    assert jobs(course) == [({"submission": 1}, Lane.PUSH)]


def test_commands_are_taken_before_pushes_and_pushes_before_a_backfill(course: Database) -> None:
    hear(course, 1, Lane.BACKFILL)
    hear(course, 2, Lane.PUSH)
    hear(course, 3, Lane.COMMAND)
    assert Queue(course, [], clock=lambda: AT).dispatch() == 3
    assert [args["submission"] for args, _ in jobs(course)] == [3, 2, 1]


def test_a_job_that_waits_becomes_as_urgent_as_what_is_heard_meanwhile(course: Database) -> None:
    queue = Queue(course, [], clock=lambda: AT)
    hear(course, 1, Lane.BACKFILL)
    hear(course, 2, Lane.PUSH)
    queue.dispatch()
    hear(course, 1, Lane.COMMAND)
    assert queue.dispatch() == 0
    assert jobs(course) == [({"submission": 1}, Lane.COMMAND), ({"submission": 2}, Lane.PUSH)]


def test_what_a_worker_has_gets_no_second_job(course: Database) -> None:
    queue = Queue(course, [], clock=lambda: AT)
    hear(course, 1, Lane.PUSH)
    queue.dispatch()
    with course.session() as session:
        session.execute(text("UPDATE procrastinate_jobs SET status = 'doing'"))
    hear(course, 1, Lane.PUSH)
    assert queue.dispatch() == 0
    assert queue.busy() == {1}


def test_a_submission_is_had_by_one_process_at_a_time(course: Database) -> None:
    other = Database(course.engine.url.render_as_string(hide_password=False))
    with alone(course, 1) as mine, alone(other, 1) as too, alone(other, 2) as another:
        assert (mine, too, another) == (True, False, True)
    with alone(other, 1) as mine:
        assert mine
    other.close()


def test_a_submission_is_free_again_when_who_had_it_loses_the_database(course: Database) -> None:
    other = Database(course.engine.url.render_as_string(hide_password=False))
    with alone(course, 1) as mine:
        assert mine
        with other.session() as session:
            ended = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            session.execute(text(ended))
        with alone(other, 1) as free:
            assert free
    other.close()
