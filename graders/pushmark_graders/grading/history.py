"""Connects an attempt to those before it, so that a report can say what changed, and how it went."""

from collections.abc import Sequence

from msgspec.structs import replace

from pushmark_graders.report.model import Previous, Report
from pushmark_graders.report.trend import past

KEPT = 20
"""Earlier attempts that a report tells of: the last ones."""


def after(before: Report, report: Report) -> Report:
    """`report` as the attempt that follows `before`; another lab's report changes nothing.

    An ungraded attempt and a fast grading cost none: the number goes on from them unchanged, and the
    comparison reaches back to what they were compared with. The history is that of `before`, and `before`
    itself where it counts.
    """
    if before.lab.slug != report.lab.slug:
        return report
    if before.status == "ungraded" or before.tier == "fast":
        return replace(report, attempt=before.attempt, previous=before.previous, history=before.history)
    previous = Previous(
        points=before.score.points,
        max=before.score.max,
        commit=before.submission.commit,
        tasks={task.number: task.points for task in before.tasks},
        metrics={metric.name: metric.points for metric in before.metrics},
    )
    history = [*before.history, past(before)][-KEPT:]
    return replace(report, attempt=before.attempt + 1, previous=previous, history=history)


def following(earlier: Sequence[Report], report: Report) -> Report:
    """`report` as the attempt after all of `earlier`, graded ones with the oldest first, whatever these knew."""
    if not earlier:
        return report
    return replace(after(earlier[-1], report), history=[past(one) for one in earlier[-KEPT:]])
