"""Makes a lab's hidden set, and says what is wrong with one that cannot be used.

An author meets this as a sentence about `hidden.py`; a cohort as work that is done once, not for each submission.
"""

import traceback

import numpy as np

from pushmark_graders.checks.hidden import HiddenSet
from pushmark_graders.errors import LabError
from pushmark_graders.grading import metrics, seeds
from pushmark_graders.lab import hidden_file
from pushmark_graders.lab.spec import LabSpec


class HiddenSets:
    """The hidden set that was asked for last. For attempts at one lab that does not change meanwhile."""

    def __init__(self) -> None:
        self._made: tuple[LabSpec, str, HiddenSet] | None = None

    def of(self, spec: LabSpec, seed: str) -> HiddenSet:
        """The lab's hidden set for a course's seed. Raises LabError when it cannot be made or used."""
        if self._made is None or self._made[:2] != (spec, seed):
            self._made = spec, seed, make(spec, seed)
        return self._made[2]


def make(spec: LabSpec, seed: str) -> HiddenSet:
    """Run the lab's `hidden_set`; the arrays of what it returns can be written to no more. Raises LabError."""
    path = spec.root / "hidden.py"
    function = getattr(hidden_file.load_hidden(spec), "hidden_set", None)
    if function is None:
        raise LabError([f"{path}: no function hidden_set"], "write `def hidden_set(seed, lab) -> HiddenSet` there")
    try:
        made = function(seeds.derive_seed(seed, "hidden-set"), spec.root)
    except Exception as error:  # whatever the author's code raises is the author's to read
        where = traceback.extract_tb(error.__traceback__)[-1]
        raise LabError(
            [f"{path}: hidden_set raised {type(error).__name__}: {error} ({where.filename}, line {where.lineno})"],
            "make hidden_set(seed, lab) run to its end for every seed",
        ) from error
    if not isinstance(made, HiddenSet):
        raise LabError([f"{path}: hidden_set returned {type(made).__name__}"], "return a HiddenSet")
    if problems := _faults(spec, made):
        raise LabError([f"{path}: {problem}" for problem in problems], "give one value per hidden row")
    for array in (made.labels, *made.references.values()):
        array.setflags(write=False)
    return made


def _faults(spec: LabSpec, made: HiddenSet) -> list[str]:
    """What makes a hidden set useless, whatever the submission answers."""
    if not isinstance(made.labels, np.ndarray) or made.labels.ndim != 1 or len(made.labels) < 2:
        return ["labels is no array of one dimension with at least two rows, one for each half"]
    problems = [
        f"{name} is no array of {len(made.labels)} values, one for each label"
        for name, values in made.references.items()
        if not isinstance(values, np.ndarray) or values.shape != made.labels.shape
    ]
    for metric in spec.metrics:
        if metric.reference and metric.reference not in made.references:
            problems.append(f"references has no {metric.reference!r}, which metric {metric.name} is compared with")
        if metric.function in metrics.NEEDS_BOTH_CLASSES:
            rows_of_class = np.unique(made.labels, return_counts=True)[1]
            if rows_of_class.size < 2:
                problems.append(f"all labels are alike, so that {metric.function} does not exist")
            elif rows_of_class.size > 2:
                problems.append(f"labels are of {rows_of_class.size} classes, and {metric.function} takes two")
            elif rows_of_class.min() < 2:
                problems.append(f"one class has a single row, so that {metric.function} does not exist on both halves")
    return problems
