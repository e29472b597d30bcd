"""The tables, one class each.

What somebody decided stays readable, with who and when; the bot deletes no row but an attempt that our side could not
grade. Times are those of our server. Of GitHub's answers only what we act on is kept.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from pushmark_bot.db.moment import Moment

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, so that a migration can find it on either database."""


class Base(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Moment, dict[str, Any]: JSON, bytes: LargeBinary}


class Course(Base):
    """A course, and the GitHub organisation that it lives in."""

    __tablename__ = "course"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    organisation: Mapped[str] = mapped_column(String(100))
    installation: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    created: Mapped[datetime]


class Person(Base):
    """Somebody on the roster. `identifier` is the school's; the GitHub account is known once the invite was used.

    `role` is `learner`, `staff` or `owner`. Of an invite only the SHA-256 is kept.
    """

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("course_id", "identifier"), UniqueConstraint("course_id", "github_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    identifier: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(320), default="")
    section: Mapped[str] = mapped_column(String(100), default="")
    role: Mapped[str] = mapped_column(String(20), default="learner")
    github_id: Mapped[int | None] = mapped_column(BigInteger)
    login: Mapped[str] = mapped_column(String(100), default="")
    invite: Mapped[str | None] = mapped_column(String(64), unique=True)
    invite_ends: Mapped[datetime | None]


class Assignment(Base):
    """A lab given to a course: where it lies, when it is due, and how often it may be tried.

    `lab` is the lab's folder on the grading host. `late_per_day` and `late_at_most` are parts of 1. With `held_back`
    learners see scores only once staff released them. `counts` is `best` or `newest`: which attempt is the grade.
    `template` is the repository that learners' are made from, and `collected` the newest push, by GitHub's clock, that
    collecting has seen.
    """

    __tablename__ = "assignment"
    __table_args__ = (UniqueConstraint("course_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"))
    slug: Mapped[str] = mapped_column(String(100))
    lab: Mapped[str] = mapped_column(String(1000))
    template: Mapped[str] = mapped_column(String(200), default="")
    opens: Mapped[datetime | None]
    due: Mapped[datetime | None]
    cutoff: Mapped[datetime | None]
    late_per_day: Mapped[float] = mapped_column(default=0.0)
    late_at_most: Mapped[float] = mapped_column(default=1.0)
    grace_seconds: Mapped[int] = mapped_column(default=0)
    attempts_total: Mapped[int] = mapped_column(default=40)
    attempts_per_day: Mapped[int] = mapped_column(default=8)
    held_back: Mapped[bool] = mapped_column(default=False)
    counts: Mapped[str] = mapped_column(String(20), default="best")
    collected: Mapped[datetime | None]

    course: Mapped[Course] = relationship()


class Submission(Base):
    """A learner's repository for an assignment, and how far we are with its newest commit.

    `heard` counts how often we were told that something may have changed, and `seen` is what it was when we last
    looked: clocks may differ or stand still, counts do not. Work is due while they differ, or `graded_sha` is not
    `wanted_sha`, or `published_sha` not `graded_sha`. `published` is what stands on GitHub, as `memory.Published`;
    `answers` is the id of the comment that answers commands. `revision` counts how often a person changed what counts:
    what was published before is out of date then. `lane` is how urgent the work is, as `service.lanes.Lane`.
    `pushed` is when GitHub says that the repository was pushed to last, as far as collecting has looked. An `archived`
    one is left alone.
    """

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("assignment_id", "person_id"), UniqueConstraint("repository", "pull"))

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    repository: Mapped[str] = mapped_column(String(200))
    repository_id: Mapped[int | None] = mapped_column(BigInteger)
    pull: Mapped[int]
    heard: Mapped[int] = mapped_column(default=0)
    seen: Mapped[int] = mapped_column(default=0)
    heard_at: Mapped[datetime | None]
    lane: Mapped[int] = mapped_column(default=0)
    wanted_sha: Mapped[str] = mapped_column(String(64), default="")
    graded_sha: Mapped[str] = mapped_column(String(64), default="")
    published_sha: Mapped[str] = mapped_column(String(64), default="")
    published: Mapped[dict[str, Any] | None]
    answers: Mapped[int | None] = mapped_column(BigInteger)
    revision: Mapped[int] = mapped_column(default=0)
    frozen: Mapped[datetime | None]
    released: Mapped[datetime | None]
    trouble: Mapped[str] = mapped_column(String(500), default="")
    retry: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    pushed: Mapped[datetime | None]
    archived: Mapped[datetime | None]

    assignment: Mapped[Assignment] = relationship()
    person: Mapped[Person] = relationship()


class Provision(Base):
    """How far a learner's repository for an assignment is made; `step` is the next one, `done` after the last.

    `tried` is the step that was begun last: cut short, it may have happened. Who works on it holds it until
    `held_until`. `first_sha` is the repository's first commit, where the frozen base is; `starter_tree` the template's
    files that the learner's branch surely has; `offered_tree` and `offered_pull` the starter fix that was offered last.
    `stuck` is a `trouble` that no further try mends. `notes` says what the organisation's plan does not have.
    """

    __tablename__ = "provision"
    __table_args__ = (UniqueConstraint("assignment_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(100))
    urgent: Mapped[bool] = mapped_column(default=False)
    step: Mapped[str] = mapped_column(String(20), default="account")
    tried: Mapped[str] = mapped_column(String(20), default="")
    held_until: Mapped[datetime | None]
    repository: Mapped[str] = mapped_column(String(200), default="")
    repository_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    branch: Mapped[str] = mapped_column(String(200), default="")
    made: Mapped[datetime | None]
    made_again: Mapped[int] = mapped_column(default=0)
    first_sha: Mapped[str] = mapped_column(String(64), default="")
    head_sha: Mapped[str] = mapped_column(String(64), default="")
    starter_tree: Mapped[str] = mapped_column(String(64), default="")
    pull: Mapped[int | None]
    offered_tree: Mapped[str] = mapped_column(String(64), default="")
    offered_pull: Mapped[int | None]
    notes: Mapped[str] = mapped_column(String(500), default="")
    trouble: Mapped[str] = mapped_column(String(1000), default="")
    stuck: Mapped[bool] = mapped_column(default=False)
    retry: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)

    assignment: Mapped[Assignment] = relationship()
    person: Mapped[Person] = relationship()


class Push(Base):
    """A commit that became the head of a submission, and when our server first heard of it.

    `before` is the commit that it took the place of, as far as a delivery said so. `told` says that a delivery told of
    it, and `shown` that GitHub's API has shown it as the head.
    """

    __tablename__ = "push"
    __table_args__ = (UniqueConstraint("submission_id", "sha"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    sha: Mapped[str] = mapped_column(String(64))
    received: Mapped[datetime]
    before: Mapped[str] = mapped_column(String(64), default="")
    told: Mapped[bool] = mapped_column(default=False)
    shown: Mapped[bool] = mapped_column(default=False)


class Attempt(Base):
    """One graded commit. `received` is when our server heard of it. An `open` one is under way, or was cut short.

    A commit that is graded again has another row of the same number, `again` counting up from 1, which costs no
    attempt; it is `asked` until that was done, and `given up` when the commit is no longer to be had. One that is
    `set aside` counts no more, or never did, because another row of its number does. `errand` is what another machine
    was asked for until the result is there, as `service.executor.Errand`.
    `report` and `final` are read when they are asked for: whoever counts attempts has no use for them.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("submission_id", "number", "again"),
        Index("ix_attempt_submission_id_sha", "submission_id", "sha"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    number: Mapped[int]
    again: Mapped[int] = mapped_column(default=0)
    sha: Mapped[str] = mapped_column(String(64))
    lab_version: Mapped[str] = mapped_column(String(50), default="")
    tier: Mapped[str] = mapped_column(String(20), default="full")
    received: Mapped[datetime]
    taken: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20), default="open")
    points: Mapped[float | None]
    max_points: Mapped[float | None]
    report: Mapped[bytes | None] = mapped_column(deferred=True)
    final: Mapped[bytes | None] = mapped_column(deferred=True)
    errand: Mapped[dict[str, Any] | None]


class Practice(Base):
    """What a job in a learner's own repository said of a commit: practice, and never a score.

    `token` is the id of the identity token that it came with: each is taken once.
    """

    __tablename__ = "practice"
    __table_args__ = (Index("ix_practice_submission_id_received", "submission_id", "received"),)

    token: Mapped[str] = mapped_column(String(200), primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    sha: Mapped[str] = mapped_column(String(64))
    run: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[datetime]
    points: Mapped[float]
    max_points: Mapped[float]
    report: Mapped[bytes] = mapped_column(deferred=True)


class EarlierGrade(Base):
    """Points that somebody had elsewhere before the course came here. Of several for one `name` the newest is right."""

    __tablename__ = "earlier_grade"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    source: Mapped[str] = mapped_column(String(50))
    name: Mapped[str] = mapped_column(String(200))
    repository: Mapped[str] = mapped_column(String(200), default="")
    submitted: Mapped[str] = mapped_column(String(50), default="")
    points: Mapped[float | None]
    max_points: Mapped[float | None]
    imported_by: Mapped[str] = mapped_column(String(100))
    imported_at: Mapped[datetime]


class Extension(Base):
    """More time for one learner at one lab. All that somebody was given add up."""

    __tablename__ = "extension"

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    seconds: Mapped[int]
    given_by: Mapped[str] = mapped_column(String(100))
    given_at: Mapped[datetime]


class Override(Base):
    """Points of a task as a person set them. The newest of a task counts, and survives every regrade."""

    __tablename__ = "override"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    task: Mapped[int]
    points: Mapped[float]
    reason: Mapped[str] = mapped_column(String(500))
    given_by: Mapped[str] = mapped_column(String(100))
    given_at: Mapped[datetime]


class Request(Base):
    """A command that somebody typed on a pull request: the first line of a comment, under GitHub's id of the comment.

    `state` is `new` until it was decided and done, both at once, and `done` from then on. What is to be said of it is
    the `reaction` and the `answer`; it is `told` once they stand on GitHub.
    """

    __tablename__ = "request"
    __table_args__ = (UniqueConstraint("comment"), Index("ix_request_submission_id_state", "submission_id", "state"))

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    comment: Mapped[int] = mapped_column(BigInteger)
    login: Mapped[str] = mapped_column(String(100))
    github_id: Mapped[int] = mapped_column(BigInteger)
    line: Mapped[str] = mapped_column(String(1000))
    received: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20), default="new")
    reaction: Mapped[str] = mapped_column(String(20), default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    told: Mapped[bool] = mapped_column(default=False)


class Hint(Base):
    """A hint of a task that a learner was shown: the `number`-th of its task, from 1."""

    __tablename__ = "hint"
    __table_args__ = (UniqueConstraint("submission_id", "task", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    task: Mapped[int]
    number: Mapped[int]
    shown_to: Mapped[str] = mapped_column(String(100))
    shown_at: Mapped[datetime]


class Appeal(Base):
    """A learner's word that a check is wrong about a commit. It is open until staff set points of its task."""

    __tablename__ = "appeal"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    check: Mapped[str] = mapped_column(String(100))
    task: Mapped[int]
    sha: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(500))
    made_by: Mapped[str] = mapped_column(String(100))
    made_at: Mapped[datetime]


class Delivery(Base):
    """A webhook delivery under GitHub's own id, kept from before it was answered until it was dealt with.

    `state` is `new`, `done`, or `broken` (we could not make sense of it). Bodies of those dealt with are emptied.
    """

    __tablename__ = "delivery"
    __table_args__ = (Index("ix_delivery_state_received", "state", "received"),)

    guid: Mapped[str] = mapped_column(String(100), primary_key=True)
    event: Mapped[str] = mapped_column(String(100))
    installation: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[bytes]
    received: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(20), default="new")


class Missed(Base):
    """A delivery that did not reach us, and when GitHub sent it: what it tells was told then."""

    __tablename__ = "missed"

    guid: Mapped[str] = mapped_column(String(100), primary_key=True)
    sent: Mapped[datetime]


class Pace(Base):
    """Until when nothing is written for an installation because our own budget is used up (`full_until`), or nothing is
    asked at all because GitHub said so (`closed_until`). All processes keep to it."""

    __tablename__ = "pace"

    installation: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    full_until: Mapped[datetime | None]
    closed_until: Mapped[datetime | None]


class Sent(Base):
    """Writes to GitHub within the last hour: so many at a time for an installation."""

    __tablename__ = "sent"
    __table_args__ = (Index("ix_sent_installation_at", "installation", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    installation: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    number: Mapped[int]


class Chore(Base):
    """Something that one of all processes does every so often: when it was done last, and when it is time again."""

    __tablename__ = "chore"

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    last: Mapped[datetime]
    next: Mapped[datetime]


class Event(Base):
    """The event log: what happened in a course, appended and sealed (see `course.chain`)."""

    __tablename__ = "event"

    course_id: Mapped[int] = mapped_column(ForeignKey("course.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(50))
    data: Mapped[dict[str, Any]]
    before: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
