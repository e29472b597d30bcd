"""Grades one attempt from intake to report.

Order matters: training and public checks first, hidden inputs last, each phase in workers of its own.
Once hidden inputs entered a worker, what it printed or raised is dropped.
"""

import contextlib
import dataclasses
import platform
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec.structs import replace

from pushmark_graders import __version__, temporary
from pushmark_graders.errors import LabError
from pushmark_graders.grading import measuring, raw_tables, repeats, scoring, session, sources, tiers, training
from pushmark_graders.grading.catalogue import Check
from pushmark_graders.grading.claims import Claims
from pushmark_graders.grading.effort import Meter
from pushmark_graders.grading.job import Job, Result, worker_policy
from pushmark_graders.grading.laps import Laps
from pushmark_graders.grading.metrics import Measured
from pushmark_graders.grading.parts import PublicPart
from pushmark_graders.grading.session import Outcome, Plan
from pushmark_graders.grading.tiers import Tier
from pushmark_graders.lab.spec import SUITE
from pushmark_graders.report.final import Final
from pushmark_graders.report.model import (
    BudgetResult,
    Environment,
    Integrity,
    LabRef,
    MetricResult,
    Report,
    Timing,
    TrainingResult,
)
from pushmark_graders.submission import intake, submitted
from pushmark_graders.submission.proxy import Connection, OwnConnection
from pushmark_graders.submission.submitted import SubmittedFiles
from pushmark_graders.worker import selftest
from pushmark_graders.worker.layers import LAYERS, WHERE_THE_HOST_HAS_THEM, Layer
from pushmark_graders.worker.pool import Pool
from pushmark_graders.worker.surroundings import runtime_folders

_LISTED = 20


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
        raw_tables.place(job.spec, job.data, folder)
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

    @property
    def folder(self) -> Path:
        """The submission as it was taken in, and what training left."""
        return self._folder

    def run(self, tier: Tier) -> Result:
        """Grade at `tier`; the full one comes last. Raises as `grade` does."""
        job, folder, laps = dataclasses.replace(self._job, tier=tier), self._folder, self._laps
        if job.full and job.spec.metrics:
            job.hidden.of(job.spec, job.seed)  # first: a faulty lab trains nobody
        selftest.prove(job.policy, job.pool)
        laps.end("intake")
        trained, claims, rewritten = _train(job, folder)
        laps.end("training")
        run, layers = self._run_checks(job, claims)
        laps.end("checks", hidden=job.full)
        result, measured = self._finish(job, run, layers, trained, claims, rewritten)
        return self._prove(job, result, (run.outcomes, measured), trained, claims) if job.full else result

    def public_part(self) -> PublicPart:
        """Train, and run the public checks alone, whatever the tier is: for a machine that holds nothing hidden."""
        job, laps = dataclasses.replace(self._job, tier="practice"), self._laps
        selftest.prove(job.policy, job.pool)
        laps.end("intake")
        trained, claims, rewritten = _train(job, self._folder)
        laps.end("training")
        run, layers = _run_checks(job, self._folder, self._files, claims, {})
        laps.end("checks")
        return PublicPart(
            grader=__version__,
            outcomes=run.outcomes,
            budgets=run.budgets,
            trained=trained,
            claims=claims,
            rewritten=rewritten,
            layers=layers,
            timing=laps.timing(warm=job.pool is not None and job.pool.served_all),
        )

    def score(self, part: PublicPart) -> Result:
        """The whole result from a public part, with what `job.connect` gives for the rest: no worker starts here."""
        job = dataclasses.replace(self._job, tier="full")
        checks = session.run(Plan(spec=job.spec, data=job.data, seed=job.seed)).checks
        public = {check.id for check in checks if not check.hidden}
        hidden = job.connect("checks")(worker_policy(job), self._folder, source=job.spec.submission.source)
        run = session.run(
            Plan(
                spec=job.spec,
                data=job.data,
                seed=job.seed,
                hidden=hidden,
                training=part.claims,
                files=self._files,
                known={name: outcome for name, outcome in part.outcomes.items() if name in public},
            )
        )
        run.budgets = [budget for budget in part.budgets if budget.check in public]
        result, _ = self._finish(job, run, part.layers, part.trained, part.claims, part.rewritten)
        return dataclasses.replace(result, report=replace(result.report, timing=part.timing))

    def _finish(
        self,
        job: Job,
        run: session.Session,
        layers: list[Layer],
        trained: TrainingResult | None,
        claims: Claims | None,
        rewritten: list[str],
    ) -> tuple[Result, list[Measured]]:
        """Measure the metrics, and put the report together."""
        folder, laps = self._folder, self._laps
        rows = job.hidden.of(job.spec, job.seed) if job.full and job.spec.metrics else None
        measured = measuring.measure(job, folder, trained, claims, run.outcomes, rows) if rows is not None else []
        laps.end("metrics", hidden=job.full)
        told = [one.told for one in measured]
        flags = [*self._integrity.flags, *rewritten[:_LISTED], *_flags(told), *_weaknesses(layers)]
        timing = laps.timing(warm=job.pool is not None and job.pool.served_all)
        report = _report(job, run, trained, told, replace(self._integrity, flags=flags), layers, timing)
        final = Final(lab=report.lab, submission=report.submission, metrics=[one.final for one in measured])
        return Result(report, run.evidence, final, effort=self._meter.read()), measured

    def _prove(
        self, job: Job, result: Result, first: repeats.Judged, trained: TrainingResult | None, claims: Claims | None
    ) -> Result:
        """The result with what a proof of the lab asks for beside it: the same again, and other courses' seeds."""

        def measure(one: Job, outcomes: Mapping[str, Outcome]) -> list[Measured]:
            if not one.spec.metrics:
                return []
            return measuring.measure(one, self._folder, trained, claims, outcomes, one.hidden.of(one.spec, one.seed))

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
    hidden = job.connect("checks")(policy, folder, source=source, pool=job.pool, halt=job.halt)
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
        raw_tables.place(job.spec, job.data, folder)
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
            data_hash=raw_tables.hash_folder(job.data),
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


def _flags(measured: list[MetricResult]) -> list[str]:
    return [
        f"{metric.title}: the run claims {metric.claimed:.3f}, the measurement is {metric.measured:.3f}"
        for metric in measured
        if metric.honest is False and metric.claimed is not None and metric.measured is not None
    ]
