"""A whole grading: from a folder and a lab to the report."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from pushmark_graders.errors import CouldNotGrade, LabError
from pushmark_graders.grading.grade import grade
from pushmark_graders.grading.job import Job, Result
from pushmark_graders.grading.raw_tables import hash_folder
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.report.model import Report
from pushmark_graders.worker.layers import LAYERS
from pushmark_graders.worker.policy import local

GradeIt = Callable[..., Result]

TRAINED = """
[training]
stages = ["fit"]
seconds = 60

[[metrics]]
name = "error"
title = "Mean absolute error"
predict = "line:predict"
function = "mae"
points = 4
baseline = 1.0
target = 0.1
claim = "test.mae"
honesty_points = 2
tolerance = 0.05
needs = ["slope-is-positive"]
honesty_hint = "Measure on rows that the fit has not seen."
"""

CHECKS = {
    "checks/test_line.py": """
    from pushmark_graders.checks import expect, task

    @task(1, points=2)
    def test_slope_is_positive(submission):
        '''The slope is positive.'''
        expect.that(submission.module("line").slope() > 0, "The slope is not positive.")

    @task(2, points=1)
    def test_run_is_logged(training):
        '''The training run wrote its error down.'''
        expect.that(training.metric("test.mae") is not None, "metrics.json has no test.mae.")

    @task(2, points=1, needs=["run-is-logged"])
    def test_run_is_repeatable(submission):
        '''A check that waits for the run.'''
    """,
    "checks/test_hidden_line.py": """
    from pushmark_graders.checks import expect, task

    @task(1, points=3, hidden=True, hint="Think of zero.")
    def test_zero(submission, hidden, seed):
        '''Zero stays zero.'''
        expect.equal(submission.module("line").leave_a_note(hidden.rows(seed)), 0)
    """,
    "hidden.py": """
    import numpy as np
    from pushmark_graders.checks import HiddenSet

    def rows(seed):
        return np.random.default_rng(seed).random(50)

    def hidden_set(seed, lab):
        x = rows(seed)
        return HiddenSet(inputs={"x": x}, labels=3 * x)
    """,
    "dvc.yaml": """
    stages:
      fit:
        cmd: python fit.py
        deps: [fit.py]
        outs: [model.txt]
        metrics: [{metrics.json: {cache: false}}]
    """,
}

LINE = """
from pathlib import Path

def slope():
    print("looking at the slope")
    return 3

def predict(x):
    assert not Path("note").exists(), "an earlier worker left a note"
    return float(Path("model.txt").read_text()) * x

def leave_a_note(rows):
    Path("note").write_text(str(list(rows)))
    return 0
"""

FIT = """
import json
open("model.txt", "w").write("3.02")
json.dump({"test": {"mae": 0.01}}, open("metrics.json", "w"))
"""

SMALL = {
    "checks/test_a.py": """
    from pushmark_graders.checks import expect, task

    @task(1, points=2)
    def test_one(submission):
        '''One is one.'''
        expect.equal(submission.module("a").one(), 1)

    @task(2, points=1, needs=["one"])
    def test_two(submission):
        '''Two is two.'''
        expect.equal(submission.module("a").two(), 2)
    """
}
RIGHT = {"a.py": "def one():\n    return 1\ndef two():\n    return 2\n"}


@pytest.fixture(scope="module")
def grade_it(
    write_lab: Callable[..., Path], write: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> GradeIt:
    def go(lab: dict[str, str], submission: dict[str, str], *, more: str = "", **job: Any) -> Result:
        folder = write_lab(lab, more)
        base = write(tmp_path_factory.mktemp("base"), {"README.md": "read\n", "dvc.yaml": lab.get("dvc.yaml", "")})
        theirs = write(tmp_path_factory.mktemp("theirs"), {"README.md": "read\n", "dvc.yaml": lab.get("dvc.yaml", "")})
        write(theirs, submission)
        fields: dict[str, Any] = {"policy": local(), "data": folder / "data", "base": base, "seed": "course"} | job
        return grade(Job(spec=load_lab(folder), submission=theirs, **fields))

    return go


@pytest.fixture(scope="module")
def full(grade_it: GradeIt) -> tuple[Report, list[str]]:
    """An honest, almost perfect submission with training, hidden checks and a metric."""
    phases: list[str] = []
    result = grade_it(
        CHECKS,
        {"line.py": LINE, "fit.py": FIT, "conftest.py": "raise SystemExit", "notes.txt": "mine"},
        more=TRAINED,
        on_phase=phases.append,
        on_check=lambda check, outcome: phases.append(f"{check.id}: {outcome.state}"),
    )
    return result.report, phases


def states(report: Report) -> dict[str, str]:
    return {check.id: check.state for task in report.tasks for check in task.checks}


def test_a_full_grading_trains_then_asks_public_then_hidden_then_measures(full: tuple[Report, list[str]]) -> None:
    assert full[1] == [
        "training",
        "training: fit",
        "slope-is-positive: passed",
        "run-is-logged: passed",
        "run-is-repeatable: passed",
        "zero: passed",
        "measuring on hidden rows",
    ]


def test_the_score_is_the_sum_of_checks_and_metrics(full: tuple[Report, list[str]]) -> None:
    report, _ = full
    assert (report.status, report.tier) == ("graded", "full")
    assert (report.score.points, report.score.max) == (13.0, 13.0)
    assert report.message == ""


def test_a_metric_is_measured_by_the_grader_beside_its_claim(full: tuple[Report, list[str]]) -> None:
    metric = full[0].metrics[0]
    assert metric.state == "passed", metric.message
    assert metric.claimed == 0.01
    assert metric.measured is not None
    assert 0.005 < metric.measured < 0.02
    assert metric.honest is True


def test_the_report_says_what_was_put_back_left_out_and_in_force(full: tuple[Report, list[str]]) -> None:
    report, _ = full
    assert report.integrity.ignored == ["notes.txt"]
    assert report.integrity.overlaid == []
    assert report.environment.policy == "local"
    assert set(report.environment.layers) <= set(LAYERS)
    assert "no new privileges" in report.environment.layers
    assert report.training is not None
    assert report.training.state == "completed"
    assert report.timing.total >= report.timing.training > 0


def test_phases_in_which_learner_code_holds_hidden_inputs_are_timed_in_whole_seconds(
    full: tuple[Report, list[str]],
) -> None:
    timing = full[0].timing
    assert timing.checks == int(timing.checks) >= 1
    assert timing.metrics == int(timing.metrics) >= 1
    assert timing.total == pytest.approx(timing.intake + timing.training + timing.checks + timing.metrics)


def test_a_report_is_json_and_back(full: tuple[Report, list[str]]) -> None:
    assert msgspec.json.decode(msgspec.json.encode(full[0]), type=Report) == full[0]


def test_no_output_of_a_worker_that_saw_hidden_rows_is_in_the_report(full: tuple[Report, list[str]]) -> None:
    hidden = [check for task in full[0].tasks for check in task.checks if check.hidden]
    assert [(check.message, check.output, check.location) for check in hidden] == [("", "", None)]


def test_a_false_claim_is_flagged_and_a_metric_waits_for_its_checks(grade_it: GradeIt) -> None:
    negative = LINE.replace("return 3", "return -3")
    boast = FIT.replace("3.02", "2.0").replace("0.01", "0.0001")
    report = grade_it(CHECKS, {"line.py": negative, "fit.py": boast}, more=TRAINED).report
    metric = report.metrics[0]
    assert (metric.state, metric.points, metric.honest) == ("blocked", 0.0, False)
    assert metric.message == "No points yet: waits for slope-is-positive."
    said = [flag for flag in report.integrity.flags if "claims" in flag]
    assert len(said) == 1
    assert said[0].startswith("Mean absolute error: the run claims 0.000, the measurement is 0.")


def test_without_a_model_there_is_nothing_to_measure_and_checks_of_the_run_fail(grade_it: GradeIt) -> None:
    report = grade_it(CHECKS, {"line.py": LINE, "fit.py": "raise ValueError('diverged')"}, more=TRAINED).report
    assert report.status == "graded"
    assert report.training is not None
    assert report.training.state == "failed"
    assert "ValueError: diverged" in report.training.output
    assert report.metrics[0].state == "blocked"
    assert report.metrics[0].message == "Training did not complete, so there is no model to measure."
    assert states(report) == {
        "slope-is-positive": "passed", "zero": "passed", "run-is-logged": "failed", "run-is-repeatable": "blocked",
    }  # fmt: skip


def test_practice_asks_public_checks_only_and_leaves_out_what_waits_for_training(grade_it: GradeIt) -> None:
    lab = {name: text for name, text in CHECKS.items() if "hidden" not in name}
    report = grade_it(lab, {"line.py": LINE, "fit.py": FIT}, more=TRAINED, tier="practice", train=False).report
    assert report.tier == "practice"
    assert states(report) == {"slope-is-positive": "passed"}
    assert report.metrics == []
    assert report.training is not None
    assert report.training.state == "skipped"
    assert report.score.max == 2


TESTED = {
    "checks/test_suite.py": """
    from pushmark_graders.checks import expect, task

    @task(1, points=1)
    def test_one(submission):
        '''One is one.'''
        expect.equal(submission.module("a").one(), 1)

    @task(1, points=2)
    def test_tests_notice(suite):
        '''Your tests notice a fault.'''
        found = suite.mutants("tests", repeats=1)
        expect.that(found.killed == 1, found.message)

    @task(2, points=1, needs=["tests-notice"])
    def test_two(submission):
        '''A check that waits for the tests.'''
    """,
    "checks/test_hidden_suite.py": """
    from pushmark_graders.checks import expect, task

    @task(2, points=4, hidden=True, hint="Try more.")
    def test_tests_notice_more(suite):
        '''Your tests notice another fault.'''
        found = suite.mutants("tests", folder="suite/more", repeats=1)
        expect.that(found.killed == 1, found.message)
    """,
}
IMPLEMENTATIONS = {
    "suite/reference/a.py": "def one():\n    return 1\ndef two():\n    return 2\n",
    "suite/mutants/none/a.py": "def one():\n    return 0\ndef two():\n    return 2\n",
    "suite/more/swapped/a.py": "def one():\n    return 1\ndef two():\n    return 1\n",
    "suite/more/swapped/mutant.toml": 'hint = "Only for public checks."\n',
}
WITH_TESTS = {"a.py": RIGHT["a.py"], "tests/test_a.py": "import a\ndef test_one():\n    assert a.one() == 1\n"}


def test_a_learners_edition_of_a_lab_leaves_out_what_their_tests_are_worth(grade_it: GradeIt) -> None:
    public = {name: text for name, text in TESTED.items() if "hidden" not in name}
    report = grade_it(public, WITH_TESTS, tier="practice").report
    assert states(report) == {"one": "passed"}
    assert report.score.max == 1


def test_a_full_grading_tells_how_many_faults_tests_notice_and_not_how_long_they_took(grade_it: GradeIt) -> None:
    phases: list[str] = []
    report = grade_it({**TESTED, **IMPLEMENTATIONS}, WITH_TESTS, on_phase=phases.append).report
    assert states(report) == {"one": "passed", "tests-notice": "passed", "two": "passed", "tests-notice-more": "failed"}
    checks = {check.id: check for task in report.tasks for check in task.checks}
    assert checks["tests-notice"].seconds == checks["tests-notice-more"].seconds == 0.0
    assert (checks["tests-notice-more"].message, checks["tests-notice-more"].hint) == ("", "Try more.")
    assert phases[:2] == ["running the submission's tests, 1 of 3", "running the submission's tests, 2 of 3"]


def test_a_full_grading_without_what_tests_are_run_on_is_our_fault(grade_it: GradeIt) -> None:
    report = grade_it(TESTED, WITH_TESTS).report
    assert (report.status, states(report)["tests-notice"]) == ("ungraded", "ungraded")
    assert "suite/reference: no files in it" in report.message


def test_a_chosen_task_runs_what_it_waits_for_and_reports_only_itself(grade_it: GradeIt) -> None:
    report = grade_it(SMALL, RIGHT, tier="practice", wanted=lambda check: check.task == 2).report
    assert states(report) == {"two": "passed"}
    wrong = grade_it(
        SMALL, {"a.py": "def one():\n    return 2\n"}, tier="practice", wanted=lambda check: check.task == 2
    )
    assert states(wrong.report) == {"two": "blocked"}
    assert wrong.report.tasks[0].checks[0].waits_for == ["one"]


def test_a_check_that_breaks_by_itself_makes_the_attempt_ungraded(grade_it: GradeIt) -> None:
    broken = {
        "checks/test_a.py": SMALL["checks/test_a.py"].replace("expect.equal(submission", "expect.eqal(submission", 1)
    }
    report = grade_it(broken, RIGHT).report
    assert report.status == "ungraded"
    assert "this attempt does not count" in report.message
    assert states(report)["one"] == "ungraded"


READS_FILES = """
from pushmark_graders.checks import expect, task

@task({number}, points=1, hidden={hidden})
def test_files_{hidden}(files):
    '''The learner's files are there as they were submitted.'''
    expect.equal(files.names, ("a.py",))
    expect.equal(files.text("a.py"), "def one():\\n    return 1\\n")
"""


def test_public_and_hidden_checks_read_the_editable_files_as_submitted_whatever_training_makes_of_them(
    grade_it: GradeIt, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rewrite(_job: Job, folder: Path) -> tuple[None, None, list[str]]:
        (folder / "a.py").write_text("changed")
        (folder / "b.py").write_text("added")
        return None, None, []

    monkeypatch.setattr("pushmark_graders.grading.grade._train", rewrite)
    lab = {
        "checks/test_a.py": READS_FILES.format(number=1, hidden=False),
        "checks/test_hidden_a.py": READS_FILES.format(number=2, hidden=True),
    }
    report = grade_it(lab, {"a.py": "def one():\n    return 1\n", "notes.txt": "mine"}).report
    assert states(report) == {"files-False": "passed", "files-True": "passed"}, report.tasks


def test_the_evidence_is_apart_from_the_report(grade_it: GradeIt) -> None:
    result = grade_it(SMALL, RIGHT)
    assert [test["outcome"] for test in result.evidence["tests"]] == ["passed", "passed"]
    assert b"nodeid" not in msgspec.json.encode(result.report)


def test_repeats_of_a_metric_get_different_seeds_that_follow_from_the_course(grade_it: GradeIt) -> None:
    more = TRAINED[TRAINED.index("[[metrics]]") :].replace("points = 4", "points = 4\nrepeats = 9")
    more = more.replace('needs = ["slope-is-positive"]', "")
    line = "def predict(x, seed):\n    return 3 * x + seed % 1000 / 1000\n"
    lab = {**SMALL, "hidden.py": CHECKS["hidden.py"]}
    found = [grade_it(lab, {**RIGHT, "line.py": line}, more=more).final.metrics[0] for _ in range(2)]
    assert found[0] == found[1]
    half = found[0].final_half
    assert half is not None
    assert len({round(skill or 0.0, 3) for skill in half.repeats}) > 6
    assert half.measured == sorted(skill or 0.0 for skill in half.repeats)[4]


RANKED = """
import numpy as np
from pushmark_graders.checks import HiddenSet

def hidden_set(seed, lab):
    random = np.random.default_rng(seed)
    query, day = np.arange(600) // 6, np.arange(600) // 24
    x = random.random(600)
    gains = (3 * x + random.random(600) / 2).astype(int)
    return HiddenSet({"x": x}, gains, {"chance": random.random(600)}, query, day, {"early": day < 9})
"""


def test_a_ranking_is_graded_in_groups_on_halves_of_whole_blocks_with_its_slices(grade_it: GradeIt) -> None:
    more = TRAINED[TRAINED.index("[[metrics]]") :].replace('"mae"', '"ndcg"\nk = 3\nreference = "chance"')
    more = more.replace("baseline = 1.0", "baseline = 0.0").replace('needs = ["slope-is-positive"]', "")
    line = "def predict(x):\n    return x\n"
    result = grade_it({**SMALL, "hidden.py": RANKED}, {**RIGHT, "line.py": line}, more=more)
    told, (final,) = result.report.metrics[0], result.final.metrics
    assert (told.state, told.points) == ("passed", 4.0), told.message
    assert final.feedback_half is not None
    assert final.final_half is not None
    assert {final.feedback_half.rows, final.final_half.rows} == {288, 312}, "25 days of 24 rows"
    assert sum(half.slices[0].rows for half in (final.feedback_half, final.final_half)) == 9 * 24
    assert b"early" not in msgspec.json.encode(result.report)


HIDDEN_SETS = {
    "no function hidden_set": "x = 1",
    r"hidden_set raised KeyError: 'rows' \(.*hidden\.py, line \d+\)": "def hidden_set(seed, lab): return {}['rows']",
    "hidden_set returned dict": "def hidden_set(seed, lab): return {}",
    "labels is no array": "def hidden_set(seed, lab): return HiddenSet({}, [1, 2])",
    "of one dimension with at least two rows": "def hidden_set(seed, lab): return HiddenSet({}, np.ones(1))",
    "ref is no array of 2 values": "def hidden_set(seed, lab): return HiddenSet({}, np.ones(2), {'ref': np.ones(3)})",
    "references has no 'always 0'": "def hidden_set(seed, lab): return HiddenSet({}, np.arange(2))",
    "one class has a single row": (
        "def hidden_set(seed, lab): return HiddenSet({}, np.arange(9) > 7, {'always 0': np.zeros(9)})"
    ),
    "labels are of 3 classes": (
        "def hidden_set(seed, lab): return HiddenSet({}, np.arange(9) % 3, {'always 0': np.zeros(9)})"
    ),
    "all labels are alike": "def hidden_set(seed, lab): return HiddenSet({}, np.ones(9), {'always 0': np.ones(9)})",
}


@pytest.mark.parametrize("fault", HIDDEN_SETS)
def test_a_useless_hidden_set_is_the_labs_fault_and_found_before_anything_runs(grade_it: GradeIt, fault: str) -> None:
    head = "import numpy as np\nfrom pushmark_graders.checks import HiddenSet\n"
    more = TRAINED.replace('"mae"', '"roc_auc"').replace("[[metrics]]", '[[metrics]]\nreference = "always 0"')
    more = more.replace("baseline = 1.0", "baseline = 0.0")
    phases: list[str] = []
    with pytest.raises(LabError, match=fault):
        grade_it({**SMALL, "hidden.py": head + HIDDEN_SETS[fault]}, RIGHT, more=more, on_phase=phases.append)
    assert phases == []


def test_a_policy_that_cannot_be_kept_is_a_refusal_and_no_score(grade_it: GradeIt) -> None:
    asking = replace(local(), required=("seccomp",), without=("seccomp",))
    report = grade_it(SMALL, RIGHT, policy=asking).report
    assert report.status == "ungraded"
    assert "requires" in report.tasks[0].checks[0].message
    with pytest.raises(CouldNotGrade, match="requires"):
        grade_it(CHECKS, {"line.py": LINE, "fit.py": FIT}, more=TRAINED, policy=asking)


def test_nothing_of_a_grading_is_left_on_disk(
    grade_it: GradeIt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o755)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    deep = """
import os

for _ in range(1100):
    os.mkdir("d")
    os.chdir("d")
os.chdir(os.path.dirname(__file__))
os.chmod("d", 0)
"""
    assert grade_it(SMALL, {"a.py": RIGHT["a.py"] + deep}).report.score.points == 3
    assert list(tmp_path.iterdir()) == []


def test_the_hash_of_the_data_changes_with_any_byte_or_name(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    first = hash_folder(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    second = hash_folder(tmp_path)
    (tmp_path / "b").write_text("y")
    assert len({first, second, hash_folder(tmp_path)}) == 3
    assert hash_folder(tmp_path / "none") == ""
