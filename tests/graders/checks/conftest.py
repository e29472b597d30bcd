"""A pipeline that is trained once, for the tests that look at what a real run leaves behind."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from pushmark_graders.grading import training
from pushmark_graders.grading.claims import Claims
from pushmark_graders.lab.spec import TrainingSpec
from pushmark_graders.submission.submitted import SubmittedFiles, take_down
from pushmark_graders.worker.policy import local

from tests.graders.checks import trained_pipeline
from tests.graders.conftest import write_files


@dataclass(frozen=True)
class Trained:
    """A trained submission, what it claims, and its files as a learner would have committed them after it."""

    folder: Path
    claims: Claims
    files: SubmittedFiles


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = write_files(tmp_path_factory.mktemp("trained") / "submission", trained_pipeline.FILES)
    spec = TrainingSpec(stages=trained_pipeline.STAGES, seconds=300.0)
    result, claims = training.train(spec, local(), folder, lambda _stage: None, commit="c" * 40)
    assert claims is not None, result.output
    names = [*trained_pipeline.FILES, "dvc.lock", "metrics.json"]
    return Trained(folder, claims, take_down(folder, names))
