"""A course with something in every table, as weeks of work leave it."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from pushmark_bot.db import log, rows
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import (
    Appeal,
    Assignment,
    Attempt,
    Chore,
    Course,
    Delivery,
    EarlierGrade,
    Extension,
    Hint,
    Missed,
    Override,
    Pace,
    Person,
    Practice,
    Provision,
    Push,
    Request,
    Sent,
    Submission,
)
from sqlalchemy import JSON, Column, TypeDecorator, func, select
from sqlalchemy.orm import Session

AT = datetime(2027, 1, 31, 18, 0, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
LEARNERS = 3


def fill(database: Database, events: int = 5) -> None:
    """Let a course happen."""
    with database.session() as session:
        course = Course(slug="ml-101", title="Ma­chine · 学習 'at' \"work\"\n", organisation="o", created=AT)
        course.installation = 1 << 40
        session.add(course)
        session.flush()
        assignment = Assignment(course_id=course.id, slug="lab", lab="/labs/lab", due=AT, late_per_day=0.1 + 0.2)
        session.add(assignment)
        for number in range(LEARNERS):
            person = Person(course_id=course.id, identifier=f"s-{number}", invite="0" * 63 + str(number))
            session.add(person)
            session.flush()
            old = EarlierGrade(
                person_id=person.id, source="elsewhere", name="hw 1", imported_by="staff", imported_at=AT
            )
            old.points = 2 / 3
            session.add(old)
            submission = Submission(
                assignment_id=assignment.id, person_id=person.id, repository=f"o/r{number}", pull=1, retry=AT
            )
            submission.published = {"comment": 7, "nested": [1.5, None, {"ü": "\x7f"}]} if number else None
            session.add(submission)
            session.flush()
            sha = hashlib.sha256(str(number).encode()).hexdigest()
            attempt = Attempt(submission_id=submission.id, number=1, sha=sha, received=AT, taken=AT, points=1 / 3)
            attempt.report = bytes(range(256)) * 40
            practice = Practice(token=f"t-{number}", submission_id=submission.id, sha=sha, run=1 << 40, received=AT)
            practice.points, practice.max_points, practice.report = 0.1, 10.0, b"{}"
            given = {"given_by": "staff", "given_at": AT}
            session.add_all(
                [
                    attempt,
                    Provision(assignment_id=assignment.id, person_id=person.id, asked=AT, asked_by="staff", made=AT),
                    practice,
                    Push(submission_id=submission.id, sha=sha, received=AT),
                    Extension(assignment_id=assignment.id, person_id=person.id, seconds=60, **given),
                    Override(submission_id=submission.id, task=1, points=2.5, reason="<b>", **given),
                    Hint(submission_id=submission.id, task=1, number=1, shown_to="@learner", shown_at=AT),
                    _request(submission.id, number),
                    _appeal(submission.id, sha),
                ]
            )
        for guid in ("b-1", "B-2", "a_3", "Ä"):
            session.add(Delivery(guid=guid, event="push", installation=1, body=b"{}\x00", received=AT))
        session.add_all(
            [
                Chore(name="audit", last=AT, next=AT + timedelta(hours=1)),
                Missed(guid="b-1", sent=AT),
                Pace(installation=1 << 40, full_until=AT),
                Sent(installation=1 << 40, at=AT, number=2),
            ]
        )
        for number in range(events):
            data = {"number": number, "words": ["ß", 0.1, True, None]}
            log.append(session, course.id, at=AT.astimezone(UTC), actor="staff", kind="note", data=data)
        session.flush()
        _fill_the_rest(session)


def _fill_the_rest(session: Session) -> None:
    """A row of plain values for each table that has none: also those that are newer than this module."""
    for table in rows.tables():
        if session.execute(select(func.count()).select_from(table)).scalar_one() == 0:
            row = {column.name: _value(session, column) for column in table.columns}
            session.execute(table.insert(), [row])


def _value(session: Session, column: Column[Any]) -> Any:
    """Something that fits a column."""
    for key in column.foreign_keys:
        return session.execute(select(key.column).limit(1)).scalar_one()
    if isinstance(column.type, JSON):
        return {"ü": [1.5, None]}
    plain = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    values: dict[type, Any] = {int: 1, float: 0.1 + 0.2, str: "ß", bytes: b"\x00\xff", bool: True, datetime: AT}
    return values[plain.python_type]


def _request(submission: int, comment: int) -> Request:
    line = "/appeal words-are-counted Mine is right."
    return Request(
        submission_id=submission, comment=comment, login="learner", github_id=1 << 40, line=line, received=AT
    )


def _appeal(submission: int, sha: str) -> Appeal:
    words = {"check": "words-are-counted", "reason": "Mine is right.", "made_by": "@learner"}
    return Appeal(submission_id=submission, task=1, sha=sha, made_at=AT, **words)


def counts(database: Database) -> dict[str, int]:
    """The rows of each table."""
    with database.snapshot() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in rows.tables()
        }


def sums(database: Database) -> dict[str, rows.Sum]:
    """What each table holds, but the event log."""
    with database.snapshot() as connection:
        return {table.name: rows.summed(connection, table) for table in rows.tables() if table.name != "event"}
