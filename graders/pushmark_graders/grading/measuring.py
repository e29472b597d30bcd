"""Measures the metrics of an attempt: each in a worker of its own, on hidden rows, after all that it needs."""

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from pushmark_graders.checks.hidden import HiddenSet
from pushmark_graders.grading import halves, metrics, seeds, session, telling
from pushmark_graders.grading.claims import Claims
from pushmark_graders.grading.halves import Halves
from pushmark_graders.grading.job import Job, worker_policy
from pushmark_graders.grading.metrics import Measured
from pushmark_graders.grading.session import Outcome
from pushmark_graders.lab.metric_spec import MetricSpec
from pushmark_graders.report.model import (
    MetricResult,
    TrainingResult,
)


def measure(
    job: Job,
    folder: Path,
    trained: TrainingResult | None,
    claims: Claims | None,
    outcomes: Mapping[str, Outcome],
    hidden: HiddenSet,
) -> list[Measured]:
    job.on_phase("measuring on hidden rows")
    parts = halves.of(hidden, job.seed)
    return [_measure_one(job, metric, folder, trained, claims, outcomes, hidden, parts) for metric in job.spec.metrics]


def _measure_one(
    job: Job,
    spec: MetricSpec,
    folder: Path,
    trained: TrainingResult | None,
    claims: Claims | None,
    outcomes: Mapping[str, Outcome],
    hidden: HiddenSet,
    parts: Halves,
) -> Measured:
    if trained is not None and trained.state != "completed":
        message = "Training did not complete, so there is no model to measure."
        return metrics.not_measured(telling.result(spec, state="blocked", message=message))
    claimed = claims.metric(spec.claim) if claims is not None and spec.claim else None
    policy = replace(worker_policy(job), call_seconds=spec.seconds)
    connect = job.connect(f"metric {spec.name}")
    connection = connect(policy, folder, source=job.spec.submission.source, pool=job.pool)
    try:
        seed = seeds.derive_seed(job.seed, spec.name)
        repeats = range(spec.repeats if spec.repeats > 1 else 0)
        repeat_seeds = [seeds.derive_seed(job.seed, f"{spec.name}, repeat {number}") for number in repeats]
        measured = metrics.measure_metric(spec, hidden, parts, connection, claimed, seed, repeat_seeds)
    finally:
        connection.end()
    unmet = session.unmet(spec.needs, outcomes)
    final = replace(measured.final, final=_hold_back(measured.final.final, unmet))
    return Measured(_hold_back(measured.told, unmet), final)


def _hold_back(measured: MetricResult, unmet: list[str]) -> MetricResult:
    """Keep the numbers, but give no points while a check that the metric needs does not pass."""
    if not unmet or measured.state == "error":
        return measured
    waits = f"No points yet: waits for {', '.join(unmet)}."
    return replace(measured, state="blocked", points=0.0, message=f"{measured.message} {waits}".strip())
