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


def test_the_lab_is_worth_100_points(checks: list[Check]) -> None:
    assert sum(check.points for check in checks) == 100
    assert len(checks) == 18


def test_every_hidden_check_waits_for_the_account_of_rows(checks: list[Check]) -> None:
    gate = "fresh-drops-reconcile"
    waiting = {check.id: set(check.needs) for check in checks if check.hidden and check.id != gate}
    direct = {name for name, needs in waiting.items() if gate in needs}
    assert all(name in direct or needs & direct for name, needs in waiting.items())


def test_the_readme_tells_the_points_of_every_task(spec: LabSpec, checks: list[Check], lab: Path) -> None:
    readme = (lab / "README.md").read_text(encoding="utf-8")
    for task in spec.tasks:
        points = sum(check.points for check in checks if check.task == task.number)
        assert f"| {task.number}. {task.title} | {points:g} |" in readme
        assert f"## Task {task.number}. {task.title}\n" in readme


def test_mutants_name_checks_that_exist_and_each_check_is_lost_by_one(spec: LabSpec, checks: list[Check]) -> None:
    names = {check.id for check in checks}
    lost = [set(variant.loses) for variant in variants(spec) if variant.kind == "mutant"]
    assert set.union(*lost) == names


def test_there_are_at_least_ten_mutants_and_three_honest_solutions(spec: LabSpec) -> None:
    kinds = [variant.kind for variant in variants(spec)]
    assert kinds.count("mutant") >= 10
    assert kinds.count("honest") >= 3


def test_every_task_has_three_hints(spec: LabSpec, lab: Path) -> None:
    sections = re.split(r"^## ", (lab / "hints.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    titles = {section.splitlines()[0]: len(re.findall(r"^\d\. ", section, flags=re.MULTILINE)) for section in sections}
    assert titles == {f"Task {task.number}. {task.title}": 3 for task in spec.tasks}


def test_every_check_has_a_hint_and_a_sentence(checks: list[Check]) -> None:
    assert all(check.hint and check.title.endswith(".") for check in checks)


def test_the_data_are_the_same_bytes_every_time_and_small(lab: Path, data_folder: Path, tmp_path: Path) -> None:
    runpy.run_path(str(lab / "data.py"))["write"](tmp_path / "raw")
    files = [path for path in sorted(data_folder.rglob("*")) if path.is_file()]
    assert len(files) == 5 + 4 * 5
    for path in files:
        assert digest(path) == digest(tmp_path / "raw" / path.relative_to(data_folder))
    assert sum(path.stat().st_size for path in files) < 500_000


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_demo_pushes_the_starter_a_part_and_the_solution(lab: Path) -> None:
    steps = tomllib.loads((lab / "demo" / "demo.toml").read_text(encoding="utf-8"))["steps"]
    assert [step["layers"] for step in steps] == [[], ["demo/partial"], ["solution"]]
    for name in ("reading.py", "values.py"):
        part, whole = (lab / place / "src" / "gatecast_ingest" / name for place in ("demo/partial", "solution"))
        assert part.read_bytes() == whole.read_bytes()
