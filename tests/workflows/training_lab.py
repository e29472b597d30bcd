"""The tiny lab with a table under DVC and a pipeline of one stage, for what needs training that takes a moment."""

import shutil
from pathlib import Path

from tests.workflows.act import ROOT

TRAINING = """
[training]
stages = ["rank"]
seconds = 60.0

[data]
build = "data.py"
"""
PIPELINE = """
stages:
  rank:
    cmd: python src/train.py
    deps: [data/raw/letters.parquet, src/train.py]
    outs: [ranked.txt]
    metrics: [{metrics.json: {cache: false}}]
"""
TRAIN = """
import json
import mlflow
import pandas as pd

letters = pd.read_parquet("data/raw/letters.parquet")
with mlflow.start_run(run_name="ranking"):
    mlflow.log_param("rows", len(letters))
    mlflow.log_metric("words", 3.0)
open("ranked.txt", "w").write("a b c")
json.dump({"words": 3.0}, open("metrics.json", "w"))
"""
DATA = """
import pandas as pd

def write(folder):
    pd.DataFrame({"letter": list("abc")}).to_parquet(folder / "letters.parquet", index=False)
"""


def training_lab(folder: Path) -> Path:
    """Make the lab in `folder` and return it."""
    lab = folder / "tiny-lab"
    shutil.copytree(ROOT / "tests" / "fixtures" / "tiny-lab", lab)
    (lab / "lab.toml").write_text((lab / "lab.toml").read_text() + TRAINING)
    (lab / "data.py").write_text(DATA)
    (lab / "starter" / "dvc.yaml").write_text(PIPELINE)
    (lab / "starter" / "src" / "train.py").write_text(TRAIN)
    return lab
