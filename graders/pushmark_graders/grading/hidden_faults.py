"""What makes a hidden set useless, whatever the submission answers: sentences for the lab's author."""

from collections.abc import Iterator

import numpy as np

from pushmark_graders.checks.hidden import HiddenSet
from pushmark_graders.grading import halves
from pushmark_graders.grading.measures import NEEDS_BOTH_CLASSES, NEEDS_ZERO_OR_ONE, TAKES_PROBABILITIES
from pushmark_graders.lab.metric_spec import RANKINGS, MetricSpec
from pushmark_graders.lab.spec import LabSpec

FEWEST_UNITS = 20
"""Ten in each half. Intervals from fewer are too narrow (Cameron, Gelbach and Miller 2008, Bootstrap-based
improvements for inference with clustered errors: "few" is five to thirty)."""

FEWEST_ROWS_OF_A_SLICE = 20
"""In both halves together: a mean over ten rows moves by a third of what a single row does."""

_LABELS_OF_UNITS = "iubUSM"


def faults(spec: LabSpec, made: HiddenSet, course_seed: str) -> list[str]:
    """Every fault of its shape; only a set without one is looked at for what the lab's metrics need."""
    if not isinstance(made.labels, np.ndarray) or made.labels.ndim != 1 or len(made.labels) < 2:
        return ["labels is no array of one dimension with at least two rows, one for each half"]
    if made.labels.dtype.kind not in "biuf" or not np.isfinite(made.labels).all():
        return ["labels has a value that is no finite number"]
    problems = [*_shapes(made), *_slices(made)]
    for metric in spec.metrics:
        if metric.reference and metric.reference not in made.references:
            problems.append(f"references has no {metric.reference!r}, which metric {metric.name} is compared with")
    if not problems and made.groups is not None and made.blocks is not None and _parts(made.groups, made.blocks):
        problems = ["a group lies in more than one of the blocks"]
    if problems:
        return problems
    parts = halves.of(made, course_seed)
    return list(dict.fromkeys(problem for metric in spec.metrics for problem in _for_metric(metric, made, parts)))


def _shapes(made: HiddenSet) -> Iterator[str]:
    rows = made.labels.shape
    for name, values in made.references.items():
        if not isinstance(values, np.ndarray) or values.shape != rows:
            yield f"{name} is no array of {len(made.labels)} values, one for each label"
    for name, units in (("groups", made.groups), ("blocks", made.blocks)):
        if units is None:
            continue
        if not isinstance(units, np.ndarray) or units.shape != rows or units.dtype.kind not in _LABELS_OF_UNITS:
            yield f"{name} is no array of {len(made.labels)} whole numbers, dates or texts, one for each label"
        elif np.unique(units).size < FEWEST_UNITS:
            yield f"{name} has {np.unique(units).size} different values, and fewer than {FEWEST_UNITS} tell no spread"


def _slices(made: HiddenSet) -> Iterator[str]:
    for name, mask in made.slices.items():
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.shape != made.labels.shape:
            yield f"slice {name!r} is no array of {len(made.labels)} times true or false, one for each label"
        elif mask.sum() < FEWEST_ROWS_OF_A_SLICE:
            yield f"slice {name!r} has {mask.sum()} rows, and fewer than {FEWEST_ROWS_OF_A_SLICE} say nothing"


def _parts(groups: np.ndarray, blocks: np.ndarray) -> bool:
    _, group_of = np.unique(groups, return_inverse=True)
    _, block_of = np.unique(blocks, return_inverse=True)
    pairs = np.unique(np.stack([group_of, block_of]), axis=1)
    return bool(pairs.shape[1] > np.unique(group_of).size)


def _for_metric(metric: MetricSpec, made: HiddenSet, parts: halves.Halves) -> Iterator[str]:
    function = metric.function
    if metric.repeats > 1 and "seed" in made.inputs:
        yield f"inputs has a seed, which the repeats of metric {metric.name} give themselves"
    if function in NEEDS_BOTH_CLASSES:
        yield from _classes(function, made.labels, parts)
    if function in NEEDS_ZERO_OR_ONE and not np.isin(made.labels, (0, 1)).all():
        yield f"labels are not all 0 or 1, and {function} takes no others"
    if function in RANKINGS and made.groups is None:
        yield f"groups is missing: {function} ranks the rows of each group"
    if function == "ndcg" and made.labels.min() < 0:
        yield "a label is below 0, and ndcg takes labels as gains"
    if function in TAKES_PROBABILITIES and metric.reference:
        reference = made.references[metric.reference]
        if not ((reference >= 0) & (reference <= 1)).all():
            yield f"reference {metric.reference!r} is not all probabilities, from 0 to 1, which {function} takes"


def _classes(function: str, labels: np.ndarray, parts: halves.Halves) -> Iterator[str]:
    rows_of_class = np.unique(labels, return_counts=True)[1]
    if rows_of_class.size < 2:
        yield f"all labels are alike, so that {function} does not exist"
    elif rows_of_class.size > 2:
        yield f"labels are of {rows_of_class.size} classes, and {function} takes two"
    elif rows_of_class.min() < 2:
        yield f"one class has a single row, so that {function} does not exist on both halves"
    elif any(np.unique(labels[half]).size < 2 for half in (parts.feedback, parts.final)):
        yield f"one half has rows of one class alone, so that {function} does not exist there"
