"""The functions of `[[metrics]]`: how answers are compared with labels. Pure, and numpy alone.

An interval asks a function 200 times, and scikit-learn's own spend most of that on checking their arguments;
tests hold these to scikit-learn's. A function that does not exist for the rows it is given is NaN.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pushmark_graders.lab.metric_spec import MetricSpec

NEEDS_BOTH_CLASSES = frozenset({"roc_auc", "average_precision", "log_loss"})
NEEDS_ZERO_OR_ONE = frozenset({"brier", "calibration_error", "cost", "precision_at_k"})
TAKES_PROBABILITIES = frozenset({"brier", "calibration_error", "cost"})


@dataclass(frozen=True)
class Draw:
    """Rows drawn with replacement. A unit that is drawn twice is two: `copies` has a number for each, one per row."""

    rows: np.ndarray
    copies: np.ndarray | None = None


@dataclass(frozen=True)
class Rows:
    """Labels beside answers, of shape (n,) each; `groups` are whole numbers from 0 where rows rank among others."""

    labels: np.ndarray
    answers: np.ndarray
    groups: np.ndarray | None = None

    def take(self, draw: Draw) -> "Rows":
        groups = None if self.groups is None else self.groups[draw.rows]
        if groups is not None and draw.copies is not None:
            groups = groups + draw.copies * (int(groups.max()) + 1)
        return Rows(self.labels[draw.rows], self.answers[draw.rows], groups)


Measure = Callable[[Rows], float]


def measure_of(spec: MetricSpec, threshold: float | None = None) -> Measure:
    """The lab's function with its own keys filled in; `threshold` is what the submission chose, if it may."""
    match spec.function:
        case "precision_at_k" | "ndcg":
            ranked = precision_at_k if spec.function == "precision_at_k" else ndcg
            return lambda rows: ranked(rows, spec.k)
        case "calibration_error":
            bins = spec.bins or 1
            return lambda rows: calibration_error(rows.labels, rows.answers, bins)
        case "cost":
            wrong = spec.false_positive_cost or 0.0, spec.false_negative_cost or 0.0
            cut = next(one for one in (spec.threshold, threshold, best_threshold(*wrong)) if one is not None)
            return lambda rows: cost(rows.labels, rows.answers, cut, *wrong)
        case function:
            plain = _PLAIN[function]
            return lambda rows: plain(rows.labels, rows.answers)


def roc_auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """The share of pairs of a row of either class that the scores put in order; a tie counts half.

    Mann and Whitney (1947), On a test of whether one of two random variables is stochastically larger.
    """
    classes = np.unique(labels)
    if classes.size != 2:
        return math.nan
    order = np.argsort(scores)
    values, positive = scores[order], labels[order] == classes[1]
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    count, hits = np.diff(np.r_[starts, len(values)]), np.add.reduceat(positive, starts, dtype=np.int64)
    misses = count - hits
    before = np.cumsum(misses) - misses
    return float(np.sum(hits * (before + misses / 2)) / (hits.sum() * misses.sum()))


def average_precision(labels: np.ndarray, scores: np.ndarray) -> float:
    """The precision at each score as a threshold, weighted by the recall gained there; tied rows are one threshold.

    Without interpolation, as in Manning, Raghavan and Schuetze (2008), Introduction to Information Retrieval,
    section 8.4, and in scikit-learn: a straight line between two points of the curve is too optimistic (Davis and
    Goadrich 2006). The larger label is the positive class; a model of no skill has its share.
    """
    classes = np.unique(labels)
    if classes.size != 2:
        return math.nan
    order = np.argsort(-scores)
    values, positive = scores[order], labels[order] == classes[1]
    ends = np.flatnonzero(np.r_[values[1:] != values[:-1], True])
    hits = np.cumsum(positive)[ends]
    return float(np.sum(np.diff(np.r_[0, hits]) * hits / (ends + 1)) / hits[-1])


def log_loss(labels: np.ndarray, chances: np.ndarray) -> float:
    """The mean surprise at the labels, in nats (Good 1952, Rational decisions).

    The larger label is the positive class. Chances are taken as at least 1e-9 and at most 1 - 1e-9: a certain and
    wrong one costs 20.7, not infinity.
    """
    classes = np.unique(labels)
    if classes.size != 2:
        return math.nan
    sure = np.clip(chances, 1e-9, 1 - 1e-9)
    return float(-np.mean(np.log(np.where(labels == classes[1], sure, 1 - sure))))


def brier(labels: np.ndarray, chances: np.ndarray) -> float:
    """The mean squared distance of chances from labels 0 and 1: half of Brier's (1950) own, which sums both classes."""
    return float(np.mean(np.square(chances - labels)))


def calibration_error(labels: np.ndarray, chances: np.ndarray, bins: int) -> float:
    """The mean distance of chance from frequency over `bins` bins of equally many rows, weighted by their rows.

    Naeini, Cooper and Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian binning, with bins of
    equal mass, which are steadier than equally wide ones (Nixon and others 2019, Measuring calibration in deep
    learning). Equal chances are never parted: they go where the middle of their ranks lies, so a bin may be empty.
    """
    _, place, count = np.unique(chances, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - count / 2
    bin_of = (middle * bins / len(labels)).astype(np.int64)[place]
    return float(np.abs(np.bincount(bin_of, labels - chances)).sum() / len(labels))


def cost(
    labels: np.ndarray, chances: np.ndarray, threshold: float, false_positive: float, false_negative: float
) -> float:
    """The mean cost of a row when chances of at least `threshold` are acted upon; right decisions cost nothing.

    Elkan (2001), The foundations of cost-sensitive learning, section 1.
    """
    acted = chances >= threshold
    return float(np.mean(np.where(acted, false_positive * (labels == 0), false_negative * (labels == 1))))


def best_threshold(false_positive: float, false_negative: float) -> float:
    """The chance from which acting costs less, for one who knows the true chances (Elkan 2001, equation 2)."""
    return false_positive / (false_positive + false_negative)


def precision_at_k(rows: Rows, k: int | None) -> float:
    """The share of relevant rows among the first k of a group, mean over groups (Manning and others 2008, section 8.4).

    A group of fewer than k rows is divided by k all the same, as trec_eval does. Ties count as the mean over all their
    orders (McSherry and Najork 2008, Computing information retrieval performance measures efficiently in the
    presence of tied scores).
    """
    first = k or 1
    return float(np.mean(_gains(rows, rows.answers, lambda ranks: (ranks < first) / first)))


def ndcg(rows: Rows, k: int | None) -> float:
    """The discounted gain of the first k rows of a group, over the most that it could be, mean over groups.

    The gain is the label itself and the discount log2(1 + rank) (Jaervelin and Kekaelaeinen 2002, Cumulated gain-based
    evaluation of IR techniques); without k all rows count. Ties as in `precision_at_k`. A group in which
    nothing is relevant counts 0, as in scikit-learn.
    """

    def discount(ranks: np.ndarray) -> np.ndarray:
        return np.where(ranks < (k or math.inf), 1 / np.log2(ranks + 2), 0.0)

    gained, most = _gains(rows, rows.answers, discount), _gains(rows, rows.labels, discount)
    return float(np.mean(np.divide(gained, most, out=np.zeros_like(gained), where=most > 0)))


def _gains(rows: Rows, scores: np.ndarray, weigh: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """For each group the labels in order of falling scores, weighed by their rank from 0, and summed."""
    assert rows.groups is not None
    order = np.lexsort((-scores, rows.groups))
    groups, values = rows.groups[order], scores[order]
    opens_group = np.r_[True, groups[1:] != groups[:-1]]
    heads = np.flatnonzero(opens_group)
    weights = weigh(np.arange(len(order)) - heads[np.cumsum(opens_group) - 1])
    tied = np.flatnonzero(opens_group | np.r_[True, values[1:] != values[:-1]])
    size = np.diff(np.r_[tied, len(order)])
    labels = rows.labels[order].astype(np.float64)
    gained = np.add.reduceat(labels, tied) * np.add.reduceat(weights, tied) / size
    summed: np.ndarray = np.add.reduceat(gained, np.searchsorted(tied, heads))
    return summed


_PLAIN: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "roc_auc": roc_auc,
    "average_precision": average_precision,
    "log_loss": log_loss,
    "brier": brier,
    "accuracy": lambda labels, values: float(np.mean(labels == np.rint(values))),
    "rmse": lambda labels, values: float(np.sqrt(np.mean(np.square(labels - values)))),
    "mae": lambda labels, values: float(np.mean(np.abs(labels - values))),
}
