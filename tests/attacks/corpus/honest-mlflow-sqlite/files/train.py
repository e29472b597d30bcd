"""Learns the slope of past sales and logs the run to SQLite."""

import json
from pathlib import Path

import mlflow

with mlflow.start_run(run_name="slope") as run:
    mlflow.log_params({"digits": 9, "kind": "line"})
    for step in range(3):
        mlflow.log_metric("error", 0.8 + step, step=step)
    mlflow.set_tag("größe", "klein")
    Path("notes.txt").write_text("logged")
    mlflow.log_artifact("notes.txt")
assert mlflow.get_run(run.info.run_id).data.metrics["error"] == 2.8
Path("model.json").write_text(json.dumps({"slope": 3.0}))
Path("metrics.json").write_text(json.dumps({"error": 0.8}))
