"""How numbers are added up."""

import logging
import logging.handlers
import queue
from pathlib import Path

log = logging.getLogger("shop")
log.setLevel(logging.DEBUG)
waiting = queue.Queue()
log.addHandler(logging.handlers.QueueHandler(waiting))
rotated = logging.handlers.RotatingFileHandler("shop.log", maxBytes=500, backupCount=2, encoding="utf-8")
listener = logging.handlers.QueueListener(waiting, rotated, logging.StreamHandler())
listener.start()


def add(numbers):
    for number in numbers:
        log.info("adding %s €", number)
    listener.stop()
    listener.start()
    assert "€" in Path("shop.log").read_text(encoding="utf-8")
    return sum(numbers)
