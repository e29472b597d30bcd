"""The lab's own statements: points, names, hints, data, and what it takes from lab 2."""

import re
from pathlib import Path

import pandas as pd
import pytest
from pushmark_graders.grading import session
from pushmark_graders.grading.catalogue import Check
from pushmark_graders.lab.spec import LabSpec, load_lab
from pushmark_graders.lab.variants import variants


@pytest.fixture(scope="module")
def spec(lab: Path) -> LabSpec:
    return load_lab(lab)


@pytest.fixture(scope="module")
def checks(spec: LabSpec, data_folder: Path) -> list[Check]:
    return session.run(session.Plan(spec=spec, data=data_folder, seed="1")).checks


def test_the_lab_is_worth_100_points(spec: LabSpec, checks: list[Check]) -> None:
    assert sum(check.points for check in checks) == 60
    assert sum(metric.points for metric in spec.metrics) == 40


def test_the_readme_tells_the_points_of_every_task(spec: LabSpec, checks: list[Check], lab: Path) -> None:
    readme = (lab / "README.md").read_text(encoding="utf-8")
    for task in spec.tasks:
        points = sum(check.points for check in checks if check.task == task.number)
        assert f"| {task.number}. {task.title} | {points:g} |" in readme
        assert f"## Task {task.number}. {task.title}\n" in readme


def test_the_readme_tells_the_bounds_of_every_metric(spec: LabSpec, lab: Path) -> None:
    readme = (lab / "README.md").read_text(encoding="utf-8")
    for metric in spec.metrics:
        assert f"| {metric.points:g} | {metric.baseline:.2f} | {metric.target:.2f} |" in readme


def test_every_check_and_metric_is_lost_by_a_mutant(spec: LabSpec, checks: list[Check]) -> None:
    names = {check.id for check in checks} | {metric.name for metric in spec.metrics}
    lost = [set(variant.loses) for variant in variants(spec) if variant.kind == "mutant"]
    assert set.union(*lost) == names
    assert len(lost) >= 9


def test_every_task_has_three_hints_and_every_check_one(spec: LabSpec, checks: list[Check], lab: Path) -> None:
    sections = re.split(r"^## ", (lab / "hints.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    titles = {section.splitlines()[0]: len(re.findall(r"^\d\. ", section, flags=re.MULTILINE)) for section in sections}
    for task in spec.tasks:
        assert titles[f"Task {task.number}. {task.title}"] == 3
    assert all(check.hint and check.title.endswith(".") for check in checks)


@pytest.mark.parametrize("name", ["clock", "features", "state"])
def test_the_given_code_is_what_lab_2_ends_with(lab: Path, name: str) -> None:
    before = lab.parent / "gatecast-2-features"
    solved = before / "solution" / "src" / "gatecast" / f"{name}.py"
    source = solved if solved.exists() else before / "starter" / "src" / "gatecast" / f"{name}.py"
    given = (lab / "starter" / "src" / "checkpoint" / f"{name}.py").read_text(encoding="utf-8")
    assert words(given) == words(source.read_text(encoding="utf-8").replace("from gatecast ", "from checkpoint "))


def words(source: str) -> list[str]:
    return source.split()


def test_the_table_is_small_has_no_hidden_month_and_is_the_same_every_time(data_folder: Path) -> None:
    file = data_folder / "examples.parquet"
    assert file.stat().st_size < 1_000_000
    table = pd.read_parquet(file)
    assert table["month"].max() == 10
    assert table["flight_id"].is_monotonic_increasing
