"""What keeps a full grading safe before and around checks: where the lab lies, what logs show, what is flagged."""

import dataclasses
import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace
from pushmark_graders.errors import LabError
from pushmark_graders.grading.grade import grade
from pushmark_graders.grading.job import Job
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.worker import launcher
from pushmark_graders.worker.launched import Launched
from pushmark_graders.worker.policy import local

TINY = Path(__file__).parents[2] / "fixtures" / "tiny-lab"


def job(lab: Path) -> Job:
    spec = load_lab(lab)
    return Job(spec=spec, base=lab / "starter", data=lab / "no-data", submission=lab / "solution", policy=local())


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny-lab"
    shutil.copytree(TINY, folder)
    return folder


def test_a_lab_inside_the_folders_that_workers_read_is_refused(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pushmark_graders.grading.grade.runtime_folders", lambda: [str(lab.parent)])
    with pytest.raises(LabError, match="which learner code can read"):
        grade(job(lab))


def test_a_warning_inside_a_check_reaches_no_log(lab: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = lab / "checks" / "test_hidden_words.py"
    path.write_text(
        path.read_text().replace("    text = ", "    import warnings; warnings.warn('secret')\n    text = ")
    )
    report = grade(job(lab)).report
    assert report.score.points == 10.0
    assert "secret" not in "".join(capfd.readouterr())


def test_a_message_has_an_end(lab: Path) -> None:
    path = lab / "checks" / "test_words.py"
    path.write_text(path.read_text().replace("    words = ", "    expect.that(False, 'x' * 10**6)\n    words = ", 1))
    first = grade(job(lab)).report.tasks[0].checks[0]
    assert (first.state, len(first.message)) == ("failed", 10_000)


def test_a_weak_sandbox_is_flagged_for_a_person(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def weak(self: launcher.Starting) -> tuple[Launched, launcher.Hello]:
        launched, hello = finish(self)
        return launched, replace(hello, layers=[layer for layer in hello.layers if layer != "network namespace"])

    finish = launcher.Starting.finish
    monkeypatch.setattr(launcher.Starting, "finish", weak)
    flags = grade(job(lab)).report.integrity.flags
    assert any(flag.startswith("graded in a weak sandbox") and "network namespace" in flag for flag in flags)


def test_an_answer_of_the_wrong_kind_is_wrong_and_does_not_void_the_attempt(lab: Path) -> None:
    checks = lab / "checks" / "test_words.py"
    checks.write_text(checks.read_text().replace('expect.equal(words.top("to be, or not to be", 2), ["be", "to"])',
                                                 'assert words.top("to be, or not to be", 2)[0] == "be"'))  # fmt: skip
    words = lab / "solution" / "src" / "tiny" / "words.py"
    words.write_text(words.read_text().replace("    return sorted(", "    return len(").replace("[:n]", "").replace(
        "counts, key=lambda word: (-counts[word], word)", "counts"))  # fmt: skip
    report = grade(job(lab)).report
    found = {check.id: check for task in report.tasks for check in task.checks}["commonest-words-come-first"]
    assert report.status == "graded"
    assert found.state == "failed"
    assert "called tiny.words.top" in found.message
    assert "cannot work with this answer (TypeError" in found.message


def test_a_policy_bounds_what_a_run_may_leave_to_the_next_worker(lab: Path) -> None:
    report = grade(dataclasses.replace(job(lab), policy=replace(local(), folder_mb=0))).report
    states = {check.state for task in report.tasks for check in task.checks}
    assert report.status == "graded"
    assert states <= {"error", "blocked"}
