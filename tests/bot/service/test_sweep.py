"""What a sweep finds: deliveries that nobody dealt with, and gradings that were cut short."""

from datetime import UTC, datetime

import pytest
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Attempt, Course, Delivery, Person, Submission
from pushmark_bot.service.sweep import sweep

AT = datetime(2027, 1, 31, 18, tzinfo=UTC)


class Scheduler:
    """One that works on nothing but what it is told to."""

    def __init__(self) -> None:
        self.on: set[int] = set()

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def wake(self) -> None: ...

    def busy(self) -> set[int]:
        return self.on


@pytest.fixture
def course(either_database: Database) -> Database:
    """Two submissions, of which the first has an attempt that is open."""
    with either_database.session() as session:
        course = Course(slug="ml", title="ML", organisation="school", created=AT)
        session.add(course)
        session.flush()
        lab = Assignment(course_id=course.id, slug="lab", lab="lab")
        people = [Person(course_id=course.id, identifier=name) for name in "ab"]
        session.add_all([lab, *people])
        session.flush()
        for person in people:
            session.add(Submission(assignment_id=lab.id, person_id=person.id, repository=f"s/{person.id}", pull=1))
        session.flush()
        session.add(Attempt(submission_id=1, number=1, sha="a", received=AT, taken=AT))
    return either_database


def heard(database: Database) -> list[int]:
    """How often each submission is to be looked at."""
    with database.reading() as session:
        return [session.get_one(Submission, number).heard for number in (1, 2)]


def test_a_grading_that_was_cut_short_is_looked_at_again_once(course: Database) -> None:
    sweep(course, Scheduler())
    sweep(course, Scheduler())
    assert heard(course) == [1, 0]


def test_a_grading_that_is_under_way_is_left_alone(course: Database) -> None:
    scheduler = Scheduler()
    scheduler.on = {1}
    sweep(course, scheduler)
    assert heard(course) == [0, 0]


def test_a_delivery_that_nobody_dealt_with_is_dealt_with(course: Database) -> None:
    with course.session() as session:
        body = (
            b'{"action": "opened", "installation": {"id": 1}, "number": 1, "repository": {"id": 1, "full_name": "S/2"}}'
        )
        session.add(Delivery(guid="g", event="pull_request", installation=1, body=body, received=AT))
    scheduler = Scheduler()
    scheduler.on = {1}
    sweep(course, scheduler)
    assert heard(course) == [0, 1]
