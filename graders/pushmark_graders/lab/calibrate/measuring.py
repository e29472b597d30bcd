"""Trains what a lab ships once, and measures it for several course seeds."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from pushmark_graders.cohort.farm import Farm
from pushmark_graders.cohort.keys import Cohort
from pushmark_graders.cohort.protocol import Answer, Task
from pushmark_graders.cohort.regrade import longest, setup_of
from pushmark_graders.errors import LabError, PushmarkError
from pushmark_graders.grading.job import PRACTICE_SEED
from pushmark_graders.lab.build import Rendered
from pushmark_graders.lab.spec import LabSpec
from pushmark_graders.lab.variants import Variant, materialise, variants
from pushmark_graders.load import cores
from pushmark_graders.report.final import Final, FinalMetric, Measurement
from pushmark_graders.worker.policy import load

Halves = dict[str, list[Measurement]]
"""For each metric by name the measurements on both halves, of one seed after the other; none where it failed."""


def measured(spec: LabSpec) -> list[Variant]:
    """What calibration measures: the starter, the solution and the honest ones. Raises LabError."""
    if not spec.metrics:
        raise LabError([f"{spec.root}: this lab has no metrics"], "only metrics have bounds to calibrate")
    return [variant for variant in variants(spec) if variant.kind != "mutant"]


def measure(
    spec: LabSpec, base: Rendered, count: int, *, jobs: int, on_done: Callable[[str], None]
) -> Mapping[str, Halves]:
    """The measurements of each submission by its name, for the practice seed and `count - 1` others.

    `on_done` hears of each submission. Raises LabError for a faulty lab and PushmarkError for one that cannot be
    graded.
    """
    chosen = measured(spec)
    cohort = Cohort(spec=spec, base=base, policy=load("standard"))
    more = [f"calibration {number}" for number in range(2, count + 1)]
    found: dict[str, Halves] = {}
    with tempfile.TemporaryDirectory(prefix="pushmark-calibrate-") as scratch:
        tasks = _tasks(chosen, base, Path(scratch), more)
        most, late = min(jobs or cores(), len(chosen)), longest(spec) * count
        with Farm(setup_of(cohort), most, late, spec.submission.preload) as farm:
            for task, answer in farm.run(tasks):
                found[task.label] = _read(task.label, answer)
                on_done(task.label)
    return {variant.name: found[variant.name] for variant in chosen}


def seeds(count: int) -> str:
    """The seeds in words."""
    return f"`{PRACTICE_SEED}` and {count - 1} others" if count > 1 else f"`{PRACTICE_SEED}` alone"


def _tasks(chosen: Sequence[Variant], base: Rendered, scratch: Path, more: list[str]) -> Iterator[Task]:
    for number, variant in enumerate(chosen):
        folder = materialise(variant.layers, base.template, scratch / str(number))
        yield Task(label=variant.name, folder=str(folder), more_seeds=more)


def _read(name: str, answer: Answer) -> Halves:
    if answer.is_lab:
        raise LabError(answer.what.splitlines(), answer.next_step)
    if not answer.report:
        raise PushmarkError(f"{name} could not be graded: {answer.what}", answer.next_step)
    first = msgspec.json.decode(answer.final, type=Final).metrics
    found: Halves = {metric.name: [] for metric in first}
    for metrics in (first, *answer.more_seeds):
        for metric in metrics:
            found[metric.name] += _halves(metric)
    return found


def _halves(metric: FinalMetric) -> list[Measurement]:
    return [half for half in (metric.feedback_half, metric.final_half) if half is not None and half.skill is not None]
