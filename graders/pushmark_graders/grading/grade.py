"""Grades one attempt from intake to report.

Order matters: training and public checks first, hidden inputs last, each phase in workers of its own.
Once hidden inputs entered a worker, what it printed or raised is dropped.
"""

import contextlib
import dataclasses
import hashlib
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from pushmark_graders import __version__, temporary
from pushmark_graders.checks.hidden import HiddenSet
from pushmark_graders.errors import LabError
from pushmark_graders.grading import (
    halves,
    metrics,
    repeats,
    scoring,
    seeds,
    session,
    sources,
    telling,
    tiers,
    training,
)
from pushmark_graders.grading.catalogue import Check
from pushmark_graders.grading.claims import Claims
from pushmark_graders.grading.effort import Effort, Meter
from pushmark_graders.grading.halves import Halves
from pushmark_graders.grading.hidden_sets import HiddenSets
from pushmark_graders.grading.laps import Laps
from pushmark_graders.grading.metrics import Measured
from pushmark_graders.grading.repeats import Verdicts
from pushmark_graders.grading.session import Outcome, Plan
from pushmark_graders.grading.stages import Stages
from pushmark_graders.grading.tiers import Tier
from pushmark_graders.lab.metric_spec import MetricSpec
from pushmark_graders.lab.spec import SUITE, LabSpec, LimitsSpec
from pushmark_graders.report.final import Final, FinalMetric
from pushmark_graders.report.model import (
    BudgetResult,
    Environment,
    Integrity,
    LabRef,
    MetricResult,
    Report,
    SubmissionRef,
    Timing,
    TrainingResult,
)
from pushmark_graders.submission import intake, submitted
from pushmark_graders.submission.halt import Halt
from pushmark_graders.submission.proxy import Connection, OwnConnection
from pushmark_graders.submission.submitted import SubmittedFiles
from pushmark_graders.worker import selftest
from pushmark_graders.worker.layers import LAYERS, WHERE_THE_HOST_HAS_THEM, Layer
from pushmark_graders.worker.policy import Policy
from pushmark_graders.worker.pool import Pool
from pushmark_graders.worker.surroundings import runtime_folders

PRACTICE_SEED = "practice"
_LISTED = 20


@dataclass(frozen=True, kw_only=True)
class Job:
    """One attempt at `tier`. `base` is the lab's template, `data` its raw tables; `wanted` narrows the
    checks, `first` are those to begin with, and `halt` lets another thread end the attempt (`Halted`).
    `repeats` and `more_seeds` are for proving a lab: see `Result`.

    Workers come from `pool`, or from one of this attempt's own; without `warm` each is started anew. Attempts at
    one lab may share `hidden`. With `stages`, results of earlier attempts are reused and this one's are kept.
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


def grade(job: Job) -> Result:
    """Grade `job.submission` against `job.spec`.

    Raises LabError or CouldNotGrade when there is nothing to report on; whatever the submission does is
    in the report.
    """
    with opened(job) as grading:
        return grading.run(job.tier)


@contextlib.contextmanager
def opened(job: Job) -> Iterator["Grading"]:
    """Take the submission in, for one tier or for the fast and then the full one. Raises as `grade` does."""
    _check_place(job)
    laps = Laps()
    with contextlib.ExitStack() as ending:
        if job.warm and job.pool is None:
            job = dataclasses.replace(job, pool=ending.enter_context(Pool(job.spec.submission.preload)))
        if job.pool is not None:
            job.pool.start()
        meter = Meter(job.pool)
        parent = ending.enter_context(temporary.folder())
        parent.chmod(0o711)  # a worker without a mount namespace must reach its folder, and only that
        folder = parent / "submission"
        folder.mkdir()
        taken = intake.take(job.spec.submission, job.base, job.submission, folder)
        files = submitted.take_down(folder, taken.editable)  # before training can write into the folder
        _place_data(job, folder)
        yield Grading(job, folder, files, taken.integrity, laps, meter)


def _check_place(job: Job) -> None:
    """Refuse a lab that lies inside Python's own folders: every worker can read these."""
    for folder in (*runtime_folders(), "/usr"):
        if job.tier != "practice" and job.spec.root.is_relative_to(folder):
            raise LabError(
                [f"{job.spec.root}: this lab is inside {folder}, which learner code can read"],
                "move the lab, or install Pushmark into an environment in another folder",
            )


def _weaknesses(layers: list[Layer]) -> list[str]:
    missing = [layer for layer in LAYERS if layer not in layers and layer not in WHERE_THE_HOST_HAS_THEM]
    return [f"graded in a weak sandbox, without: {', '.join(missing)}"] if layers and missing else []


class Grading:
    """A submission that was taken in: graded once, or at the fast tier and then at the full one.

    Workers have copies of the folder, so only training changes it. Where a lab trains nothing, the full tier asks the
    same questions of the same files, and takes over what the fast one found; where it trains, it asks them again.
    """

    def __init__(
        self, job: Job, folder: Path, files: SubmittedFiles, integrity: Integrity, laps: Laps, meter: Meter
    ) -> None:
        self._job = job
        self._folder = folder
        self._files = files
        self._integrity = integrity
        self._laps = laps
        self._meter = meter
        self._fast: tuple[session.Session, list[Layer]] | None = None

    def run(self, tier: Tier) -> Result:
        """Grade at `tier`; the full one comes last. Raises as `grade` does."""
        job, folder, laps = dataclasses.replace(self._job, tier=tier), self._folder, self._laps
        rows = (
            job.hidden.of(job.spec, job.seed) if job.full and job.spec.metrics else None
        )  # first: a faulty lab trains nobody
        selftest.prove(job.policy, job.pool)
        laps.end("intake")
        trained, claims, rewritten = _train(job, folder)
        laps.end("training")
        run, layers = self._run_checks(job, claims)
        laps.end("checks", hidden=job.full)
        measured = _measure(job, folder, trained, claims, run.outcomes, rows) if rows is not None else []
        laps.end("metrics", hidden=job.full)
        told = [one.told for one in measured]
        flags = [*self._integrity.flags, *rewritten[:_LISTED], *_flags(told), *_weaknesses(layers)]
        timing = laps.timing(warm=job.pool is not None and job.pool.served_all)
        report = _report(job, run, trained, told, replace(self._integrity, flags=flags), layers, timing)
        final = Final(lab=report.lab, submission=report.submission, metrics=[one.final for one in measured])
        result = Result(report, run.evidence, final, effort=self._meter.read())
        return self._prove(job, result, (run.outcomes, measured), trained, claims) if job.full else result

    def _prove(
        self, job: Job, result: Result, first: repeats.Judged, trained: TrainingResult | None, claims: Claims | None
    ) -> Result:
        """The result with what a proof of the lab asks for beside it: the same again, and other courses' seeds."""

        def measure(one: Job, outcomes: Mapping[str, Outcome]) -> list[Measured]:
            if not one.spec.metrics:
                return []
            return _measure(one, self._folder, trained, claims, outcomes, one.hidden.of(one.spec, one.seed))

        def judge_again() -> repeats.Judged:
            again, _ = _run_checks(job, self._folder, self._files, claims, {})
            return again.outcomes, measure(job, again.outcomes)

        return dataclasses.replace(
            result,
            repeats=repeats.repeat(first, judge_again, job.repeats) if job.repeats else [],
            more_seeds=[
                [one.final for one in measure(dataclasses.replace(job, seed=course), first[0])]
                for course in job.more_seeds
            ],
        )

    def _run_checks(self, job: Job, claims: Claims | None) -> tuple[session.Session, list[Layer]]:
        """The outcomes of the checks, and the layers that the workers had."""
        before = self._fast if job.full and job.spec.training is None else None
        run, layers = _run_checks(job, self._folder, self._files, claims, before[0].outcomes if before else {})
        if before:
            run.evidence["fast"] = before[0].evidence
            layers = layers or before[1]
        if job.tier == "fast":
            self._fast = run, layers
        return run, layers


def _run_checks(
    job: Job, folder: Path, files: SubmittedFiles, claims: Claims | None, known: dict[str, Outcome]
) -> tuple[session.Session, list[Layer]]:
    policy, source = worker_policy(job), job.spec.submission.source
    public = Connection(policy, folder, source=source, pool=job.pool, halt=job.halt)
    hidden = Connection(policy, folder, source=source, pool=job.pool, halt=job.halt)
    metered = Connection(policy, folder, source=source, pool=job.pool, halt=job.halt, alone=True)
    try:
        public.prepare()
        run = session.run(
            Plan(
                spec=job.spec,
                data=job.data,
                seed=job.seed,
                public=public,
                hidden=hidden if job.full else None,
                metered=metered,
                starter=(lambda: _starter(job, folder.with_name("starter"))) if _has_starter(job) else None,
                training=claims,
                files=files,
                wanted=lambda check: job.wanted(check) and _possible(job, check),
                first=job.first,
                known=known,
                listed=lambda checks: job.on_list([check for check in checks if _expected(job, check)]),
                progress=job.on_check,
                phase=job.on_phase,
            )
        )
    finally:
        for connection in (public, metered, hidden):
            connection.end()
    return run, public.layers or hidden.layers


def _has_starter(job: Job) -> bool:
    """Whether the lab's template is kept apart from the submission: a learner's edition of a lab is in one folder."""
    return job.base.resolve() != job.submission.resolve()


def _starter(job: Job, folder: Path) -> Connection:
    """To the lab's template as learners got it, with its data, in workers that can be metered."""
    if not folder.exists():  # a repeat finds it as it was: workers have copies
        shutil.copytree(job.base, folder, ignore=shutil.ignore_patterns(".dvcstore", ".git"))
        _place_data(job, folder)
    return OwnConnection(worker_policy(job), folder, source=job.spec.submission.source, pool=job.pool, alone=True)


def _report(
    job: Job,
    run: session.Session,
    trained: TrainingResult | None,
    measured: list[MetricResult],
    integrity: Integrity,
    layers: list[Layer],
    timing: Timing,
) -> Report:
    expected = [check for check in run.checks if _expected(job, check)]
    tasks = scoring.score_tasks(job.spec.tasks, expected, run.outcomes)
    ungraded = scoring.is_ungraded(tasks, measured)
    return Report(
        lab=LabRef(slug=job.spec.slug, version=job.spec.version, title=job.spec.title),
        submission=job.reference,
        tier=job.tier,
        later=tiers.later(job.spec, run.checks) if job.tier == "fast" else None,
        status="ungraded" if ungraded else "graded",
        message=_fault(run) if ungraded else "",
        score=scoring.total(tasks, measured),
        tasks=tasks,
        metrics=measured,
        budgets=_budgets(run, expected),
        training=trained,
        integrity=integrity,
        environment=Environment(
            grader=__version__,
            python=platform.python_version(),
            policy=job.policy.name,
            layers=list(layers),
            data_hash=hash_folder(job.data),
        ),
        timing=timing,
    )


def _budgets(run: session.Session, expected: list[Check]) -> list[BudgetResult]:
    ids = {check.id for check in expected}
    return [budget for budget in run.budgets if budget.check in ids]


def _fault(run: session.Session) -> str:
    """Which of our parts failed, for the author who mends it; nothing here is about the learner's code."""
    broke = {name: outcome for name, outcome in run.outcomes.items() if outcome.state == "ungraded"}
    hidden = {check.id for check in run.checks if check.hidden}
    told = [f"  {name}: {'a hidden check broke' if name in hidden else one.message}" for name, one in broke.items()]
    return "\n".join(["Our side failed, so this attempt does not count.", *told])


def _expected(job: Job, check: Check) -> bool:
    """Which checks this attempt is scored on: all of them in a full grading, the chosen ones in practice."""
    if job.full:
        return True
    return not check.hidden and _possible(job, check) and job.wanted(check)


def _possible(job: Job, check: Check) -> bool:
    """Whether there is what the check looks at. A learner's edition of a lab has nothing to run their tests on, and
    no starter to compare with."""
    if job.tier == "fast":
        return tiers.is_fast(check)
    suite = job.full or (job.spec.root / SUITE).is_dir()
    return (job.train or not check.trains) and (suite or not check.suite) and (_has_starter(job) or not check.starter)


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


def _place_data(job: Job, folder: Path) -> None:
    """Give the submission the lab's raw tables, whatever it brought in their place."""
    if job.spec.data is None or not job.data.is_dir():
        return
    target = folder / job.spec.data.path
    target.mkdir(parents=True, exist_ok=True)
    for table in sorted(job.data.iterdir()):
        if table.is_file():
            (target / table.name).write_bytes(table.read_bytes())


def _train(job: Job, folder: Path) -> tuple[TrainingResult | None, Claims | None, list[str]]:
    """The result of training, its claims, and what it made of the submitted sources, which are put back."""
    if job.spec.training is None:
        return None, None, []
    if not job.trains:
        asked = "The fast tier does not train." if job.train else "Training was not asked for."
        return TrainingResult(state="skipped", message=asked), None, []
    job.on_phase("training")
    submitted = sources.snapshot(folder)
    trained, claims = training.train(
        job.spec.training,
        worker_policy(job),
        folder,
        lambda name: job.on_phase(f"training: {name}"),
        job.pool,
        job.reference.commit,
        training.Reuse(stages=job.stages, source=job.spec.submission.source) if job.stages is not None else None,
    )
    return trained, claims, sources.put_back(folder, submitted)


def _measure(
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
    connection = Connection(policy, folder, source=job.spec.submission.source, pool=job.pool)
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


def _flags(measured: list[MetricResult]) -> list[str]:
    return [
        f"{metric.title}: the run claims {metric.claimed:.3f}, the measurement is {metric.measured:.3f}"
        for metric in measured
        if metric.honest is False and metric.claimed is not None and metric.measured is not None
    ]


def hash_folder(folder: Path) -> str:
    """A short hash of every table's name and bytes, so that a report says which data it was graded on.

    What DVC and git keep beside the tables does not count: a learner's clone and the grader agree.
    """
    if not folder.is_dir():
        return ""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".dvc" and not path.name.startswith("."):
            digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
