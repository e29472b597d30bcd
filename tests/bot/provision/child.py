"""Runs the command in a process of its own, in which sleeping takes no time: `python child.py CONFIG CLOCK`."""

import sys
from pathlib import Path

from pushmark_bot.commands.provision import make
from pushmark_bot.provision.office import Office
from pushmark_bot.service.config import load

from tests.bot.provision.school import HURRIED, FileClock

office = Office(load(Path(sys.argv[1]), {}), FileClock(Path(sys.argv[2])).clock(), HURRIED)
try:
    make(office, "ml-101", "tiny-lab", [], everybody=True, as_json=True)
finally:
    office.close()
