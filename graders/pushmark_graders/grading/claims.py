"""What a training run says about itself: read in a worker, and bounded here before anybody looks at it."""

import math
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from pushmark_graders.checks.lockfile import LockedStage
from pushmark_graders.report.model import RunSummary, StageResult
from pushmark_graders.submission.errors import SubmissionError
from pushmark_graders.submission.proxy import Connection
from pushmark_graders.worker.policy import Policy
from pushmark_graders.worker.pool import Pool

MOST_RUNS, MOST_VALUES, LONGEST = 200, 100, 500
MOST_STAGES, MOST_PATHS, MOST_MODELS, MOST_HISTORIES, MOST_TAGS = 100, 500, 10, 10, 30
NO_SOURCE = ".no-source"
"""A folder that no submission has, for workers that shall import nothing of the learner's."""


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What the learner's run says about itself; the `training` fixture of a check."""

    metrics: dict[str, Any] = {}
    runs: list[RunSummary] = []
    deleted: int = 0
    commit: str = ""
    locked: dict[str, LockedStage] = {}
    stages: list[StageResult] = []
    seconds: float = 0.0

    def metric(self, key: str) -> float | None:
        """The finite number at the dotted `key` of the metrics file, or None."""
        value: Any = self.metrics
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        try:
            return float(value) if math.isfinite(value) else None
        except OverflowError:  # JSON's whole numbers have no bound
            return None


def read_claims(policy: Policy, folder: Path, metrics: str, store: str, pool: Pool | None = None) -> Claims:
    """Read what a run left behind, in a worker of its own; nonsense there reads as no claim."""
    connection = Connection(policy, folder, source=NO_SOURCE, pool=pool)
    try:
        told = connection.request("call", "pushmark_graders.worker.claims", "read", [metrics, store])
        claims = msgspec.convert(told, Claims)
    except (SubmissionError, msgspec.ValidationError):
        return Claims()
    finally:
        connection.end()
    return Claims(
        metrics=claims.metrics,
        runs=[_run(run) for run in claims.runs[:MOST_RUNS]],
        deleted=max(0, claims.deleted),
        locked={name[:LONGEST]: _stage(claims.locked[name]) for name in list(claims.locked)[:MOST_STAGES]},
    )


def _run(run: RunSummary) -> RunSummary:
    """The run without what JSON has no number for, and cut to what a report holds: learner code may have answered."""
    history = list(run.history.items())[:MOST_HISTORIES]
    return replace(
        run,
        id=run.id[:LONGEST],
        name=run.name[:LONGEST],
        status=run.status[:LONGEST],
        params=_texts(run.params),
        metrics={
            name[:LONGEST]: value for name, value in list(run.metrics.items())[:MOST_VALUES] if math.isfinite(value)
        },
        parent=run.parent[:LONGEST],
        commit=run.commit[:LONGEST],
        seconds=run.seconds if run.seconds is not None and math.isfinite(run.seconds) else None,
        tags=_texts(run.tags, MOST_TAGS),
        datasets=[digest[:LONGEST] for digest in run.datasets[:MOST_TAGS]],
        models=[replace(model, path=model.path[:LONGEST]) for model in run.models[:MOST_MODELS]],
        history={name[:LONGEST]: list(filter(math.isfinite, values[:MOST_VALUES])) for name, values in history},
    )


def _stage(stage: LockedStage) -> LockedStage:
    return LockedStage(
        cmd=stage.cmd[:LONGEST], deps=_texts(stage.deps, MOST_PATHS), params=_texts(stage.params, MOST_PATHS),
        outs=_texts(stage.outs, MOST_PATHS),
    )  # fmt: skip


def _texts(found: dict[str, str], most: int = MOST_VALUES) -> dict[str, str]:
    return {name[:LONGEST]: value[:LONGEST] for name, value in list(found.items())[:most]}
