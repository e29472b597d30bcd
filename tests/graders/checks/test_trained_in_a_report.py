"""A real run of DVC and MLflow as the two families see it, and what a learner reads of it in every state."""

import hashlib
import sys
from collections.abc import Callable, Iterator

import pytest
from msgspec.structs import replace
from pushmark_graders.checks.expect import Unmet
from pushmark_graders.grading.repro import Repro
from pushmark_graders.grading.session import Session
from pushmark_graders.report.model import LoggedModel
from pushmark_graders.submission.proxy import Connection
from pushmark_graders.submission.submitted import SubmittedFiles
from pushmark_graders.worker.policy import local

from tests.graders.checks.conftest import Trained
from tests.graders.checks.test_in_a_report import pages, report, states
from tests.graders.checks.trained_pipeline import FILES, STAGES

RunChecks = Callable[..., Session]
Golden = Callable[[str, str], None]

TRACKING = """
from pushmark_graders.checks import task, tracking

@task(1, points=1)
def test_repeatable(training):
    '''Every fit says how, on what and from which commit it was made.'''
    tracking.expect_params(training, ["depth", "learning_rate"])
    tracking.expect_metrics(training, ["train_auc", "validation_auc"])
    tracking.expect_data(training)
    tracking.expect_commit(training)
    tracking.expect_failures_kept(training, least=1)

@task(1, points=1, hint="Count what you fitted, not what you kept.")
def test_budget(training):
    '''The search keeps its budget of fits.'''
    tracking.expect_search(training, most=2)

@task(1, points=1, needs=["budget"])
def test_best(training):
    '''The run that is kept is the best by validation.'''
    tracking.expect_best_run(training, "validation_auc", claim="validation.auc", trap="test_auc")

@task(2, points=1)
def test_same_number(training, submission):
    '''The chosen run logged what the code says.'''
    chosen = tracking.expect_best_run(training, "validation_auc", claim="validation.auc")
    assert chosen.metrics["validation_auc"] == submission.module("evaluate").score()
"""
BROKEN = TRACKING.replace("least=1", "least=1)\n    raise RuntimeError('a fault of the lab'")

PIPELINE = """
from pushmark_graders.checks import pipeline, task

@task(1, points=1)
def test_declared(training, repro):
    '''A change runs what depends on it, and no more.'''
    pipeline.expect_stages(training, {"train": ["train.py", "params.yaml:train.learning_rate"]})
    pipeline.expect_after(training, "evaluate", "prepare")
    pipeline.expect_reruns(repro, ["train", "evaluate"], param="train.learning_rate")

@task(1, points=1, hint="dvc status on your machine?")
def test_locked(files, training):
    '''dvc.lock is what a clean run writes.'''
    pipeline.expect_lock(files, training)

@task(1, points=1, needs=["locked"])
def test_claimed(files, training):
    '''The metrics are those of a clean run.'''
    pipeline.expect_metrics(files, training)

@task(2, points=1)
def test_second_file(files, training):
    '''The second metrics file is right, too.'''
    pipeline.expect_metrics(files, training, name="more.json")
"""


@pytest.fixture(scope="module")
def connection(trained: Trained) -> Iterator[Connection]:
    opened = Connection(local(), trained.folder, source=".")
    yield opened
    opened.end()


def submitted(trained: Trained, **others: bytes) -> SubmittedFiles:
    """The learner's files after their own run; `dvc_lock` and so on stand in the place of theirs."""
    files = {name: trained.files.read(name) for name in trained.files.names}
    return SubmittedFiles({**files, **{name.replace("_", "."): content for name, content in others.items()}})


def test_a_store_is_read_with_nested_runs_data_models_and_histories(trained: Trained) -> None:
    runs = {run.name: run for run in trained.claims.runs}
    best, failed, search = runs["depth 2"], runs["depth -1"], runs["search"]
    assert [run.parent for run in (best, failed, search)] == [search.id, search.id, ""]
    assert {run.commit for run in runs.values()} == {"c" * 40} == {trained.claims.commit}
    assert (best.status, failed.status) == ("FINISHED", "FAILED")
    assert best.models == [LoggedModel(path="line", signature=True, input_example=True)]
    assert best.history == {"loss": [1.0, 0.5, pytest.approx(1 / 3)]}
    assert [len(digest) for digest in best.datasets] == [8]
    assert search.tags == {"data_hash": hashlib.md5(str(FILES["raw.csv"]).encode()).hexdigest()}
    assert best.seconds is not None
    assert search.seconds is not None
    assert 0 < best.seconds < search.seconds


def test_dvc_says_which_stages_a_change_would_run(trained: Trained, connection: Connection) -> None:
    repro = Repro(connection, trained.claims.locked)
    assert repro.after(param="featurize.scale") == ["featurize", "train", "evaluate"]
    assert repro.after(file="raw.csv") == STAGES
    assert repro.after(file="evaluate.py") == ["evaluate"]
    with pytest.raises(Unmet, match=r"There is no train\.depth in params\.yaml that could change"):
        repro.after(param="train.depth")


def test_records_in_every_state_look_like_their_golden_pages(
    trained: Trained, connection: Connection, run_checks: RunChecks, golden: Golden
) -> None:
    said = report(run_checks({"test_a.py": TRACKING}, {}, public=connection, training=trained.claims))
    assert states(said) == ["passed", "failed", "blocked", "error"]
    for suffix, text in pages(said).items():
        golden(f"tracking.{suffix}", text)


def test_a_check_of_records_that_breaks_looks_like_its_golden_page(
    trained: Trained, connection: Connection, run_checks: RunChecks, golden: Golden
) -> None:
    said = report(run_checks({"test_a.py": BROKEN}, {}, public=connection, training=trained.claims))
    assert states(said)[0] == "ungraded"
    for suffix, text in pages(said).items():
        golden(f"tracking_ungraded.{suffix}", text)


def test_a_pipeline_in_every_state_looks_like_its_golden_pages(
    trained: Trained, connection: Connection, run_checks: RunChecks, golden: Golden
) -> None:
    stale = trained.files.read("dvc.lock").replace(b"learning_rate: 0.5", b"learning_rate: 0.9")
    files = submitted(trained, dvc_lock=stale, more_json=b"{'auc': 1}")
    said = report(run_checks({"test_a.py": PIPELINE}, {}, public=connection, training=trained.claims, files=files))
    assert states(said) == ["passed", "failed", "blocked", "error"]
    for suffix, text in pages(said).items():
        golden(f"pipeline.{suffix}", text)


def test_without_a_yaml_library_a_lock_is_ungraded(
    trained: Trained, connection: Connection, run_checks: RunChecks, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    files = submitted(trained, more_json=b'{"validation": {"auc": 0.9}, "rows": [3]}')
    said = report(run_checks({"test_a.py": PIPELINE}, {}, public=connection, training=trained.claims, files=files))
    assert states(said) == ["passed", "ungraded", "blocked", "failed"]
    for suffix, text in pages(said).items():
        golden(f"pipeline_ungraded.{suffix}", text)


def test_a_right_lock_and_right_metrics_pass(trained: Trained, connection: Connection, run_checks: RunChecks) -> None:
    files = submitted(trained, more_json=trained.files.read("metrics.json"))
    said = report(run_checks({"test_a.py": PIPELINE}, {}, public=connection, training=trained.claims, files=files))
    assert states(said) == ["passed"] * 4, said.tasks


def test_a_parameter_that_nothing_depends_on_is_told(
    trained: Trained, connection: Connection, run_checks: RunChecks
) -> None:
    asked = PIPELINE.replace('["train", "evaluate"], param="train', '["train"], param="train')
    said = report(run_checks({"test_a.py": asked}, {}, public=connection, training=trained.claims, files=trained.files))
    message = said.tasks[0].checks[0].message
    assert message.startswith("When the parameter `train.learning_rate` changes, DVC would run evaluate for nothing.")
    forgotten = replace(trained.claims, locked={"train": trained.claims.locked["train"]})
    said = report(run_checks({"test_a.py": PIPELINE}, {}, public=connection, training=forgotten, files=trained.files))
    assert "The pipeline has no stage `evaluate`" in said.tasks[0].checks[0].message
