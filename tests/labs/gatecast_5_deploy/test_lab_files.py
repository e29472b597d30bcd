"""The lab's own statements: points, names, hints, demo."""

import tomllib
from pathlib import Path

import pytest
from pushmark_graders.grading import session
from pushmark_graders.grading.catalogue import Check
from pushmark_graders.lab.spec import LabSpec, load_lab
from pushmark_graders.lab.variants import variants


@pytest.fixture(scope="module")
def spec(lab: Path) -> LabSpec:
    return load_lab(lab)


@pytest.fixture(scope="module")
def checks(spec: LabSpec) -> list[Check]:
    return session.run(session.Plan(spec=spec, data=spec.root, seed="1")).checks


def test_the_lab_is_worth_100_points_and_the_readme_tells_those_of_every_task(
    spec: LabSpec, checks: list[Check], lab: Path
) -> None:
    readme = (lab / "README.md").read_text(encoding="utf-8")
    assert sum(check.points for check in checks) + sum(metric.points for metric in spec.metrics) == 100
    for task in spec.tasks:
        points = sum(check.points for check in checks if check.task == task.number)
        assert f"| {task.number}. {task.title} | {points:g} |" in readme
        assert f"## Task {task.number}. {task.title}\n" in readme


def test_mutants_and_needs_name_checks_that_exist(spec: LabSpec, checks: list[Check]) -> None:
    names = {check.id for check in checks} | {metric.name for metric in spec.metrics}
    for variant in variants(spec):
        assert set(variant.loses) <= names, variant.name
    assert {need for metric in spec.metrics for need in metric.needs} <= names


def test_there_are_eight_mutants_and_three_honest_solutions_or_more(spec: LabSpec) -> None:
    kinds = [variant.kind for variant in variants(spec)]
    assert kinds.count("mutant") >= 8
    assert kinds.count("honest") >= 3


def test_every_check_and_metric_has_a_hint_of_its_own(spec: LabSpec, checks: list[Check], lab: Path) -> None:
    hints = (lab / "hints.md").read_text(encoding="utf-8")
    assert all(check.hint and f"`{check.id}`" in hints for check in checks)
    assert all(metric.hint and f"`{metric.name}`" in hints for metric in spec.metrics)


def test_every_mutant_is_caught_and_every_scored_check_is_lost_by_one(spec: LabSpec, checks: list[Check]) -> None:
    lost = {name for variant in variants(spec) for name in variant.loses}
    assert {check.id for check in checks if check.points} - lost <= {"answers-a-question"}


def test_the_demo_lays_folders_that_are_there(lab: Path) -> None:
    steps = tomllib.loads((lab / "demo" / "demo.toml").read_text(encoding="utf-8"))["steps"]
    assert all((lab / layer).is_dir() for step in steps for layer in step["layers"])
    assert steps[-1]["layers"] == ["solution"]
