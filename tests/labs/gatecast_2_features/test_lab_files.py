"""The lab's own statements: points, names, hints, data, demo."""

import hashlib
import re
import runpy
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
def checks(spec: LabSpec, data_folder: Path) -> list[Check]:
    return session.run(session.Plan(spec=spec, data=data_folder, seed="1")).checks


def test_the_lab_is_worth_100_points(spec: LabSpec, checks: list[Check]) -> None:
    assert sum(check.points for check in checks) == 70
    assert sum(metric.points + metric.honesty_points for metric in spec.metrics) == 30


def test_the_readme_tells_the_points_of_every_task(spec: LabSpec, checks: list[Check], lab: Path) -> None:
    readme = (lab / "README.md").read_text(encoding="utf-8")
    for task in spec.tasks:
        points = sum(check.points for check in checks if check.task == task.number)
        assert f"| {task.number}. {task.title} | {points:g} |" in readme
        assert f"## Task {task.number}. {task.title}\n" in readme


def test_mutants_and_needs_name_checks_that_exist(spec: LabSpec, checks: list[Check]) -> None:
    names = {check.id for check in checks} | {metric.name for metric in spec.metrics}
    for variant in variants(spec):
        assert set(variant.loses) <= names, variant.name
    assert {need for metric in spec.metrics for need in metric.needs} <= names


def test_there_are_at_least_eight_mutants_and_four_honest_solutions(spec: LabSpec) -> None:
    kinds = [variant.kind for variant in variants(spec)]
    assert kinds.count("mutant") >= 8
    assert kinds.count("honest") >= 4


def test_every_task_has_three_hints(spec: LabSpec, lab: Path) -> None:
    sections = re.split(r"^## ", (lab / "hints.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    titles = {section.splitlines()[0]: len(re.findall(r"^\d\. ", section, flags=re.MULTILINE)) for section in sections}
    for task in spec.tasks:
        assert titles[f"Task {task.number}. {task.title}"] == 3


def test_every_check_has_a_hint_and_a_sentence(checks: list[Check]) -> None:
    assert all(check.hint and check.title.endswith(".") for check in checks)


def test_the_data_are_the_same_bytes_every_time(lab: Path, data_folder: Path, tmp_path: Path) -> None:
    runpy.run_path(str(lab / "data.py"))["write"](tmp_path)
    for path in sorted(data_folder.iterdir()):
        assert digest(path) == digest(tmp_path / path.name)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_demo_pushes_the_starter_a_part_a_leak_and_the_solution(lab: Path) -> None:
    steps = tomllib.loads((lab / "demo" / "demo.toml").read_text(encoding="utf-8"))["steps"]
    assert [step["layers"] for step in steps] == [[], ["demo/partial"], ["solution", "demo/leaking"], ["solution"]]
    assert all((lab / layer).is_dir() for step in steps for layer in step["layers"])


def test_every_stage_of_the_pipeline_runs_on_one_thread(lab: Path) -> None:
    commands = re.findall(r"cmd: (.*)", (lab / "starter" / "dvc.yaml").read_text(encoding="utf-8"))
    assert len(commands) == 4
    assert all(command.startswith("OMP_NUM_THREADS=1 python src/") for command in commands)
