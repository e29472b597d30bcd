"""Makes a lab's hidden set, and says what is wrong with one that cannot be used.

An author meets this as a sentence about `hidden.py`; a cohort as work that is done once, not for each submission.
"""

import traceback

from pushmark_graders.checks.hidden import HiddenSet
from pushmark_graders.errors import LabError
from pushmark_graders.grading import hidden_faults, seeds
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
    if problems := hidden_faults.faults(spec, made, seed):
        raise LabError(
            [f"{path}: {problem}" for problem in problems],
            "mend what hidden_set returns; see docs/reference/check-api.md",
        )
    for array in (made.labels, made.groups, made.blocks, *made.references.values(), *made.slices.values()):
        if array is not None:
            array.setflags(write=False)
    return made
