"""Proves a lab before anyone meets it.

The solution earns everything, the starter next to nothing, differently written honest solutions earn
what the solution earns, every mutant loses exactly what it names, all of them on both halves of the
hidden rows, and nothing hidden is in the built template. The submissions are graded as a cohort, each as
`pushmark grade` would. A proof that held is kept until the lab, the submission or what grades it changes.
"""

import contextlib
import hashlib
import os
import tempfile
from collections import deque
from collections.abc import Callable, Generator
from pathlib import Path

import msgspec
from msgspec.structs import replace
from pushmark_graders import cache, toolchain
from pushmark_graders.cohort.keys import Cohort
from pushmark_graders.cohort.regrade import Outcome, regrade
from pushmark_graders.cohort.reports import Reports
from pushmark_graders.cohort.sources import Submission
from pushmark_graders.errors import LabError
from pushmark_graders.grading import scoring
from pushmark_graders.grading.grade import PRACTICE_SEED
from pushmark_graders.lab.build import DEFAULT_SOURCE, Rendered, find_template, fingerprint, rendered
from pushmark_graders.lab.public import is_hidden
from pushmark_graders.lab.spec import SUITE, LabSpec
from pushmark_graders.lab.variants import APART, Variant, materialise, variants
from pushmark_graders.report import schema
from pushmark_graders.report.final import Final
from pushmark_graders.report.model import Report
from pushmark_graders.worker.policy import load

STARTER_AT_MOST = 0.10
NEEDED_FILES = ("README.md", "hints.md", "design.md", "starter", "checks", "solution")


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one proof of the lab gave; `problems` is empty when it holds, `kept` says that an earlier run proved it."""

    name: str
    problems: list[str] = []
    points: float | None = None
    max: float | None = None
    seconds: float = 0.0
    kept: bool = False


def lint(
    spec: LabSpec,
    *,
    jobs: int = 0,
    only: str = "",
    seed: str = PRACTICE_SEED,
    again: bool = False,
    on_verdict: Callable[[Verdict], None] = lambda _verdict: None,
) -> list[Verdict]:
    """Run every proof, `jobs` gradings at a time (0: one per core).

    `only` narrows the graded submissions to names that contain it; `again` takes nothing from an earlier run. Raises
    LabError when the lab cannot be read, built or graded at all.
    """
    chosen = [variant for variant in variants(spec) if only in variant.name]
    if not chosen:
        raise LabError([f"no submission of {spec.slug} is called {only!r}"], "see solution/, honest/ and mutants/")
    base = rendered(spec)
    verdicts = [_announce(one, on_verdict) for one in (_lint_files(spec), _lint_template(spec, base))]
    cohort = Cohort(spec=spec, base=base, policy=load("standard"), seed=seed, made_of=_made_of(spec))
    with contextlib.closing(_prove(cohort, chosen, jobs, again=again)) as proofs:
        verdicts.extend(_announce(verdict, on_verdict) for verdict in proofs)
    return verdicts


def _prove(cohort: Cohort, chosen: list[Variant], jobs: int, *, again: bool) -> Generator[Verdict, None, None]:
    """The verdict on each submission, in their order; a proof that held is kept until something of it changes."""
    named = {_label(variant): variant for variant in chosen}

    def holds(label: str, report: Report, final: Final) -> bool:
        return not judge_both_halves(named[label], report, final)

    ready: dict[str, Verdict] = {}
    waiting = deque(named)
    with tempfile.TemporaryDirectory(prefix="pushmark-lint-") as scratch:
        submissions = [
            Submission(label, materialise(variant.layers, cohort.base.template, Path(scratch, label)))
            for label, variant in named.items()
        ]
        reports = Reports(_kept(cohort.spec), counts=holds)
        with contextlib.closing(regrade(cohort, submissions, reports, graders=jobs, again=again)) as outcomes:
            for outcome in outcomes:
                ready[outcome.label] = _verdict(named[outcome.label], outcome)
                while waiting and waiting[0] in ready:
                    yield ready[waiting.popleft()]


def _kept(spec: LabSpec) -> Path:
    """Where the proofs of this lab folder are kept."""
    place = hashlib.blake2b(os.fsencode(spec.root), digest_size=8).hexdigest()
    return cache.folder() / "proofs" / f"{spec.slug[:60]}-{place}"


def _made_of(spec: LabSpec) -> str:
    """What a proof depends on beside its submission: all of the lab that grading may read, and what grades it."""
    content = fingerprint(spec, find_template(spec), DEFAULT_SOURCE, apart=APART)
    return f"{content} {toolchain.fingerprint()}"


def _label(variant: Variant) -> str:
    return variant.name.replace("/", "-")


def _announce(verdict: Verdict, on_verdict: Callable[[Verdict], None]) -> Verdict:
    on_verdict(verdict)
    return verdict


def _lint_files(spec: LabSpec) -> Verdict:
    missing = [f"{name} is missing" for name in NEEDED_FILES if not (spec.root / name).exists()]
    return Verdict(name="files", problems=missing)


def _lint_template(spec: LabSpec, base: Rendered) -> Verdict:
    """No hidden file, and no telling line that only hidden files have, is in what learners get."""
    public = {line for path in _public_files(spec) for line in _telling_lines(path)}
    secret = {
        line: str(path.relative_to(spec.root))
        for path in _hidden_files(spec)
        for line in _telling_lines(path)
        if line not in public
    }
    names = {path.name for path in _hidden_files(spec)} - {path.name for path in _public_files(spec)}
    problems = []
    for path in sorted(base.template.rglob("*")):
        where = path.relative_to(base.template)
        if path.name in names:
            problems.append(f"{where} is a hidden file")
        if path.is_file() and ".dvcstore" not in where.parts:
            leaks = {secret[line] for line in _telling_lines(path) if line in secret}
            problems.extend(f"{where} shows lines of {leak}" for leak in sorted(leaks))
    return Verdict(name="template hides what is hidden", problems=problems)


def _public_files(spec: LabSpec) -> list[Path]:
    checks = [path for path in (spec.root / "checks").rglob("*.py") if not is_hidden(path)]
    pages = [spec.root / "README.md", spec.root / "hints.md"]
    return [*(spec.root / "starter").rglob("*"), *checks, *pages]


def _hidden_files(spec: LabSpec) -> list[Path]:
    checks = [path for path in (spec.root / "checks").rglob("*.py") if is_hidden(path)]
    solved = [
        path for folder in ("solution", "mutants", "honest", SUITE) for path in (spec.root / folder).rglob("*.py")
    ]
    return [*checks, *spec.root.glob("hidden.py"), *solved]


def _telling_lines(path: Path) -> set[str]:
    """Lines long enough to say something; imports and short lines are everywhere."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return set()
    lines = (line.strip() for line in text.splitlines())
    return {line for line in lines if len(line) >= 40 and not line.startswith(("import ", "from ", "#", '"""'))}


def _verdict(variant: Variant, outcome: Outcome) -> Verdict:
    if outcome.report is None or outcome.final is None:
        return Verdict(name=variant.name, problems=[f"it could not be graded: {outcome.message}"])
    report = schema.load(outcome.report)
    return Verdict(
        name=variant.name,
        problems=judge_both_halves(variant, report, outcome.final),
        points=report.score.points,
        max=report.score.max,
        seconds=outcome.seconds or 0.0,
        kept=outcome.cached,
    )


def judge_both_halves(variant: Variant, report: Report, staff: Final) -> list[str]:
    """Compare what it earned on each half of the hidden rows: the thresholds must hold on both."""
    told = judge(variant, report)
    metrics = [metric.final for metric in staff.metrics]
    unseen = judge(variant, replace(report, metrics=metrics, score=scoring.total(report.tasks, metrics)))
    unseen = [f"on the final half, {problem}" for problem in unseen if problem not in told]
    return told + unseen + (too_fine(staff) if variant.kind in {"solution", "honest"} else [])


def too_fine(staff: Final) -> list[str]:
    """The metrics whose step is smaller than the noise of their skill: points would follow luck."""
    problems = []
    for metric in staff.metrics:
        halves = (metric.feedback_half, metric.final_half)
        noise = max((half.noise or 0.0 for half in halves if half is not None), default=0.0)
        step = metric.final.step
        if step is not None and noise > step:
            problems.append(
                f"{metric.name} has a step of {step:g}, and its skill a noise of {noise:.2g}: "
                "give more hidden rows, more repeats where training is random, or a step as large as the noise"
            )
    return problems


def judge(variant: Variant, report: Report) -> list[str]:
    """Compare what a submission of the lab earned with what it must earn."""
    if report.status == "ungraded":
        return [f"it is ungraded: {report.message}"]
    lost = lost_parts(report)
    if variant.kind == "starter":
        share = report.score.points / report.score.max if report.score.max else 0.0
        return [f"it earns {share:.0%}; at most {STARTER_AT_MOST:.0%} is right"] if share > STARTER_AT_MOST else []
    expected = set(variant.loses)
    problems = [f"it must lose {name}, and does not" for name in sorted(expected - lost.keys())]
    problems += [f"it loses {name} ({lost[name]})" for name in sorted(lost.keys() - expected)]
    return problems


def lost_parts(report: Report) -> dict[str, str]:
    """Check ids and metric names that did not earn all their points, with the reason."""
    checks = {
        check.id: f"{check.state}: {check.message.splitlines()[0]}" if check.message else check.state
        for task in report.tasks
        for check in task.checks
        if check.state != "passed"
    }
    metrics = {
        metric.name: f"{metric.points:g} of {metric.max:g}; measured {metric.measured}"
        for metric in report.metrics
        if metric.points < metric.max
    }
    return checks | metrics
