"""Stage 3, metrics.json: the numbers that this repository claims."""

import json
from pathlib import Path

import joblib
from checkpoint import examples
from gatecast import model, predict, split
from sklearn.metrics import accuracy_score, roc_auc_score

table = examples.read()
test = table[split.role(table) == "test"]
chances = model.chances(joblib.load(predict.SAVED), test)
told = {
    "test": {
        "auc": float(roc_auc_score(test[examples.LABEL], chances)),
        "accuracy": float(accuracy_score(test[examples.LABEL], chances >= 0.5)),
    }
}
Path("metrics.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
print(json.dumps(told, indent=2))
