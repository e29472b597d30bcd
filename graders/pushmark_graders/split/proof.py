"""Whether a grading in two halves says the same as one in one piece, tried with what a lab ships."""

import dataclasses
import tempfile
from pathlib import Path
from typing import Any

from pushmark_graders.errors import LabError
from pushmark_graders.grading.grade import grade
from pushmark_graders.grading.job import PRACTICE_SEED, Job
from pushmark_graders.report.model import Report
from pushmark_graders.split.answering import answer
from pushmark_graders.split.scoring import score


def halves(job: Job, questions: Path) -> Report:
    """Grade in two halves, both on this machine: the first without the course's seed. Raises as both do."""
    seconds = seconds_of(job)
    with tempfile.TemporaryFile() as file:
        answer(dataclasses.replace(job, seed=PRACTICE_SEED), questions, seconds, file)
        file.seek(0)
        return score(job, file).report


def prove(job: Job, questions: Path, name: str, whole_report: Report | None = None) -> None:
    """Grade a submission both ways, or compare with its `whole_report`.

    Raises LabError when they differ in anything that hidden inputs decide.
    """
    whole, split = _told(whole_report or grade(job).report), _told(halves(job, questions))
    if different := sorted(key for key in whole | split if whole.get(key) != split.get(key)):
        raise LabError(
            [f"{job.spec.root}: in two halves, {name} gets other verdicts on {', '.join(different)}"],
            "a hidden check must ask the same whatever is answered; or grade this lab on a host",
        )


def seconds_of(job: Job) -> dict[str, float]:
    """The time for a call, by scene, where it is not the lab's usual one."""
    return {f"metric {metric.name}": metric.seconds for metric in job.spec.metrics}


def _told(report: Report) -> dict[str, Any]:
    """States of hidden checks and metrics: training and public checks may give another number each time."""
    checks = {check.id: check.state for task in report.tasks for check in task.checks if check.hidden}
    return checks | {metric.name: metric.state for metric in report.metrics}
