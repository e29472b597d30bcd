"""What the `suite` fixture gives a check: how a learner's own tests did.

Mutation testing: tests are worth what they notice. The learner's tests are run on the author's reference, on
which they must pass, and on the author's *mutants*: copies of the reference with one fault each. A test that
fails on a mutant *kills* it; a mutant on which all tests pass *survives*.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class SuiteRun:
    """Tests that pass on the reference. `tests` is how many there are, those that were skipped included."""

    tests: int


@dataclass(frozen=True)
class Mutants:
    """How many of `total` mutants the tests killed, and that as sentences for the learner.

    `message` names no mutant: it has the two numbers, and the hint that the author wrote for the first survivor.
    """

    killed: int
    total: int
    message: str

    @property
    def share(self) -> float:
        """Killed mutants as a part of all, from 0 to 1."""
        return self.killed / self.total
