"""Takes practice results at /results/practice: a report, sent by a job of a learner's repository with its identity.

Whoever owns the repository owns what runs there, so a result says what its sender says, and is kept as practice: it
earns nothing, takes no attempt, and no score is made of it.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from pushmark_graders.errors import PushmarkError
from pushmark_graders.report import schema
from pushmark_graders.report.model import Report
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from pushmark_bot.actions.oidc import Claims, Keys, NoKeys, NotIdentified, identify
from pushmark_bot.db import log
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Practice, Push, Submission
from pushmark_bot.web.intake import TooLarge, answer, read_body

LARGEST = 2 << 20
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_PULL_REQUEST = "pull_request"


class Accepts(msgspec.Struct, frozen=True, kw_only=True):
    """Whose tokens are taken, made for which audience, and which workflow's jobs may send."""

    issuer: str
    audience: str
    workflow: str


class _Refused(Exception):
    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def add_intake(
    app: FastAPI,
    database: Database,
    accepts: Accepts,
    keys: Keys | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Let `app` take practice results."""
    known = keys or Keys(accepts.issuer)

    @app.post("/results/practice")
    async def receive(request: Request) -> Response:
        received = clock()
        try:
            body = await read_body(request, LARGEST)
            token = _token(request)
            await run_in_threadpool(_take, database, accepts, known, token, body, received)
        except TooLarge:
            return answer(413, taken=False, why=f"more than {LARGEST >> 20} MiB")
        except _Refused as refused:
            return answer(refused.status, taken=False, why=str(refused))
        except IntegrityError:
            return answer(409, taken=False, why="this token was used before")
        except NotIdentified as refused:
            return answer(401, taken=False, why=refused.what)
        except (NoKeys, PushmarkError):
            return answer(503, taken=False, why="it cannot be checked or written down now; send it again later")
        return answer(202, taken=True)


def _take(database: Database, accepts: Accepts, keys: Keys, token: str, body: bytes, received: datetime) -> None:
    claims = identify(token, keys, issuer=accepts.issuer, audience=accepts.audience)
    if claims.workflow != accepts.workflow:
        raise _Refused(403, f"the job is in no workflow that may send: {claims.workflow[:200]}")
    report = _report(body)
    with database.session() as session:
        submission = _submission(session, claims, report.lab.slug)
        _check_commit(session, submission, claims, report)
        if session.get(Practice, claims.jti) is not None:
            raise _Refused(409, "this token was used before")
        session.add(
            Practice(
                token=claims.jti,
                submission_id=submission.id,
                sha=report.submission.commit,
                run=int(claims.run_id) if claims.run_id.isdigit() and len(claims.run_id) < 19 else 0,
                received=received,
                points=report.score.points,
                max_points=report.score.max,
                report=schema.dump(report),
            )
        )
        data = {"submission": submission.id, "commit": report.submission.commit, "points": report.score.points}
        course = submission.assignment.course_id
        log.append(session, course, at=received, actor=claims.repository[:100], kind="practice", data=data)


def _submission(session: Session, claims: Claims, lab: str) -> Submission:
    """The submission that a job's repository is linked to. A fork is another repository, and linked to none."""
    found = session.scalars(
        select(Submission).where(func.lower(Submission.repository) == claims.repository.lower()).order_by(Submission.id)
    )
    linked = [one for one in found if one.assignment.slug == lab]
    if not linked:
        raise _Refused(403, f"{claims.repository[:200]} is no submission of {lab[:100]}")
    submission = linked[-1]
    known = submission.repository_id
    if known is not None and str(known) != claims.repository_id:
        raise _Refused(403, "another repository has this name now")
    return submission


def _check_commit(session: Session, submission: Submission, claims: Claims, report: Report) -> None:
    """The report is of the commit of the run. A run for a pull request names a merge: then we know the head itself."""
    commit = report.submission.commit
    if not _COMMIT.fullmatch(commit):
        raise _Refused(422, "the report names no whole commit")
    if commit == claims.sha:
        return
    heard = session.scalars(select(Push.id).where(Push.submission_id == submission.id, Push.sha == commit)).first()
    if claims.event_name != _PULL_REQUEST or heard is None:
        raise _Refused(422, "the report is of another commit than the run")


def _report(body: bytes) -> Report:
    try:
        report = schema.parse(body)
    except msgspec.DecodeError:
        raise _Refused(400, "the body is no report of this version") from None
    if report.tier != "practice":
        raise _Refused(422, "only a practice report is taken here")
    return report


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _Refused(401, "send the job's identity token: Authorization: Bearer ...")
    return token.strip()
