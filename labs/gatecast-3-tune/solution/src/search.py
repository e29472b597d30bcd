"""Stage 1, work/settings.json: the settings that validation chose; every trial is a run of MLflow."""

import json
from pathlib import Path

import mlflow
from checkpoint import examples, product
from gatecast import search, tracking

BASELINE = product.WISHES[0]

table = examples.read()
with tracking.started("prior", table, {"family": "prior"}):
    mlflow.log_metrics(search.trial(table, {"family": "prior"}))
with tracking.started("baseline", table, BASELINE):
    mlflow.log_metrics(search.trial(table, BASELINE))
with tracking.started("search", table, {"fits": product.FITS}):
    trials = [tracking.tried(table, settings) for settings in search.candidates()]
chosen = search.choose(trials)
mlflow.MlflowClient().set_tag(chosen.pop("run"), "chosen", "True")
Path("work").mkdir(exist_ok=True)
Path("work/chosen.json").write_text(json.dumps(chosen, indent=2) + "\n", encoding="utf-8")
