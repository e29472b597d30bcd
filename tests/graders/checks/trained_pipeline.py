"""A small pipeline that keeps good records: four stages, and a search of three fits of which one must fail."""

PIPELINE = """
stages:
  prepare:
    cmd: OMP_NUM_THREADS=1 python prepare.py
    deps: [prepare.py, raw.csv]
    outs: [work/rows.csv]
  featurize:
    cmd: OMP_NUM_THREADS=1 python featurize.py
    deps: [featurize.py, work/rows.csv]
    params: [featurize]
    outs: [work/features.csv]
  train:
    cmd: OMP_NUM_THREADS=1 python train.py
    deps: [train.py, work/features.csv]
    params: [train]
    outs: [model.json]
  evaluate:
    cmd: OMP_NUM_THREADS=1 python evaluate.py
    deps: [evaluate.py, model.json, work/features.csv]
    metrics:
      - metrics.json:
          cache: false
"""
PARAMS = """
featurize:
  scale: 2
train:
  learning_rate: 0.5 # of each step
  steps: 3
"""
PREPARE = """
import os
os.makedirs("work", exist_ok=True)
open("work/rows.csv", "w").write(open("raw.csv").read().lower())
"""
FEATURIZE = """
import yaml
scale = yaml.safe_load(open("params.yaml"))["featurize"]["scale"]
rows = open("work/rows.csv").read().split()
open("work/features.csv", "w").write("\\n".join(str(len(row) * scale) for row in rows))
"""
TRAIN = """
import hashlib
import json

import mlflow
import pandas as pd
import yaml
from sklearn.linear_model import LinearRegression

settings = yaml.safe_load(open("params.yaml"))["train"]
rows = [float(row) for row in open("work/features.csv").read().split()]
table = pd.DataFrame({"x": rows})
scores = {}
with mlflow.start_run(run_name="search"):
    mlflow.log_params(settings)
    mlflow.set_tag("data_hash", hashlib.md5(open("raw.csv", "rb").read()).hexdigest())
    for depth in (1, 2, -1):
        try:
            with mlflow.start_run(run_name=f"depth {depth}", nested=True) as run:
                mlflow.log_param("depth", depth)
                if depth < 0:
                    raise ValueError("no such depth")
                for step in range(settings["steps"]):
                    mlflow.log_metric("loss", 1 / (1 + step), step=step)
                scores[run.info.run_id] = 0.5 + depth / 10
                mlflow.log_metrics({"train_auc": 0.9, "validation_auc": scores[run.info.run_id], "test_auc": 0.6})
                if depth == 2:
                    mlflow.log_input(mlflow.data.from_pandas(table, name="features"), context="training")
                    model = LinearRegression().fit(table, table["x"])
                    mlflow.sklearn.log_model(
                        model, name="line", input_example=table.head(2), serialization_format="cloudpickle",
                        pip_requirements=["scikit-learn"],
                    )
        except ValueError:
            pass
best = max(scores, key=scores.get)
mlflow.MlflowClient().set_tag(best, "chosen", True)
json.dump({"validation": scores[best]}, open("model.json", "w"))
"""
EVALUATE = """
import json

def score():
    raise NotImplementedError("not written yet")

json.dump({"validation": {"auc": json.load(open("model.json"))["validation"]}, "rows": [3]}, open("metrics.json", "w"))
"""

FILES = {
    "dvc.yaml": PIPELINE,
    "params.yaml": PARAMS,
    "prepare.py": PREPARE,
    "featurize.py": FEATURIZE,
    "train.py": TRAIN,
    "evaluate.py": EVALUATE,
    "raw.csv": "A BB CCC",
}
STAGES = ["prepare", "featurize", "train", "evaluate"]
