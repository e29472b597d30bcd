"""What an attempt is asked with, and what comes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from pushmark_graders.grading.catalogue import Check
from pushmark_graders.grading.effort import Effort
from pushmark_graders.grading.hidden_sets import HiddenSets
from pushmark_graders.grading.repeats import Verdicts
from pushmark_graders.grading.session import Outcome
from pushmark_graders.grading.stages import Stages
from pushmark_graders.grading.tiers import Tier
from pushmark_graders.lab.spec import LabSpec, LimitsSpec
from pushmark_graders.report.final import Final, FinalMetric
from pushmark_graders.report.model import (
    Report,
    SubmissionRef,
)
from pushmark_graders.submission.halt import Halt
from pushmark_graders.submission.proxy import Connection
from pushmark_graders.worker.policy import Policy
from pushmark_graders.worker.pool import Pool

PRACTICE_SEED = "practice"


@dataclass(frozen=True, kw_only=True)
class Job:
    """One attempt at `tier`. `base` is the lab's template, `data` its raw tables; `wanted` narrows the
    checks, `first` are those to begin with, and `halt` lets another thread end the attempt (`Halted`).
    `repeats` and `more_seeds` are for proving a lab: see `Result`.

    Workers come from `pool`, or from one of this attempt's own; without `warm` each is started anew. Attempts at
    one lab may share `hidden`. With `stages`, results of earlier attempts are reused and this one's are kept.
    `connect` names the class of connection for hidden inputs, by who asks: "checks", or "metric NAME".
    """

    spec: LabSpec
    base: Path
    data: Path
    submission: Path
    policy: Policy
    seed: str = PRACTICE_SEED
    tier: Tier = "full"
    train: bool = True
    wanted: Callable[[Check], bool] = lambda _check: True
    reference: SubmissionRef = field(default_factory=SubmissionRef)
    first: Callable[[Check], bool] = lambda _check: False
    on_phase: Callable[[str], None] = lambda _phase: None
    on_list: Callable[[list[Check]], None] = lambda _checks: None
    on_check: Callable[[Check, Outcome], None] = lambda _check, _outcome: None
    pool: Pool | None = None
    warm: bool = True
    hidden: HiddenSets = field(default_factory=HiddenSets)
    stages: Stages | None = None
    halt: Halt = field(default_factory=Halt)
    repeats: int = 0
    more_seeds: tuple[str, ...] = ()
    connect: Callable[[str], Callable[..., Connection]] = lambda _scene: Connection

    @property
    def full(self) -> bool:
        """Whether hidden checks and metrics belong to it; nobody else may see hidden inputs."""
        return self.tier == "full"

    @property
    def trains(self) -> bool:
        return self.train and self.tier != "fast"


@dataclass
class Result:
    """The report; and for staff alone, the final half of the hidden rows and pytest-json-report's record of the run.

    `effort` is what the grading took. `repeats` has the verdicts of `Job.repeats` judgements of what was trained
    once, the report's own among them. `more_seeds` has the metrics for each of `Job.more_seeds`, in their order.
    """

    report: Report
    evidence: dict[str, Any]
    final: Final
    effort: Effort = field(default_factory=Effort)
    repeats: list[Verdicts] = field(default_factory=list)
    more_seeds: list[list[FinalMetric]] = field(default_factory=list)


def worker_policy(job: Job) -> Policy:
    """The job's policy with the lab's own limits."""
    return limited(job.policy, job.spec.limits)


def limited(policy: Policy, limits: LimitsSpec) -> Policy:
    """The policy with a lab's own limits."""
    return replace(
        policy,
        call_seconds=limits.call_seconds,
        import_seconds=limits.import_seconds,
        memory_mb=limits.memory_mb,
        processes=limits.processes,
        file_mb=limits.file_mb,
        output_kb=limits.output_kb,
        frame_mb=limits.frame_mb,
    )
