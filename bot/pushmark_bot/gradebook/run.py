"""One regrading from its choice of attempts to what is stored: the steps of `pushmark-bot regrade`."""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import msgspec
from pushmark_graders.cli.console import counting, progress
from pushmark_graders.cohort.keys import Cohort
from pushmark_graders.errors import PushmarkError
from pushmark_graders.lab.build import rendered
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.worker import policy

from pushmark_bot.db import find
from pushmark_bot.db.store import Database
from pushmark_bot.github import GitHub
from pushmark_bot.gradebook import regrade, stored
from pushmark_bot.gradebook.kept import KeptCommits
from pushmark_bot.gradebook.replay import Replay, replay
from pushmark_bot.gradebook.shown import NotRegraded, Summary
from pushmark_bot.gradebook.stored import Commits, StoredAttempt, Which
from pushmark_bot.service.config import Config

FOLDER = "regrades"
"""Where reports are until they are stored, beside the folder of kept commits."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants; `by` is who, for the event log."""

    course: str
    lab: str
    which: Which
    store: bool
    allow_lower: bool
    jobs: int
    quiet: bool
    by: str


def run(config: Config, asked: Asked) -> Summary:
    """Grade anew, compare, and store if that is asked for. Raises PushmarkError."""
    with ExitStack() as ending:
        return _run(config, asked, ending)


def _run(config: Config, asked: Asked, ending: ExitStack) -> Summary:
    database = Database(config.database_url)
    ending.callback(database.close)
    database.require_newest()
    with database.reading() as session:
        where = find.assignment(session, asked.course, asked.lab)
        folder, installation = Path(where.lab), where.course.installation
        chosen = stored.choose(session, where, asked.which)
    spec = load_lab(folder)
    with progress(quiet=asked.quiet) as tell:
        tell(f"preparing {spec.slug}")
        base = rendered(spec, progress=tell)
    cohort = Cohort(spec=spec, base=base, policy=policy.load(config.policy), seed=config.seed(asked.course))
    kept = KeptCommits(config.root / config.commits, config.commits_bytes)
    commits = Commits(kept, partial(_open_github, config, installation, ending))
    replays = _replayed(
        cohort, chosen, commits, (config.root / config.commits).parent / FOLDER / asked.course / asked.lab, asked
    )
    moves = regrade.compare(database, replays, allow_lower=asked.allow_lower)
    new = _applied(database, replays, asked) if asked.store else 0
    return Summary(
        course=asked.course,
        lab=asked.lab,
        version=spec.version,
        regraded=sum(one.path is not None for one in replays),
        from_before=sum(one.cached for one in replays),
        applied=asked.store,
        allow_lower=asked.allow_lower,
        stored=new,
        moves=moves,
        not_regraded=[_lost(one) for one in replays if one.path is None],
    )


def _replayed(
    cohort: Cohort, chosen: Sequence[StoredAttempt], commits: Commits, folder: Path, asked: Asked
) -> list[Replay]:
    replays = []
    with counting(len(chosen), quiet=asked.quiet) as count:
        for one in replay(cohort, chosen, commits, folder, graders=asked.jobs, tell=count.at):
            replays.append(one)
            state = "graded" if one.path is not None else "not graded"
            count.done(f"{one.attempt.learner} attempt {one.attempt.number} {state}")
    order = {one.label: place for place, one in enumerate(chosen)}
    return sorted(replays, key=lambda one: order[one.attempt.label])


def _applied(database: Database, replays: Sequence[Replay], asked: Asked) -> int:
    stored_now = regrade.apply(database, replays, allow_lower=asked.allow_lower, by=asked.by, at=datetime.now(UTC))
    return sum(new for _, new in stored_now)


def _lost(one: Replay) -> NotRegraded:
    return NotRegraded(
        learner=one.attempt.learner, attempt=one.attempt.number, commit=one.attempt.sha, message=one.message
    )


def _open_github(config: Config, installation: int | None, ending: ExitStack) -> GitHub:
    """GitHub as the course's app sees it; asked for only when a commit is not kept."""
    from pushmark_bot.service.ports import Ports  # noqa: PLC0415  (PyGithub: not for those who need no GitHub)

    if installation is None:
        raise PushmarkError(
            "the course has no installation, so its commits cannot be fetched",
            "name it with `course add --installation`",
        )
    ports = Ports(config)
    ending.callback(ports.close)
    return ports.of(installation)
