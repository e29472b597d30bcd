"""Which submissions are due, and in which order."""

from datetime import UTC, datetime, timedelta

import pytest
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Course, Pace, Person, Submission
from pushmark_bot.service.deliveries import tell
from pushmark_bot.service.due import due
from pushmark_bot.service.lanes import Lane

AT = datetime(2027, 1, 31, 18, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
INSTALLATION = 7


@pytest.fixture
def course(either_database: Database) -> Database:
    """A course with four submissions that have nothing to do."""
    with either_database.session() as session:
        course = Course(slug="ml", title="ML", organisation="school", installation=INSTALLATION, created=AT)
        session.add(course)
        session.flush()
        lab = Assignment(course_id=course.id, slug="lab", lab="lab")
        people = [Person(course_id=course.id, identifier=f"s-{number}") for number in range(1, 5)]
        session.add_all([lab, *people])
        session.flush()
        for person in people:
            session.add(Submission(assignment_id=lab.id, person_id=person.id, repository=f"s/{person.id}", pull=1))
    return either_database


def change(database: Database, number: int, **values: object) -> None:
    """Set fields of a submission."""
    with database.session() as session:
        row = session.get_one(Submission, number)
        for name, value in values.items():
            setattr(row, name, value)


def hear(database: Database, number: int, lane: Lane, at: datetime = AT) -> None:
    """Something was heard of a submission."""
    with database.session() as session:
        tell(session, number, lane, at)


def numbers(database: Database, now: datetime = AT, *, busy: tuple[int, ...] = ()) -> list[int]:
    """What is due, in order."""
    with database.reading() as session:
        return [one.number for one in due(session, now, busy=busy, most=10)]


def test_nothing_is_due_where_nothing_was_heard(course: Database) -> None:
    assert numbers(course) == []


def test_commands_go_before_pushes_and_pushes_before_a_backfill(course: Database) -> None:
    change(course, 1, wanted_sha="a")
    hear(course, 2, Lane.PUSH, AT + MINUTE)
    hear(course, 3, Lane.COMMAND, AT + 2 * MINUTE)
    hear(course, 4, Lane.PUSH, AT)
    assert numbers(course) == [3, 4, 2, 1]


def test_a_push_does_not_make_a_command_less_urgent(course: Database) -> None:
    hear(course, 1, Lane.COMMAND)
    hear(course, 1, Lane.PUSH)
    hear(course, 2, Lane.PUSH)
    assert numbers(course) == [1, 2]


def test_what_somebody_works_on_is_left_to_them(course: Database) -> None:
    hear(course, 1, Lane.PUSH)
    hear(course, 2, Lane.PUSH)
    assert numbers(course, busy=(1,)) == [2]


def test_after_trouble_it_is_due_when_it_is_time_to_try_again(course: Database) -> None:
    change(course, 1, wanted_sha="a", retry=AT + MINUTE)
    assert numbers(course) == []
    assert numbers(course, AT + MINUTE) == [1]


def test_while_the_budget_is_used_up_all_is_done_but_writing(course: Database) -> None:
    change(course, 1, wanted_sha="a", graded_sha="a")
    change(course, 2, wanted_sha="b", graded_sha="a")
    with course.session() as session:
        session.add(Pace(installation=INSTALLATION, full_until=AT + MINUTE))
    assert numbers(course) == [2]
    assert numbers(course, AT + MINUTE) == [1, 2]


def test_while_github_says_to_wait_nothing_is_asked_of_it(course: Database) -> None:
    hear(course, 1, Lane.COMMAND)
    change(course, 2, wanted_sha="a", graded_sha="a")
    with course.session() as session:
        session.add(Pace(installation=INSTALLATION, closed_until=AT + MINUTE))
    assert numbers(course) == []
    assert numbers(course, AT + MINUTE) == [1, 2]
