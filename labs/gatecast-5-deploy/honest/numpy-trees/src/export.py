"""The one stage of the pipeline: lookups, encoder, and the trees as arrays."""

import json

import numpy as np
from gatecast import data, encoding, features
from gatecast_serve import lookups
from sklearn.ensemble import HistGradientBoostingClassifier

raw = data.read()
table = features.build(raw)
late = data.late(raw["flights"]).set_axis(table.index)
train = data.may_teach(raw["flights"]).set_axis(table.index)
encoder = encoding.fit(table, late, train)
rows = encoding.apply(table, encoder).astype("float32")
trees = HistGradientBoostingClassifier(max_iter=90, max_leaf_nodes=31, early_stopping=False, random_state=1)
trees.fit(rows[train].to_numpy(), late[train])

tables = [stage[0].nodes for stage in trees._predictors]
roots = np.cumsum([0, *(len(one) for one in tables[:-1])])
nodes, first = np.concatenate(tables), np.repeat(roots, [len(one) for one in tables])
leaf, own = nodes["is_leaf"].astype(bool), np.arange(len(nodes))
data.MODELS.mkdir(exist_ok=True)
np.savez_compressed(
    data.MODELS / "trees.npz",
    feature=np.where(leaf, 0, nodes["feature_idx"]),
    threshold=nodes["num_threshold"],
    left=np.where(leaf, own, nodes["left"] + first),
    right=np.where(leaf, own, nodes["right"] + first),
    missing_left=nodes["missing_go_to_left"].astype(bool),
    value=np.where(leaf, nodes["value"], 0.0),
    roots=roots,
    base=trees._baseline_prediction[0, 0],
    depth=int(nodes["depth"].max()),
)
(data.MODELS / "encoder.json").write_text(json.dumps(encoder), encoding="utf-8")
lookups.save(raw, rows)
