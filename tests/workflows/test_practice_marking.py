"""A learner pushes, and the template's workflow marks it: jobs, summary, artifact and comment."""

from collections.abc import Callable
from pathlib import Path

import msgspec
from pushmark_graders.report.model import Report

from tests.workflows.act import ROOT, Run
from tests.workflows.conftest import TINY, Learner
from tests.workflows.training_lab import training_lab


def report_of(run: Run) -> Report:
    return msgspec.json.decode(run.artifact("pushmark-report")["report.json"], type=Report)


def test_a_passing_push_is_green_and_its_comment_says_so(learner: Learner) -> None:
    learner.take(TINY / "solution")
    run, sha = learner.push()
    assert (run.status, run.jobs) == (0, {"grade": "success", "publish": "success"})
    assert (report_of(run).score.points, report_of(run).score.max) == (8, 8)
    assert run.errors == []
    assert "8 of 8 practice points" in run.summary
    [comment] = learner.comments
    assert (comment.author, comment.edits) == ("github-actions[bot]", 0)
    assert "8 of 8 practice points" in comment.body
    assert [check.conclusion for check in learner.check_runs(sha)] == ["success"]


def test_a_failing_push_is_red_and_names_the_check_and_a_hint_and_the_next_one_edits_the_comment(
    learner: Learner,
) -> None:
    learner.take(TINY / "mutants" / "case-matters")
    run, sha = learner.push()
    assert (run.status, run.jobs) == (1, {"grade": "failure", "publish": "success"})
    assert run.says_nothing_but("Some checks did not pass. The summary says which, and what to try next.")
    states = {check.id: check.state for task in report_of(run).tasks for check in task.checks}
    assert states["case-is-ignored"] == "failed"
    [comment] = learner.comments
    for text in (run.summary, comment.body):
        assert "A word at the start of a sentence is the same word." in text
        assert "Is `The` another word than `the`?" in text
    assert [check.conclusion for check in learner.check_runs(sha)] == ["failure"]

    learner.take(TINY / "solution")
    run, _sha = learner.push()
    assert run.jobs == {"grade": "success", "publish": "success"}
    [comment] = learner.comments
    assert comment.edits == 1
    assert "8 of 8 practice points" in comment.body
    assert "+2" in comment.body


def test_a_crashing_push_is_marked_like_any_other(learner: Learner) -> None:
    learner.write({"src/tiny/words.py": "import os\nos._exit(7)\n"})
    run, _sha = learner.push()
    assert (run.status, run.jobs) == (1, {"grade": "failure", "publish": "success"})
    assert (report_of(run).status, report_of(run).score.points) == ("graded", 0)
    assert "0 of 8 practice points" in run.summary
    assert len(learner.comments) == 1


def test_a_broken_lab_is_said_to_be_broken_and_nothing_is_published(learner: Learner) -> None:
    learner.write({"lab.toml": 'schema = 1\nslug = "tiny-lab"\npoints = 8\n'})
    run, _sha = learner.push()
    assert (run.status, run.jobs) == (1, {"grade": "failure"})
    assert run.says_nothing_but("The lab or its settings need mending. The summary says what.")
    assert "points: unknown key" in run.summary
    assert run.artifact("pushmark-report") == {}
    assert learner.comments == []


def test_a_pull_request_from_a_fork_gets_its_report_in_the_summary(learner: Learner) -> None:
    learner.take(TINY / "solution")
    run, _sha = learner.push(fork=True)
    assert (run.status, run.jobs) == (0, {"grade": "success", "publish": "success"})
    assert "8 of 8 practice points" in run.summary
    assert "No comment was written" in run.summary
    assert learner.comments == []


def test_a_push_to_the_main_branch_is_marked_without_a_comment(learner: Learner) -> None:
    learner.take(TINY / "solution")
    run, _sha = learner.push("push")
    assert (run.status, run.jobs) == (0, {"grade": "success"})
    assert "8 of 8 practice points" in run.summary


def test_a_push_to_another_branch_waits_for_its_pull_request(learner: Learner) -> None:
    run, _sha = learner.push("push", default_branch="trunk")
    assert (run.status, run.jobs) == (0, {})


def test_the_template_itself_is_never_marked(learner: Learner) -> None:
    for event in ("push", "workflow_dispatch"):
        run, _sha = learner.push(event, is_template=True)
        assert (run.status, run.jobs) == (0, {}), event


def test_training_runs_in_the_worker_and_its_claims_are_kept(
    learner_of: Callable[[Path], Learner], tmp_path: Path
) -> None:
    learner = learner_of(training_lab(tmp_path))
    learner.take(TINY / "solution")
    run, _sha = learner.push(workflow="training.yml")
    assert (run.status, run.jobs) == (0, {"train": "success"})
    report = msgspec.json.decode(run.artifact("pushmark-training")["report.json"], type=Report)
    assert report.training is not None
    assert report.training.state == "completed"
    assert [(found.name, found.metrics) for found in report.training.runs] == [("ranking", {"words": 3.0})]
    assert learner.comments == []


def test_a_draft_is_marked_and_not_trained(learner_of: Callable[[Path], Learner], tmp_path: Path) -> None:
    run, _sha = learner_of(training_lab(tmp_path)).push(workflow="training.yml", draft=True)
    assert (run.status, run.jobs) == (0, {})


def test_the_solution_of_a_real_lab_is_green(learner_of: Callable[[Path], Learner]) -> None:
    lab = ROOT / "labs" / "gatecast-1-ingest"
    learner = learner_of(lab)
    learner.take(lab / "solution")
    run, _sha = learner.push()
    assert (run.status, run.jobs) == (0, {"grade": "success", "publish": "success"}), run.summary
    assert report_of(run).score.points == report_of(run).score.max
    assert "GateCast 1" in learner.comments[0].body
