"""Stage 2, models/model.joblib: the chosen settings, fitted on everything before the test months."""

import json
from pathlib import Path

import joblib
import mlflow
from checkpoint import examples
from gatecast import model, predict, split, tracking

table = examples.read()
settings = json.loads(Path("work/chosen.json").read_text(encoding="utf-8"))["settings"]
known = table[split.role(table) != "test"]
fitted = model.fit(known, settings)
predict.SAVED.parent.mkdir(exist_ok=True)
joblib.dump(fitted, predict.SAVED)

with tracking.started("model", table, settings):
    mlflow.log_artifact(str(predict.SAVED))
