"""Which submissions have work to do, most urgent first: the one question that every scheduler asks."""

from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from pushmark_bot.db.tables import Assignment, Course, Pace, Submission


class Due(msgspec.Struct, frozen=True):
    """A submission that is due, and its lane."""

    number: int
    lane: int


def due(
    session: Session, now: datetime, *, busy: Collection[int] | Select[int] = (), only: int | None = None, most: int = 1
) -> list[Due]:
    """The `most` urgent submissions that are due at `now` and that nobody is `busy` with; `only` asks about one."""
    chosen = (
        select(Submission.id, Submission.lane)
        .join(Assignment, Submission.assignment_id == Assignment.id)
        .join(Course, Assignment.course_id == Course.id)
        .outerjoin(Pace, Course.installation == Pace.installation)
        .where(_has_work(now), _may_be_done(now), Submission.archived.is_(None), Submission.id.not_in(busy))
        .order_by(Submission.lane.desc(), Submission.heard_at, Submission.id)
        .limit(most)
    )
    if only is not None:
        chosen = chosen.where(Submission.id == only)
    return [Due(number, lane) for number, lane in session.execute(chosen)]


def _has_work(now: datetime) -> ColumnElement[bool]:
    return and_(
        or_(Submission.retry.is_(None), Submission.retry <= now),
        or_(_has_to_look(), Submission.graded_sha != Submission.published_sha),
    )


def _has_to_look() -> ColumnElement[bool]:
    return or_(
        Submission.heard != Submission.seen,
        Submission.wanted_sha != Submission.graded_sha,
        Submission.retry.is_not(None),
    )


def _may_be_done(now: datetime) -> ColumnElement[bool]:
    """GitHub may be asked, and written to where nothing but writing is left."""
    asked = or_(Pace.closed_until.is_(None), Pace.closed_until <= now)
    written = or_(Pace.full_until.is_(None), Pace.full_until <= now, _has_to_look())
    return and_(asked, written)
