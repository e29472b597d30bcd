"""`pushmark-bot serve`: takes webhooks, and works on what they tell in the same process.

With SQLite that is all there is. With PostgreSQL any number of `pushmark-bot worker` work beside it, and it may leave
all work to them.
"""

import contextlib
import math
import signal
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial

import uvicorn
from fastapi import FastAPI
from pushmark_graders.errors import PushmarkError
from sqlalchemy import select

from pushmark_bot.actions.practice import Accepts, add_intake
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Course
from pushmark_bot.github.sign_in import PyGithubSignIn
from pushmark_bot.provision.provisioner import Provisioner
from pushmark_bot.provision.worker import Worker
from pushmark_bot.service.config import Config
from pushmark_bot.service.inbox import Inbox
from pushmark_bot.service.ports import Ports
from pushmark_bot.service.receiver import add_receiver
from pushmark_bot.service.working import working
from pushmark_bot.service.writes import Writes
from pushmark_bot.web.site import Site

KNOWN_SECONDS = 5.0


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
        if not config.graders:
            tell("grading nothing here: that is left to pushmark-bot worker")
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, lifespan="off")
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)  # uvicorn ends, and raises it again: we still have to tidy up
        server.run(sockets=[listening])


@contextlib.contextmanager
def _running(config: Config) -> Iterator[FastAPI]:
    """Everything that `serve` runs, and its end in the right order."""
    with working(config) as here, contextlib.ExitStack() as ending:
        inbox = Inbox(here.database, here.scheduler.wake)
        app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        app.get("/healthz")(partial(_health, here.database))
        if config.app.webhook_secret_file:
            secret = config.secret(config.app.webhook_secret_file)
            add_receiver(app, secret=secret, inbox=inbox, known=Known(here.database))
        if config.practice.audience:
            told = config.practice
            accepts = Accepts(issuer=told.issuer, audience=told.audience, workflow=told.workflow)
            add_intake(app, here.database, accepts)
        maker = _maker(config, here.database, ending)
        if config.public_url:
            add_site(app, config, here.database, maker.wake)
        maker.start()
        ending.callback(maker.stop)
        inbox.start()
        ending.callback(inbox.stop)
        yield app


def _maker(config: Config, database: Database, ending: contextlib.ExitStack) -> Worker:
    """Who makes learners' repositories."""
    ports = Ports(config)
    ending.callback(ports.close)
    writes = Writes(database, config.pace)
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


def _listen(config: Config) -> socket.socket:
    try:
        return socket.create_server((config.host, config.port))
    except OSError as error:
        raise PushmarkError(
            f"cannot listen on {config.host}:{config.port}: {error.strerror}", "choose another host or port"
        ) from None


class Known:
    """The installations that a course lives at, as they were a few seconds ago: each delivery asks for its own."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._there: frozenset[int] = frozenset()
        self._read = -math.inf

    def __call__(self, installation: int) -> bool:
        """Whether a course lives at this installation; one that is new is known at once."""
        if installation not in self._there or self._clock() - self._read > KNOWN_SECONDS:
            self._read = self._clock()
            with self._database.reading() as session:
                rows = session.scalars(select(Course.installation).where(Course.installation.is_not(None)))
                self._there = frozenset(row for row in rows if row is not None)
        return installation in self._there


def _health(database: Database) -> dict[str, str]:
    with database.reading() as session:
        session.execute(select(Course.id).limit(1))
    return {"status": "ok"}
