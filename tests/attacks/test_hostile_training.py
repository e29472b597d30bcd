"""A pipeline that attacks what reads its results: the attempt counts, and nothing that it claims is believed."""

import shutil
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from pushmark_graders.grading.grade import grade
from pushmark_graders.grading.job import Job
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.report import markdown
from pushmark_graders.report.model import Report
from pushmark_graders.worker.policy import Policy, local

TINY = Path(__file__).parents[1] / "fixtures" / "tiny-lab"
TRAINING = '\n[training]\nstages = ["learn"]\nseconds = 60.0\n'
HIJACK = """
import sys

runtime = sys.modules["pushmark_graders.worker.runtime"]
RUN = {"id": "x" * 100000, "name": "<!-- -->", "status": "FINISHED", "params": {str(n): "y" * 9999 for n in range(999)},
       "metrics": {"nan": float("nan"), "inf": float("inf")}, "tags": {str(n): "t" * 9999 for n in range(999)},
       "seconds": float("nan"), "datasets": ["d" * 9999] * 999, "history": {"h": [float("inf"), 1.0] * 9999},
       "models": [{"path": "m" * 9999}] * 999}
runtime.Objects.answer = lambda self, request: {"ok": %s}
"""

CLAIMS = {
    "a number": "5",
    "nonsense": '{"metrics": 3, "runs": {}}',
    "too much": '{"metrics": {"auc": 10**400}, "runs": [RUN] * 5000, "locked": {"z" * 9999: {"cmd": "c" * 9999}}}',
}


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny-lab"
    shutil.copytree(TINY, folder)
    toml = (folder / "lab.toml").read_text().replace('["src/tiny/*.py"]', '["src/tiny/*.py", "dvc.yaml", "train.py"]')
    (folder / "lab.toml").write_text(toml + TRAINING)
    return folder


def trained(lab: Path, tmp_path: Path, program: str, policy: Policy | None = None) -> Report:
    submission = tmp_path / "submission"
    shutil.copytree(lab / "solution", submission)
    (submission / "dvc.yaml").write_text("stages:\n  learn:\n    cmd: python train.py\n")
    (submission / "train.py").write_text(program)
    job = Job(
        spec=load_lab(lab),
        base=lab / "starter",
        data=tmp_path / "none",
        submission=submission,
        policy=policy or local(),
    )
    return grade(job).report


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_hijacked_reader_of_claims_voids_nothing_and_floods_nothing(claim: str, lab: Path, tmp_path: Path) -> None:
    hijack = HIJACK % CLAIMS[claim]
    program = f"import os\nos.makedirs('.no-source')\nopen('.no-source/sqlite3.py', 'w').write({hijack!r})\n"
    report = trained(lab, tmp_path, program)
    assert report.status == "graded"
    assert report.score.points == 10.0
    encoded = msgspec.json.encode(report)
    assert len(encoded) < 4_000_000
    assert msgspec.json.decode(encoded, type=Report) == report
    assert len(markdown.render(report)) < 60_000


def test_what_training_leaves_behind_is_taken_away_and_bounded(lab: Path, tmp_path: Path) -> None:
    program = """
import os, socket, json
open("metrics.json", "w").write(json.dumps({"auc": float("nan")}) + "[" * 100000)
os.mkfifo("pipe")
os.symlink("/etc/passwd", "mlflow.db.link")
for step in range(900):
    os.mkdir("d"); os.chdir("d")
open("big", "wb").truncate(200 << 20)
"""
    report = trained(lab, tmp_path, program)
    assert report.training is not None and report.training.state == "completed", report.training
    assert report.status == "graded"
    assert report.score.points == 10.0


def test_training_that_fills_the_disk_is_stopped(lab: Path, tmp_path: Path) -> None:
    program = """
import os, time
for number in range(1000):
    open(f"full{number}", "wb").write(os.urandom(4 << 20))
    time.sleep(0.02)
"""
    report = trained(lab, tmp_path, program, replace(local(), folder_mb=60))
    assert report.training is not None
    assert (report.status, report.training.state) == ("graded", "failed")
    told = report.training.message + report.training.output
    assert "60 MiB" in told or "No space left on device" in told  # what says so depends on who keeps the quota
    assert report.training.seconds < 20


def test_too_much_left_behind_is_the_submissions_fault(lab: Path, tmp_path: Path) -> None:
    program = 'for n in range(12):\n    open(f"big{n}", "wb").truncate(20 << 20)\n'
    report = trained(lab, tmp_path, program, replace(local(), folder_mb=100))
    checks = [check for task in report.tasks for check in task.checks if not check.hidden]
    assert report.status == "graded"
    assert report.training is not None
    told = [report.training.message, *(check.message for check in checks)]
    assert any("100 MiB" in message for message in told)
