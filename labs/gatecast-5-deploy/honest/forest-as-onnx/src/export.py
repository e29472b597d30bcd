"""The one stage of the pipeline: lookups, and the champion as ONNX with its own encoder."""

import json

import joblib
from gatecast import data, encoding, features
from gatecast_serve import lookups, onnx_trees

champion = joblib.load(data.CHAMPION)
raw = data.read()
rows = encoding.apply(features.build(raw), champion["encoder"]).astype("float32")

data.MODELS.mkdir(exist_ok=True)
onnx_trees.save(champion["forest"], lookups.WIDTH, data.MODELS / "model.onnx")
(data.MODELS / "encoder.json").write_text(json.dumps(champion["encoder"]), encoding="utf-8")
lookups.save(raw, rows)
