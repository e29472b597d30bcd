"""How a watcher waits for the next change, or for its end."""

import signal
import threading
import time
from pathlib import Path

from pushmark_graders.watching.files import Changes
from pushmark_graders.watching.loop import ended_by_signals

TOO_LONG = 5.0


def test_a_signal_that_does_not_wake_the_one_who_waits_ends_the_wait_all_the_same(tmp_path: Path) -> None:
    with Changes(tmp_path) as changes, ended_by_signals(changes):
        taken = threading.Event()

        def to_myself() -> None:
            time.sleep(0.2)
            signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
            if not taken.wait(TOO_LONG):
                changes.end()

        sender = threading.Thread(target=to_myself)
        sender.start()
        began = time.monotonic()
        names = changes.take(wait=True)
        taken.set()
        assert names == frozenset()
        assert changes.ended
        assert time.monotonic() - began < TOO_LONG
        sender.join()
