"""Stage 2, models/model.joblib: the chosen settings on all months before the test; models/threshold.json."""

import json
from pathlib import Path

import joblib
import mlflow
from checkpoint import examples
from gatecast import decision, model, predict, split, tracking
from mlflow.models import infer_signature

table = examples.read()
settings = json.loads(Path("work/chosen.json").read_text(encoding="utf-8"))["settings"]
known = table[split.role(table) != "test"]
fitted = model.fit(known, settings)
predict.SAVED.parent.mkdir(exist_ok=True)
joblib.dump(fitted, predict.SAVED)

role = split.role(table)
judges = table[role == "validation"]
unseen = model.fit(table[role == "train"], settings)
found = decision.cheapest(judges[examples.LABEL].to_numpy(), model.chances(unseen, judges))
decision.SAVED.write_text(json.dumps(found), encoding="utf-8")

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
