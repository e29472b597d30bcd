"""Report v1: the one contract between grading and everything a person sees.

Fields are only ever added. Every renderer and every export is a pure function of these types, and
`report-v1.schema.json` beside this module is generated from them (a parity test guards it).
"""

from typing import Literal

import msgspec

SCHEMA: Literal["pushmark/report/v1"] = "pushmark/report/v1"

State = Literal["passed", "failed", "blocked", "error", "ungraded"]
"""What became of a check.

`failed` and `error` are the learner's (a wrong answer; code that raised, died or overran), `blocked`
waits for another check, `ungraded` is our fault and costs no attempt.
"""


class LabRef(msgspec.Struct, frozen=True, kw_only=True):
    slug: str
    version: str
    title: str


class SubmissionRef(msgspec.Struct, frozen=True, kw_only=True):
    repository: str = ""
    commit: str = ""
    author: str = ""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    points: float
    max: float


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the learner's own file, relative to the repository's root; lines count from 1."""

    path: str
    line: int


class LeakFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A column of features that knew what it should not: `moved` of `rows` compared values changed when the future
    was taken away. `column` is the learner's own name; `moment` (ISO 8601, UTC) is that of the first, or empty."""

    column: str
    moved: int
    rows: int
    moment: str = ""


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """One graded statement. `message`, `output` and `leaks` may hold text that learner code produced: every
    renderer must escape them. All are empty for hidden checks. `waits_for` holds the ids of the
    checks that a blocked one needs and that did not pass."""

    id: str
    title: str
    state: State
    points: float
    max: float
    hidden: bool = False
    message: str = ""
    output: str = ""
    hint: str = ""
    location: Location | None = None
    seconds: float = 0.0
    waits_for: list[str] = []
    leaks: list[LeakFinding] = []


class TaskResult(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    title: str
    points: float
    max: float
    checks: list[CheckResult]


class MetricResult(msgspec.Struct, frozen=True, kw_only=True):
    """A claim beside its measurement.

    `claimed` is what the learner's run logged, `measured` the grader's own number on the feedback half
    of the hidden rows, `low` and `high` its 95 % bootstrap interval, `reference` the baseline model on
    the same rows. All four of the grader's are whole numbers of `step`, and so is their difference.
    `points` are linear in `measured - reference` (or in `measured`, without a reference) between
    `baseline` and `target`. `honest` is None when there was no claim to judge.
    """

    name: str
    title: str
    state: State
    points: float
    max: float
    claimed: float | None = None
    measured: float | None = None
    low: float | None = None
    high: float | None = None
    reference: float | None = None
    baseline: float | None = None
    target: float | None = None
    step: float | None = None
    gap: float | None = None
    tolerance: float | None = None
    honest: bool | None = None
    message: str = ""
    hint: str = ""


class BudgetResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a check measured of a submission's cost, beside the same of the lab's own code in the same job.

    `check` is the id of the check that judges it and holds the points. `measured`, `reference` and `limit` are in
    `unit`. `ratio` is `measured` over `reference`, the median of interleaved rounds, and `at_most` its bound;
    `noise` is the spread of that ratio (half of its middle half, as a part of it).
    """

    check: str
    title: str
    state: State
    unit: str
    measured: float | None = None
    limit: float | None = None
    reference: float | None = None
    reference_name: str = ""
    ratio: float | None = None
    at_most: float | None = None
    noise: float | None = None
    message: str = ""


class StageResult(msgspec.Struct, frozen=True, kw_only=True):
    """A stage of the pipeline. `reused`: an earlier attempt's result was taken, because no input had changed."""

    name: str
    ran: bool
    reused: bool = False


class LoggedModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model that a run logged, and whether others can tell what goes in and what comes out."""

    path: str
    signature: bool = False
    input_example: bool = False


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One MLflow run as the learner's training logged it: a claim, never evidence.

    `parent` is the id of the run that it is nested in. `datasets` are the digests of its inputs. `history` holds
    the values of a metric in the order of their steps, for metrics that were logged more than once.
    """

    id: str
    name: str
    status: str
    params: dict[str, str]
    metrics: dict[str, float]
    parent: str = ""
    commit: str = ""
    seconds: float | None = None
    tags: dict[str, str] = {}
    datasets: list[str] = []
    models: list[LoggedModel] = []
    history: dict[str, list[float]] = {}


class TrainingResult(msgspec.Struct, frozen=True, kw_only=True):
    state: Literal["completed", "failed", "timeout", "skipped", "ungraded"]
    seconds: float = 0.0
    stages: list[StageResult] = []
    runs: list[RunSummary] = []
    message: str = ""
    output: str = ""


class Integrity(msgspec.Struct, frozen=True, kw_only=True):
    """`overlaid`: files of the lab that the submission changed and that were put back. `ignored`:
    files the lab does not know. `flags`: sentences for a person to look at; they never score."""

    overlaid: list[str] = []
    ignored: list[str] = []
    flags: list[str] = []


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    grader: str
    python: str
    policy: str
    layers: list[str] = []
    data_hash: str = ""


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of wall time, and whether workers had the lab's libraries loaded before they were asked."""

    total: float
    intake: float = 0.0
    training: float = 0.0
    checks: float = 0.0
    metrics: float = 0.0
    workers: Literal["cold", "warm"] = "cold"


class Previous(msgspec.Struct, frozen=True, kw_only=True):
    """The attempt before this one, for the change that the comment shows. `tasks` holds points by
    task number, `metrics` points by metric name."""

    points: float
    max: float
    commit: str = ""
    tasks: dict[int, float] = {}
    metrics: dict[str, float] = {}


class PastAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier attempt at this lab, for the trend. `metrics` holds measurements by metric name."""

    attempt: int
    points: float
    max: float
    commit: str = ""
    metrics: dict[str, float] = {}


class Later(msgspec.Struct, frozen=True, kw_only=True):
    """What the full tier adds to a fast one."""

    checks: int = 0
    metrics: int = 0
    points: float = 0.0
    training: bool = False


class AttemptsLeft(msgspec.Struct, frozen=True, kw_only=True):
    """What the course's budget still holds after this attempt: of `total`, and of `per_day` in any 24 hours."""

    left: int
    total: int
    left_today: int
    per_day: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one attempt.

    `tier` is `practice` (public checks, never a grade), `fast` (all checks that need no training and little time;
    `later` says what is missing) or `full`. `status` is `ungraded` when our side failed: then `message` says why
    and the attempt does not count. `history` holds earlier attempts, the oldest first.
    """

    schema: Literal["pushmark/report/v1"] = SCHEMA
    lab: LabRef
    submission: SubmissionRef = SubmissionRef()
    attempt: int = 1
    attempts: AttemptsLeft | None = None
    tier: Literal["practice", "fast", "full"]
    later: Later | None = None
    status: Literal["graded", "ungraded"]
    message: str = ""
    score: Score
    previous: Previous | None = None
    history: list[PastAttempt] = []
    tasks: list[TaskResult]
    metrics: list[MetricResult] = []
    budgets: list[BudgetResult] = []
    training: TrainingResult | None = None
    integrity: Integrity = Integrity()
    environment: Environment
    timing: Timing
