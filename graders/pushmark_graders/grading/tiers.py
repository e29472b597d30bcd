"""The tiers of a grading: which checks belong to the fast one, and what the full one adds.

A learner meets this as an answer within seconds that says what it leaves out. What learners do not have (hidden
checks and rows, and a lab's suite) belongs to the full tier alone: each answer about it is worth an attempt, and a
fast grading costs none.
"""

from collections.abc import Sequence
from typing import Literal

from pushmark_graders.grading.catalogue import Check
from pushmark_graders.lab.spec import LabSpec
from pushmark_graders.report.model import Later, Report

Tier = Literal["practice", "fast", "full"]


def is_fast(check: Check) -> bool:
    """Whether a check asks for nothing that learners lack, nor for training, and is not slow; so with all it needs."""
    return not (check.hidden or check.suite or check.trains or check.slow)


def later(spec: LabSpec, checks: Sequence[Check]) -> Later:
    """What the full tier of a lab with these checks adds to the fast one."""
    left_out = [check for check in checks if not is_fast(check)]
    points = sum(check.points for check in left_out) + sum(one.points + one.honesty_points for one in spec.metrics)
    return Later(
        checks=len(left_out),
        metrics=len(spec.metrics),
        points=round(points, 2),
        training=spec.training is not None,
    )


def is_clean(report: Report) -> bool:
    """Whether every check of a report passed: only then the full tier has more to say."""
    return report.status == "graded" and all(check.state == "passed" for task in report.tasks for check in task.checks)
