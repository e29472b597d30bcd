"""Gradient boosting of scikit-learn as one ONNX operator, written node by node.

The operator is TreeEnsembleRegressor: https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsembleRegressor.html
"""

from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper
from sklearn.ensemble import HistGradientBoostingClassifier


def save(trees: HistGradientBoostingClassifier, width: int, target: Path) -> None:
    """Write the model: `rows` (n, width) of float32 in, chances (n, 1) of float32 out."""
    nodes = [stage[0].nodes for stage in trees._predictors]
    inner = {"nodes_modes": [], "nodes_values": [], "nodes_featureids": []}
    places = {"nodes_treeids": [], "nodes_nodeids": [], "nodes_truenodeids": [], "nodes_falsenodeids": []}
    leaves = {"target_treeids": [], "target_nodeids": [], "target_weights": []}
    missing = []
    for tree, table in enumerate(nodes):
        for number, node in enumerate(table):
            leaf = bool(node["is_leaf"])
            places["nodes_treeids"].append(tree)
            places["nodes_nodeids"].append(number)
            places["nodes_truenodeids"].append(0 if leaf else int(node["left"]))
            places["nodes_falsenodeids"].append(0 if leaf else int(node["right"]))
            inner["nodes_modes"].append("LEAF" if leaf else "BRANCH_LEQ")
            inner["nodes_featureids"].append(0 if leaf else int(node["feature_idx"]))
            inner["nodes_values"].append(0.0 if leaf else float32_below(node["num_threshold"]))
            missing.append(0 if leaf else int(node["missing_go_to_left"]))
            if leaf:
                leaves["target_treeids"].append(tree)
                leaves["target_nodeids"].append(number)
                leaves["target_weights"].append(float(node["value"]))
    ensemble = helper.make_node(
        "TreeEnsembleRegressor", ["rows"], ["raw"], domain="ai.onnx.ml", n_targets=1,
        base_values=[float(trees._baseline_prediction[0, 0])], nodes_missing_value_tracks_true=missing,
        target_ids=[0] * len(leaves["target_weights"]), **inner, **places, **leaves,
    )  # fmt: skip
    graph = helper.make_graph(
        [ensemble, helper.make_node("Sigmoid", ["raw"], ["chances"])],
        "trees",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info("chances", TensorProto.FLOAT, [None, 1])],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    checker.check_model(model)
    target.write_bytes(model.SerializeToString())


def float32_below(threshold: float) -> float:
    """The largest float32 that is not above it: for float32 inputs both send the same ones to the left."""
    near = np.float32(threshold)
    return float(near if near <= threshold else np.nextafter(near, np.float32("-inf")))
