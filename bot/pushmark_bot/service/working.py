"""Everything that works, for `serve` and `worker` alike: reconcilers, the scheduler of the database, and the rounds."""

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
from pushmark_graders.worker import policy, selftest
from pushmark_graders.worker.policy import Policy
from sqlalchemy import select

from pushmark_bot.actions.executor import ByCourse
from pushmark_bot.actions.serving import actions_of
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Course
from pushmark_bot.github import SentHooks
from pushmark_bot.gradebook.kept import KeptCommits
from pushmark_bot.provision.collecting import poll
from pushmark_bot.service.audit import audit
from pushmark_bot.service.config import Config
from pushmark_bot.service.engine import Engine
from pushmark_bot.service.executor import Host
from pushmark_bot.service.ports import PATIENCE, Ports
from pushmark_bot.service.reconcile import Place, Reconciler
from pushmark_bot.service.rounds import Chore, Rounds
from pushmark_bot.service.scheduler import Scheduler
from pushmark_bot.service.sweep import sweep
from pushmark_bot.service.writes import Writes

HURRIED = msgspec.structs.replace(PATIENCE, longest_limit=0.0)
"""A rate limit stops asking for the whole installation, and no worker waits for it."""


class Working(msgspec.Struct, frozen=True):
    """The database that all of it is about, and the scheduler to wake when there is something new in it."""

    database: Database
    scheduler: Scheduler


@contextlib.contextmanager
def working(config: Config) -> Iterator[Working]:
    """Work in threads until the end of the block, and end after what is under way.

    Raises PushmarkError when something it needs is not there; nothing has been started then.
    """
    with contextlib.ExitStack() as ending:
        confined = _proven(config) if config.graders else None
        database = Database(config.database_url)
        ending.callback(database.close)
        database.require_newest()
        reconcilers = []
        if confined is not None:
            _check_seeds(config, database)
            writes = Writes(database, config.pace)
            kept = KeptCommits(config.root / config.commits, config.commits_bytes)
            reconcilers = [_reconciler(config, confined, database, writes, kept, ending) for _ in range(config.graders)]
        scheduler = _scheduler(config, database, reconcilers)
        rounds = Rounds(database, _chores(config, database, scheduler, ending), scheduler.wake)
        scheduler.start()
        ending.callback(scheduler.stop)
        rounds.start()
        ending.callback(rounds.stop)
        yield Working(database, scheduler)


def _proven(config: Config) -> Policy:
    confined = policy.load(config.policy)
    selftest.prove(confined)
    return confined


def _scheduler(config: Config, database: Database, reconcilers: list[Reconciler]) -> Scheduler:
    if not database.is_shared:
        return Engine(database, reconcilers)
    from pushmark_bot.service.queue import Queue  # noqa: PLC0415  (Procrastinate is not for SQLite)

    return Queue(database, reconcilers, stalled=timedelta(seconds=config.rounds.stalled_seconds))


def _chores(config: Config, database: Database, scheduler: Scheduler, ending: contextlib.ExitStack) -> list[Chore]:
    every = config.rounds

    def sweeping(_last: datetime) -> bool:
        sweep(database, scheduler)
        return True

    chores = [Chore(name="sweep", every=timedelta(seconds=every.sweep_seconds), do=sweeping)]
    if config.poll:
        chores.append(_polling(config, database, ending))
    if config.app.webhook_secret_file:
        hooks = SentHooks(
            app=config.app.id,
            private_key=config.secret(config.app.private_key_file),
            api_url=config.api_url,
            patience=msgspec.structs.replace(HURRIED, between_writes=HURRIED.between_requests),  # it writes nothing
            sleep=time.sleep,
        )
        ending.callback(hooks.close)

        def auditing(last: datetime) -> bool:
            return audit(database, hooks, last, lambda: datetime.now(UTC))

        chores.append(Chore(name="audit", every=timedelta(seconds=every.audit_seconds), do=auditing))
    return chores


def _polling(config: Config, database: Database, ending: contextlib.ExitStack) -> Chore:
    ports = Ports(config, HURRIED)
    ending.callback(ports.close)

    def do(_last: datetime) -> bool:
        poll(database, ports.of, clock=lambda: datetime.now(UTC))
        return True

    return Chore(name="poll", every=config.poll, do=do)


def _reconciler(
    config: Config,
    confined: Policy,
    database: Database,
    writes: Writes,
    kept: KeptCommits,
    ending: contextlib.ExitStack,
) -> Reconciler:
    ports = Ports(config, HURRIED)
    ending.callback(ports.close)
    executor = ByCourse(Host(confined), actions_of(config, database, ports))
    ending.callback(executor.close)
    return Reconciler(
        database=database,
        github=ports.of,
        executor=executor,
        writes=writes,
        seed=config.seed,
        place=Place(author=f"{config.app.slug}[bot]", api_url=config.api_url, web_url=config.web_url),
        kept=kept,
    )


def _check_seeds(config: Config, database: Database) -> None:
    """A course without its seed would fail at its first push, which is too late to hear of it."""
    with database.reading() as session:
        for slug in session.scalars(select(Course.slug)):
            config.seed(slug)
