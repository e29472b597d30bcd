"""What the commands about learners' repositories share: the database, GitHub, the budget of writes, and the clock."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec

from pushmark_bot.db.store import Database
from pushmark_bot.github import Installation, Patience, PyGithubOrganisation
from pushmark_bot.provision.provisioner import Provisioner
from pushmark_bot.service.config import Config
from pushmark_bot.service.writes import Writes

PATIENCE = Patience(longest_wait=60.0)


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """The time, and how to let it pass; tests have another one."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    seconds: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Office:
    """Everything open that a command needs."""

    def __init__(self, config: Config, clock: Clock | None = None, patience: Patience = PATIENCE) -> None:
        self.config = config
        self.clock = clock or Clock()
        self.database = Database(config.database_url)
        self.writes = Writes(self.database, config.pace, self.clock.now)
        self._patience = patience
        self._ports: dict[int, PyGithubOrganisation] = {}

    def github(self, installation: int) -> PyGithubOrganisation:
        """The port for an installation, opened when it is first needed."""
        if installation not in self._ports:
            key = self.config.secret(self.config.app.private_key_file)
            who = Installation(app=self.config.app.id, private_key=key, installation=installation)
            self._ports[installation] = PyGithubOrganisation(
                who=who, api_url=self.config.api_url, patience=self._patience, sleep=self.clock.sleep
            )
        return self._ports[installation]

    def provisioner(self) -> Provisioner:
        """Somebody who makes repositories."""
        return Provisioner(
            database=self.database,
            github=self.github,
            writes=self.writes,
            app=self.config.app.id,
            clock=self.clock.now,
        )

    def wait_for_writes(self, installation: int, number: int) -> None:
        """Wait until so many writes may be sent."""
        while (wait := self.writes.take(installation, number)) > 0:
            self.clock.sleep(wait)

    def close(self) -> None:
        for port in self._ports.values():
            port.close()
        self.database.close()


@contextmanager
def opened(config: Config, clock: Clock | None = None, patience: Patience = PATIENCE) -> Iterator[Office]:
    """Open it all, with tables that are up to date."""
    office = Office(config, clock, patience)
    try:
        office.database.require_newest()
        yield office
    finally:
        office.close()
