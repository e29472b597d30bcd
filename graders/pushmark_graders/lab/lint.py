"""Proves a lab before anyone meets it.

The solution earns everything, the starter next to nothing, differently written honest solutions earn
what the solution earns, every mutant loses exactly what it names, all of them on both halves of the
hidden rows, and nothing hidden is in the built template. Each submission is graded by the real command
line in a process of its own.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from msgspec.structs import replace

from pushmark_graders import process
from pushmark_graders.errors import LabError
from pushmark_graders.grading import scoring
from pushmark_graders.lab.build import Rendered, rendered
from pushmark_graders.lab.public import is_hidden
from pushmark_graders.lab.spec import LabSpec
from pushmark_graders.lab.variants import Variant, materialise, variants
from pushmark_graders.report import final, schema
from pushmark_graders.report.final import Final
from pushmark_graders.report.model import Report

STARTER_AT_MOST = 0.10
NEEDED_FILES = ("README.md", "hints.md", "design.md", "starter", "checks", "solution")
MINUTES_PER_GRADING = 15


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one proof of the lab gave; `problems` is empty when it holds."""

    name: str
    problems: list[str] = []
    points: float | None = None
    max: float | None = None
    seconds: float = 0.0


def lint(
    spec: LabSpec, *, jobs: int = 0, only: str = "", on_verdict: Callable[[Verdict], None] = lambda _verdict: None
) -> list[Verdict]:
    """Run every proof, `jobs` gradings at a time (0: one per core).

    `only` narrows the graded submissions to names that contain it. Raises LabError when the lab cannot
    be read or built at all.
    """
    chosen = [variant for variant in variants(spec) if only in variant.name]
    if not chosen:
        raise LabError([f"no submission of {spec.slug} is called {only!r}"], "see solution/, honest/ and mutants/")
    base = rendered(spec)
    verdicts = [_announce(one, on_verdict) for one in (_lint_files(spec), _lint_template(spec, base))]
    with tempfile.TemporaryDirectory(prefix="pushmark-lint-") as scratch, ThreadPoolExecutor(_workers(jobs)) as pool:

        def prove(variant: Variant) -> Verdict:
            return _lint_variant(spec, base, variant, Path(scratch))

        verdicts.extend(_announce(verdict, on_verdict) for verdict in pool.map(prove, chosen))
    return verdicts


def _workers(jobs: int) -> int:
    return jobs or os.cpu_count() or 1


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
    solved = [path for folder in ("solution", "mutants", "honest") for path in (spec.root / folder).rglob("*.py")]
    return [*checks, *spec.root.glob("hidden.py"), *solved]


def _telling_lines(path: Path) -> set[str]:
    """Lines long enough to say something; imports and short lines are everywhere."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return set()
    lines = (line.strip() for line in text.splitlines())
    return {line for line in lines if len(line) >= 40 and not line.startswith(("import ", "from ", "#", '"""'))}


def _lint_variant(spec: LabSpec, base: Rendered, variant: Variant, scratch: Path) -> Verdict:
    folder = materialise(variant.layers, base.template, scratch / variant.name)
    report_file = scratch / f"{variant.name.replace('/', '-')}.json"
    final_file = report_file.with_suffix(".final.json")
    command = Path(sys.executable).with_name("pushmark")
    process.run(
        [command, "grade", spec.root, folder, "--quiet", "--json", "--out", report_file, "--final", final_file],
        timeout=MINUTES_PER_GRADING * 60,
        check=False,
    )
    if not report_file.is_file() or not final_file.is_file():
        return Verdict(name=variant.name, problems=["it could not be graded; run `pushmark grade` on it to see why"])
    report = schema.load(report_file)
    problems = judge_both_halves(variant, report, final.load(final_file))
    return Verdict(
        name=variant.name,
        problems=problems,
        points=report.score.points,
        max=report.score.max,
        seconds=report.timing.total,
    )


def judge_both_halves(variant: Variant, report: Report, staff: Final) -> list[str]:
    """Compare what it earned on each half of the hidden rows: the thresholds must hold on both."""
    told = judge(variant, report)
    metrics = [metric.final for metric in staff.metrics]
    unseen = judge(variant, replace(report, metrics=metrics, score=scoring.total(report.tasks, metrics)))
    return told + [f"on the final half, {problem}" for problem in unseen if problem not in told]


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
