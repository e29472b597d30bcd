"""`pushmark-bot serve`: web and work in one process, with the state in one database."""

import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from functools import partial

import uvicorn
from fastapi import FastAPI
from pushmark_graders.errors import PushmarkError
from pushmark_graders.worker import policy, selftest
from pushmark_graders.worker.policy import Policy
from sqlalchemy import select

from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Course
from pushmark_bot.github import Installation, Patience, PyGithubOrganisation
from pushmark_bot.github.sign_in import PyGithubSignIn
from pushmark_bot.gradebook.kept import KeptCommits
from pushmark_bot.provision.provisioner import Provisioner
from pushmark_bot.provision.worker import Worker
from pushmark_bot.service.config import Config
from pushmark_bot.service.engine import Engine
from pushmark_bot.service.executor import Host
from pushmark_bot.service.inbox import Inbox
from pushmark_bot.service.receiver import add_receiver
from pushmark_bot.service.reconcile import Place, Reconciler
from pushmark_bot.service.writes import Writes
from pushmark_bot.web.site import Site

PATIENCE = Patience(retries=2, longest_wait=20.0)
"""Short: a submission that GitHub keeps waiting is put back, and another one is taken."""


class Ports:
    """A port for each installation, opened when it is first needed. Each thread has its own."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._key = config.secret(config.app.private_key_file)
        self._open: dict[int, PyGithubOrganisation] = {}

    def of(self, installation: int) -> PyGithubOrganisation:
        if installation not in self._open:
            who = Installation(app=self._config.app.id, private_key=self._key, installation=installation)
            self._open[installation] = PyGithubOrganisation(who=who, api_url=self._config.api_url, patience=PATIENCE)
        return self._open[installation]

    def close(self) -> None:
        for port in self._open.values():
            port.close()


def serve(config: Config, tell: Callable[[str], None]) -> None:
    """Run until a signal ends it. `tell` gets a line when it is ready.

    Raises PushmarkError when something it needs is not there; nothing has been started then.
    """
    with _listen(config) as listening, _running(config) as app:
        host, port = listening.getsockname()[:2]
        tell(f"listening on http://{host}:{port}, webhooks at /webhooks/github")
        if config.poll:
            tell(f"asking GitHub about every submission each {config.poll_seconds} s")
        if config.public_url:
            tell(f"learners accept labs at {config.public_url.rstrip('/')}/accept/COURSE/LAB")
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, lifespan="off")
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)  # uvicorn ends, and raises it again: we still have to tidy up
        server.run(sockets=[listening])


@contextlib.contextmanager
def _running(config: Config) -> Iterator[FastAPI]:
    """Everything that `serve` runs, and its end in the right order."""
    confined = policy.load(config.policy)
    selftest.prove(confined)
    with contextlib.ExitStack() as ending:
        database = Database(config.database_url)
        ending.callback(database.close)
        database.require_newest()
        _check_seeds(config, database)
        writes, kept = Writes(config.pace), KeptCommits(config.root / config.commits, config.commits_bytes)
        reconcilers = [_reconciler(config, confined, database, writes, kept, ending) for _ in range(config.graders)]
        engine = Engine(database, reconcilers, poll=config.poll)
        inbox = Inbox(database, engine.wake)
        app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        app.get("/healthz")(partial(_health, database))
        if config.app.webhook_secret_file:
            secret = config.secret(config.app.webhook_secret_file)
            add_receiver(app, secret=secret, inbox=inbox, known=partial(is_known, database))
        maker = _maker(config, database, writes, ending)
        if config.public_url:
            add_site(app, config, database, maker.wake)
        maker.start()
        ending.callback(maker.stop)
        inbox.start()
        ending.callback(inbox.stop)
        engine.start()
        ending.callback(engine.stop)
        yield app


def _maker(config: Config, database: Database, writes: Writes, ending: contextlib.ExitStack) -> Worker:
    """Who makes learners' repositories."""
    ports = Ports(config)
    ending.callback(ports.close)
    provisioner = Provisioner(database=database, github=ports.of, writes=writes, app=config.app.id)
    return Worker(database, provisioner)


def add_site(app: FastAPI, config: Config, database: Database, told: Callable[[], None]) -> None:
    """Let `app` answer learners' browsers."""
    client, secret = config.secret(config.app.client_id_file), config.secret(config.app.client_secret_file)
    sign_in = PyGithubSignIn(client_id=client, client_secret=secret, api_url=config.api_url, web_url=config.web_url)
    site = Site(
        database=database,
        sign_in=sign_in,
        secret=secret,
        public_url=config.public_url,
        web_url=config.web_url,
        told=told,
    )
    site.add_to(app)


def _reconciler(
    config: Config,
    confined: Policy,
    database: Database,
    writes: Writes,
    kept: KeptCommits,
    ending: contextlib.ExitStack,
) -> Reconciler:
    ports, host = Ports(config), Host(confined)
    ending.callback(ports.close)
    ending.callback(host.close)
    return Reconciler(
        database=database,
        github=ports.of,
        executor=host,
        writes=writes,
        seed=config.seed,
        place=Place(author=f"{config.app.slug}[bot]", api_url=config.api_url, web_url=config.web_url),
        kept=kept,
    )


def _listen(config: Config) -> socket.socket:
    try:
        return socket.create_server((config.host, config.port))
    except OSError as error:
        raise PushmarkError(
            f"cannot listen on {config.host}:{config.port}: {error.strerror}", "choose another host or port"
        ) from None


def _check_seeds(config: Config, database: Database) -> None:
    """A course without its seed would fail at its first push, which is too late to hear of it."""
    with database.reading() as session:
        for slug in session.scalars(select(Course.slug)):
            config.seed(slug)


def is_known(database: Database, installation: int) -> bool:
    """Whether a course lives at this installation."""
    with database.reading() as session:
        return session.scalars(select(Course.id).where(Course.installation == installation)).first() is not None


def _health(database: Database) -> dict[str, str]:
    with database.reading() as session:
        session.execute(select(Course.id).limit(1))
    return {"status": "ok"}
