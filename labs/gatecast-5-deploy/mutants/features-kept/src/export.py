"""The one stage of the pipeline: put into models/ what the service loads, so that it needs neither pandas nor a forest.

The model is fitted on float32 rows, because that is what it will be asked with.
"""

import json

import numpy as np
from gatecast import data, encoding, features
from gatecast_serve import lookups, onnx_trees
from sklearn.ensemble import HistGradientBoostingClassifier

raw = data.read()
table = features.build(raw)
late = data.late(raw["flights"]).set_axis(table.index)
train = data.may_teach(raw["flights"]).set_axis(table.index)
encoder = encoding.fit(table, late, train)
rows = encoding.apply(table, encoder).astype("float32")
trees = HistGradientBoostingClassifier(max_iter=100, max_leaf_nodes=31, early_stopping=False, random_state=0)
trees.fit(rows[train].to_numpy(), late[train])

data.MODELS.mkdir(exist_ok=True)
onnx_trees.save(trees, lookups.WIDTH, data.MODELS / "model.onnx")
(data.MODELS / "encoder.json").write_text(json.dumps(encoder), encoding="utf-8")
lookups.save(raw, rows)
np.save(data.MODELS / "features.npy", rows.to_numpy())
