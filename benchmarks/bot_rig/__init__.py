"""A school for the bot: a fake GitHub full of pull requests, the bot's processes, and its databases."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))  # the databases are started as those of the tests are
