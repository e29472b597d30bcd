"""A report does not depend on how its workers came about: warm and cold ones differ in nothing but time."""

import dataclasses
from pathlib import Path

import pytest
from msgspec.structs import replace
from pushmark_graders.grading.grade import Job, grade
from pushmark_graders.lab.build import rendered
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.lab.variants import Variant, materialise, variants
from pushmark_graders.report.model import Report, Timing
from pushmark_graders.worker.policy import local
from pushmark_graders.worker.pool import Pool

TINY = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
SPEC = load_lab(TINY)


def timeless(report: Report) -> Report:
    tasks = [replace(task, checks=[replace(check, seconds=0.0) for check in task.checks]) for task in report.tasks]
    return replace(report, tasks=tasks, timing=Timing(total=0.0))


@pytest.mark.parametrize("variant", variants(SPEC), ids=lambda variant: str(variant.name))
def test_warm_and_cold_workers_give_the_same_report(variant: Variant, tmp_path: Path) -> None:
    base = rendered(SPEC)
    submission = materialise(variant.layers, base.template, tmp_path / "submission")
    job = Job(spec=SPEC, base=base.template, data=base.data, submission=submission, policy=local())
    with Pool(["numpy", "pandas"]) as pool:
        warm = grade(dataclasses.replace(job, pool=pool)).report
    cold = grade(dataclasses.replace(job, warm=False)).report
    assert (warm.timing.workers, cold.timing.workers) == ("warm", "cold")
    assert timeless(warm) == timeless(cold)
