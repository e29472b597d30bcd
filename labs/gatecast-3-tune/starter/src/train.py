"""Stage 2, models/model.joblib."""

import json
from pathlib import Path

import joblib
from checkpoint import examples
from gatecast import model, predict

table = examples.read()
settings = json.loads(Path("work/chosen.json").read_text(encoding="utf-8"))["settings"]
predict.SAVED.parent.mkdir(exist_ok=True)
joblib.dump(model.fit(table, settings), predict.SAVED)
