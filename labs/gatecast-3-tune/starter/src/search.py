"""Stage 1, work/chosen.json: the settings to go on with."""

import json
from pathlib import Path

from checkpoint import examples
from gatecast import search

table = examples.read()
trials = [{"settings": settings, **search.trial(table, settings)} for settings in search.candidates()]
Path("work").mkdir(exist_ok=True)
Path("work/chosen.json").write_text(json.dumps(search.choose(trials), indent=2) + "\n", encoding="utf-8")
