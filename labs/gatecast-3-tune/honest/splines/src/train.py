"""Stage 2, models/model.joblib: the chosen settings, fitted on everything before the test months."""

import json
from pathlib import Path

import joblib
import mlflow
from checkpoint import examples
from gatecast import model, predict, split, tracking
from mlflow.models import infer_signature

table = examples.read()
settings = json.loads(Path("work/chosen.json").read_text(encoding="utf-8"))["settings"]
known = table[split.role(table) != "test"]
fitted = model.fit(known, settings)
predict.SAVED.parent.mkdir(exist_ok=True)
joblib.dump(fitted, predict.SAVED)

example = known[examples.FEATURES].head(5)
with tracking.started("model", table, settings):
    mlflow.sklearn.log_model(
        fitted,
        name="model",
        signature=infer_signature(example, fitted.predict_proba(example)),
        input_example=example,
        pip_requirements=["scikit-learn"],
        pyfunc_predict_fn="predict_proba",
        serialization_format="cloudpickle",
    )
