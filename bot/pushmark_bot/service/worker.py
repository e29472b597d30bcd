"""`pushmark-bot worker`: grades and answers beside `serve`, on this host or another, with PostgreSQL between them."""

import signal
import threading
from collections.abc import Callable

from pushmark_graders.errors import PushmarkError

from pushmark_bot.db.store import shown
from pushmark_bot.service.config import Config
from pushmark_bot.service.working import working

WAIT_SECONDS = 0.5


def work(config: Config, tell: Callable[[str], None]) -> None:
    """Run until a signal ends it. `tell` gets a line when it is ready.

    Raises PushmarkError when something it needs is not there; nothing has been started then.
    """
    if config.database.startswith("sqlite:"):
        raise PushmarkError(
            f"database: {shown(config.database)} is one process's own, which is `pushmark-bot serve`",
            "name a PostgreSQL database, such as postgresql://USER@HOST/NAME, or run no worker",
        )
    if not config.graders:
        raise PushmarkError("graders: expected 1 or more, got 0", "say how many gradings this worker does at a time")
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with working(config):
        tell(f"working, {config.graders} at a time")
        while not ended.wait(WAIT_SECONDS):  # a signal that comes in the moment before a wait does not end it
            continue
