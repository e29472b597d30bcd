"""Grades what a lab ships with warm and with cold workers and compares the reports: `python -m tests.labs.alike`.

By hand this is the whole grading, training included, some minutes a lab. `tests/labs/test_warm_workers.py` compares
the quick checks.
"""

import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import msgspec
from msgspec.structs import replace
from pushmark_graders.grading.catalogue import Check
from pushmark_graders.grading.grade import grade
from pushmark_graders.grading.job import Job
from pushmark_graders.lab.build import Rendered, rendered
from pushmark_graders.lab.spec import LabSpec, load_lab
from pushmark_graders.lab.variants import Variant, materialise, variants
from pushmark_graders.report.model import BudgetResult, CheckResult, Report, Timing, TrainingResult
from pushmark_graders.worker.policy import local
from pushmark_graders.worker.pool import Pool

LABS = Path(__file__).parents[2] / "labs"


def timeless(report: Report) -> Report:
    """The report without what differs from run to run: seconds, costs, names that MLflow draws, printed text."""
    costs = {budget.check for budget in report.budgets}
    tasks = [
        replace(task, checks=[_unmeasured(check, told=check.id not in costs) for check in task.checks])
        for task in report.tasks
    ]
    training = _timeless(report.training) if report.training is not None else None
    budgets = [BudgetResult(check=one.check, title=one.title, state=one.state, unit=one.unit) for one in report.budgets]
    return replace(report, tasks=tasks, budgets=budgets, training=training, timing=Timing(total=0.0))


def _unmeasured(check: CheckResult, *, told: bool) -> CheckResult:
    return replace(check, seconds=0.0, message=check.message if told else "")


def _timeless(training: TrainingResult) -> TrainingResult:
    runs = [replace(run, id="", name="", parent="nested" if run.parent else "", seconds=None) for run in training.runs]
    return replace(training, seconds=0.0, runs=runs, output="")


@dataclasses.dataclass(frozen=True)
class Both:
    """One submission graded with warm and with cold workers."""

    warm: Report
    cold: Report

    @property
    def differences(self) -> list[str]:
        """The parts of the reports that are not the same, time aside."""
        told = [] if (self.warm.timing.workers, self.cold.timing.workers) == ("warm", "cold") else ["kinds of workers"]
        mine, theirs = (msgspec.to_builtins(timeless(report)) for report in (self.warm, self.cold))
        return told + [f"{name}: {mine[name]} and {theirs[name]}" for name in mine if mine[name] != theirs[name]]


def both(
    spec: LabSpec,
    base: Rendered,
    variant: Variant,
    pool: Pool,
    *,
    whole: bool = True,
    wanted: Callable[[Check], bool] = lambda _check: True,
) -> Both:
    """Grade `variant` twice; without `whole` only the `wanted` public checks, and nothing is trained."""
    with TemporaryDirectory(prefix="pushmark-alike-") as folder:
        Path(folder).chmod(0o711)
        submission = materialise(variant.layers, base.template, Path(folder, "submission"))
        job = Job(
            spec=spec, base=base.template, data=base.data, submission=submission, policy=local(),
            tier="full" if whole else "practice", train=whole, wanted=wanted,
        )  # fmt: skip
        warm = grade(dataclasses.replace(job, pool=pool)).report
        return Both(warm, grade(dataclasses.replace(job, warm=False)).report)


@click.command("python -m tests.labs.alike")
@click.option("--only", default="", metavar="TEXT", help="Only the submissions whose name contains TEXT.")
def main(only: str) -> None:
    """Exit status 1 when a report of warm workers differs from that of cold ones in more than time."""
    good = True
    for path in sorted(LABS.glob("*/lab.toml")):
        spec = load_lab(path.parent)
        base = rendered(spec)
        with Pool(spec.submission.preload) as pool:
            for variant in variants(spec):
                if only in variant.name:
                    differences = both(spec, base, variant, pool).differences
                    good = good and not differences
                    click.echo(f"{spec.slug} {variant.name}: {'; '.join(differences) or 'the same'}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
