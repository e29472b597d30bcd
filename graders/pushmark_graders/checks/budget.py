"""What the `budget` fixture gives a check: what answers of a submission cost, beside those of the lab's own code.

Times differ from machine to machine, and on one machine from minute to minute; a ratio to known code that is measured
in the same minute does not. So a check compares with the lab's starter or reference, in rounds that take turns
(A B, B A, ...), and judges the median of the rounds' ratios.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

STEADY = 0.1
"""A machine on which the reference's rounds spread no wider than this is good enough for any verdict."""


@dataclass(frozen=True)
class Turn:
    """What one round cost one side: processor seconds and wall seconds, each per request."""

    cpu: float
    wall: tuple[float, ...]

    @property
    def mean_wall(self) -> float:
        return sum(self.wall) / len(self.wall)


@dataclass(frozen=True)
class Measured:
    """The rounds of both sides, in pairs."""

    mine: Sequence[Turn]
    reference: Sequence[Turn]


@dataclass(frozen=True)
class Ratio:
    """A cost and the reference's, in seconds, their ratio, and two spreads (see `spread`).

    `noise` is that of the ratio over the rounds. `unrest` is that of the reference's cost alone: nothing that a
    submission does moves it, because it is stopped while the reference is measured. `delay` is how many seconds longer
    than its ordinary answers the reference's slow ones took: what a busy machine adds to anybody's.
    """

    mine: float
    reference: float
    ratio: float
    noise: float
    unrest: float
    delay: float = 0.0

    def is_unsure(self, at_most: float) -> bool:
        """Whether the machine was too restless to say on which side of the bound the ratio is.

        Only the reference's spread decides. So who makes their own cost waver gets a verdict all the same.
        """
        low, high = self.ratio * (1 - self.unrest), self.ratio * (1 + self.unrest)
        if self.unrest > STEADY and low <= at_most <= high:
            return True
        delayed = self.delay > STEADY * (self.reference - self.delay)
        return delayed and self.ratio > at_most >= (self.mine - self.delay) / self.reference


def spread(values: Sequence[float]) -> float:
    """Half of the interquartile range as a part of the median; 0 for less than two values."""
    if len(values) < 2:
        return 0.0
    first, middle, third = quantiles(values, n=4, method="inclusive")
    return (third - first) / 2 / middle if middle else 0.0


def cpu_ratio(measured: Measured) -> Ratio:
    """Processor time per request: the median of the rounds."""
    mine, reference = [turn.cpu for turn in measured.mine], [turn.cpu for turn in measured.reference]
    ratios = [one / other for one, other in zip(mine, reference, strict=True)]
    return Ratio(median(mine), median(reference), median(ratios), spread(ratios), spread(reference))


def wall_ratio(measured: Measured, quantile: float) -> Ratio:
    """A quantile of the wall time of single requests, over all rounds; spreads are those of the rounds' means."""
    mine, reference = (_quantile(turns, quantile) for turns in (measured.mine, measured.reference))
    means = [turn.mean_wall for turn in measured.reference]
    ratios = [one.mean_wall / other for one, other in zip(measured.mine, means, strict=True)]
    ordinary = median(wall for turn in measured.reference for wall in turn.wall)
    return Ratio(mine, reference, mine / reference, spread(ratios), spread(means), max(reference - ordinary, 0.0))


def _quantile(turns: Sequence[Turn], quantile: float) -> float:
    walls = sorted(wall for turn in turns for wall in turn.wall)
    return walls[min(int(quantile * len(walls)), len(walls) - 1)]
