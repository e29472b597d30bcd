"""The champion as one ONNX operator: the mean of 200 trees, nothing fitted anew."""

from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper
from sklearn.ensemble import RandomForestClassifier


def save(forest: RandomForestClassifier, width: int, target: Path) -> None:
    """Write the model: `rows` (n, width) of float32 in, chances (n, 1) of float32 out."""
    trees = [estimator.tree_ for estimator in forest.estimators_]
    sizes = [tree.node_count for tree in trees]
    leaf = np.concatenate([tree.children_left < 0 for tree in trees])
    exact = np.concatenate([tree.threshold for tree in trees])
    near = exact.astype(np.float32)
    below = np.where(near > exact, np.nextafter(near, np.float32("-inf")), near)
    share = np.concatenate([tree.value[:, 0, 1] / tree.value[:, 0].sum(axis=1) for tree in trees]) / len(trees)
    number, tree = np.concatenate([np.arange(size) for size in sizes]), np.repeat(np.arange(len(trees)), sizes)

    def inner(name: str) -> list[int]:
        return np.where(leaf, 0, np.concatenate([getattr(one, name) for one in trees])).tolist()

    node = helper.make_node(
        "TreeEnsembleRegressor", ["rows"], ["chances"], domain="ai.onnx.ml", n_targets=1,
        nodes_treeids=tree.tolist(), nodes_nodeids=number.tolist(), nodes_featureids=inner("feature"),
        nodes_values=np.where(leaf, 0, below).tolist(), nodes_truenodeids=inner("children_left"),
        nodes_falsenodeids=inner("children_right"), nodes_missing_value_tracks_true=inner("missing_go_to_left"),
        nodes_modes=np.where(leaf, "LEAF", "BRANCH_LEQ").tolist(), target_treeids=tree[leaf].tolist(),
        target_nodeids=number[leaf].tolist(), target_ids=[0] * int(leaf.sum()), target_weights=share[leaf].tolist(),
    )  # fmt: skip
    graph = helper.make_graph(
        [node],
        "forest",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info("chances", TensorProto.FLOAT, [None, 1])],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    checker.check_model(model)
    target.write_bytes(model.SerializeToString())
