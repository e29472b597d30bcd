"""Connects an attempt to the one before it, so that a report can say what changed."""

from msgspec.structs import replace

from pushmark_graders.report.model import Previous, Report


def after(before: Report, report: Report) -> Report:
    """`report` as the attempt that follows `before`; another lab's report changes nothing.

    An ungraded attempt and a fast grading cost none: the number goes on from them unchanged, and the
    comparison reaches back to what they were compared with.
    """
    if before.lab.slug != report.lab.slug:
        return report
    if before.status == "ungraded" or before.tier == "fast":
        return replace(report, attempt=before.attempt, previous=before.previous)
    previous = Previous(
        points=before.score.points,
        max=before.score.max,
        commit=before.submission.commit,
        tasks={task.number: task.points for task in before.tasks},
        metrics={metric.name: metric.points for metric in before.metrics},
    )
    return replace(report, attempt=before.attempt + 1, previous=previous)
