"""Stage 3, metrics.json: what this model is worth on the test months, and whether the gate lets it through."""

import json
from pathlib import Path

import joblib
from checkpoint import examples, product
from gatecast import decision, gate, model, predict, slices, split
from sklearn.metrics import roc_auc_score

table = examples.read()
test = table[split.role(table) == "test"]
threshold = decision.threshold()
fitted = joblib.load(predict.SAVED)
chances = model.chances(fitted, test)
larger = table[split.role(table) == "train"]
report = slices.judge(test[examples.LABEL], chances, threshold)
report["auc"] = float(roc_auc_score(test[examples.LABEL], chances))
chosen = json.loads(Path("work/chosen.json").read_text(encoding="utf-8"))
accepted = gate.accepts(report, product.CHAMPION)
told = {
    "threshold": threshold,
    "validation": {"log_loss": chosen["validation_log_loss"], "auc": chosen["validation_auc"]},
    "test": report,
    "slices": slices.by_slice(larger, model.chances(fitted, larger), threshold),
    "gate": "accepted" if accepted else "refused",
}
Path("metrics.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
