"""Training a submission: a real DVC pipeline with a real MLflow run, in a worker."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path

import pytest
from msgspec.structs import replace
from pushmark_graders import cache
from pushmark_graders.errors import PushmarkError
from pushmark_graders.grading import training
from pushmark_graders.grading.claims import Claims, read_claims
from pushmark_graders.grading.training import train
from pushmark_graders.lab.spec import TrainingSpec
from pushmark_graders.report.model import StageResult, TrainingResult
from pushmark_graders.worker.policy import Policy, local
from pushmark_graders.worker.surroundings import worker_environment

Trained = tuple[TrainingResult, Claims | None, list[tuple[str, float]]]
Train = Callable[..., Trained]

POLICY = replace(local(), memory_mb=4096)
SPEC = TrainingSpec(stages=["prepare", "fit"], seconds=60.0)

PIPELINE = """
stages:
  prepare:
    cmd: python prepare.py
    deps: [prepare.py]
    outs: [rows.json]
  fit:
    cmd: python fit.py
    deps: [fit.py, rows.json]
    metrics:
      - metrics.json:
          cache: false
"""

PREPARE = """
import json
json.dump(list(range(10)), open("rows.json", "w"))
print("rows written")
"""

FIT = """
import json
rows = json.load(open("rows.json"))
json.dump({"test": {"mean": sum(rows) / len(rows)}}, open("metrics.json", "w"))
"""

FIT_AND_LOG = """
import json
import os

import mlflow

rows = json.load(open("rows.json"))
for number in range(2):
    with mlflow.start_run(run_name=f"run {number}"):
        mlflow.log_params({"slope": number, "threads": os.environ["OMP_NUM_THREADS"]})
        mlflow.log_metrics({"mean": 4.5 + number, "broken": float("inf")})
        mlflow.log_text("kept", "note.txt")
json.dump({"test": {"mean": 4.5}}, open("metrics.json", "w"))
"""

HONEST = {"dvc.yaml": PIPELINE, "prepare.py": PREPARE, "fit.py": FIT}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, write: Callable[..., Path]) -> Train:
    """Train a folder of files; returns what `train` does, and when each stage was told."""

    def go(
        files: Mapping[str, str | bytes],
        spec: TrainingSpec = SPEC,
        folder: Path | None = None,
        policy: Policy = POLICY,
    ) -> Trained:
        place = write(folder or tmp_path_factory.mktemp("trained"), files)
        told: list[tuple[str, float]] = []
        result, claims = train(spec, policy, place, lambda stage: told.append((stage, time.monotonic())))
        return result, claims, told

    return go


@pytest.fixture(scope="module")
def trained(run: Train, tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, Path]:
    """The honest pipeline with MLflow runs, trained once."""
    folder = tmp_path_factory.mktemp("honest")
    return run({**HONEST, "fit.py": FIT_AND_LOG}, folder=folder), folder


def test_a_run_completes_with_all_its_stages_and_leaves_claims(trained: tuple[Trained, Path]) -> None:
    (result, claims, _), _ = trained
    assert result.state == "completed", result.output
    assert result.stages == [StageResult(name="prepare", ran=True), StageResult(name="fit", ran=True)]
    assert claims is not None
    assert claims.metric("test.mean") == 4.5
    assert list(claims.locked) == ["prepare", "fit"]
    assert claims.seconds == result.seconds > 0


def test_mlflow_runs_are_read_from_the_local_store_newest_first(trained: tuple[Trained, Path]) -> None:
    (result, claims, _), folder = trained
    assert claims is not None
    assert [run.name for run in result.runs] == ["run 1", "run 0"]
    assert result.runs == claims.runs
    assert result.runs[0].params == {"slope": "1", "threads": "1"}
    assert result.runs[0].status == "FINISHED"
    assert result.runs[0].metrics["mean"] == 5.5
    assert all(abs(value) < 1e308 or name == "broken" for name, value in result.runs[0].metrics.items())
    assert (folder / "mlflow.db").stat().st_size > 100_000


def test_stages_are_told_in_order_while_they_run(run: Train) -> None:
    slow = {**HONEST, "prepare.py": f"import time\n{PREPARE}\ntime.sleep(1)\n"}
    started = time.monotonic()
    result, _, told = run(slow)
    ended = time.monotonic()
    assert result.state == "completed"
    assert [name for name, _ in told] == ["prepare", "fit"]
    assert told[1][1] - told[0][1] >= 1.0
    assert started < told[0][1] < ended - 1.0


def test_a_forced_run_exposes_a_hand_edited_lock_and_metrics_file(run: Train, tmp_path: Path) -> None:
    _, honest, _ = run(HONEST, folder=tmp_path)
    assert honest is not None
    (tmp_path / "metrics.json").write_text(json.dumps({"test": {"mean": 99.0}}))
    forged = subprocess.run(
        [sys.executable, "-m", "dvc", "commit", "-f", "fit"], cwd=tmp_path, capture_output=True, check=True,
        env=worker_environment(str(tmp_path)) | training.environment(),
    )  # fmt: skip
    assert forged.returncode == 0
    unforced = subprocess.run(
        [sys.executable, "-m", "dvc", "repro"], cwd=tmp_path, capture_output=True, text=True, check=True,
        env=worker_environment(str(tmp_path)) | training.environment(),
    )  # fmt: skip
    assert "didn't change, skipping" in unforced.stdout  # what a grader that does not force would believe
    files = {
        path.name: path.read_bytes() for path in tmp_path.iterdir() if path.suffix in (".py", ".yaml", ".lock", ".json")
    }
    _, claims, _ = run(files)
    assert claims is not None
    assert claims.metric("test.mean") == 4.5


def test_a_failing_stage_is_named_with_the_end_of_what_it_printed(run: Train) -> None:
    result, claims, _ = run({**HONEST, "fit.py": "print('x' * 10_000_000)\nraise RuntimeError('no convergence')\n"})
    assert (result.state, claims) == ("failed", None)
    assert result.message == "Training ended with status 255 in stage `fit`. The end of its output is below."
    assert "RuntimeError: no convergence" in result.output
    assert result.output.startswith("[...]\n")
    assert len(result.output) < 5000


def test_a_stage_that_needs_too_much_memory_says_so(run: Train) -> None:
    result, _, _ = run({**HONEST, "fit.py": "bytearray(5 << 30)\n"}, replace(SPEC, memory_mb=1024))
    assert result.state == "failed"
    assert "Training ran out of memory in stage `fit`." in result.message


def test_a_run_without_end_is_stopped_at_the_labs_limit(run: Train) -> None:
    started = time.monotonic()
    result, claims, _ = run({**HONEST, "prepare.py": "import time\ntime.sleep(60)\n"}, replace(SPEC, seconds=4.0))
    assert (result.state, claims) == ("timeout", None)
    assert re.fullmatch(
        r"Training was stopped after 4 s( in stage `prepare`)?; that is the lab's limit\.", result.message
    )
    assert result.stages[1] == StageResult(name="fit", ran=False)
    assert time.monotonic() - started < 20


def test_a_pipeline_without_a_stage_that_the_lab_asks_for_does_not_complete(run: Train) -> None:
    result, claims, _ = run({**HONEST, "dvc.yaml": PIPELINE.partition("  fit:")[0]})
    assert (result.state, claims) == ("failed", None)
    assert result.message == "The pipeline has no stage `fit`: dvc.yaml must define prepare, fit."


@pytest.mark.parametrize("text", ["stages: [", "a: &a [*a]\n"])
def test_a_broken_pipeline_file_is_the_learners_and_dvcs_words_are_shown(run: Train, text: str) -> None:
    result, _, _ = run({**HONEST, "dvc.yaml": text})
    assert result.state == "failed"
    assert "dvc.yaml" in result.output


def test_a_module_of_the_submission_does_not_take_dvcs_place(run: Train) -> None:
    result, _, _ = run({**HONEST, "dvc.py": "raise SystemExit('not dvc')\n", "yaml.py": "raise SystemExit('no')\n"})
    assert result.state == "completed", result.output


def test_a_submission_without_a_pipeline_fails_in_dvcs_words(run: Train) -> None:
    result, _, _ = run({"fit.py": FIT})
    assert result.state == "failed"
    assert "dvc.yaml" in result.output or "stage" in result.output


def test_artefacts_of_a_run_stay_beside_its_store(trained: tuple[Trained, Path]) -> None:
    assert len(list((trained[1] / "mlruns").rglob("note.txt"))) == 2


def test_a_failed_run_leaves_the_folder_as_it_was(run: Train, tmp_path: Path) -> None:
    folder = tmp_path / "submission"
    result, _, _ = run({**HONEST, "fit.py": "open('half', 'w').close()\nraise SystemExit(3)"}, folder=folder)
    assert result.state == "failed"
    assert not (folder / "half").exists()
    assert not (folder / "rows.json").exists()


def test_a_run_that_is_too_greedy_for_its_folder_is_told_so(run: Train) -> None:
    policy = replace(POLICY, folder_mb=40)
    greedy = "import os\nfor n in range(99):\n    open(f'full{n}', 'wb').write(os.urandom(4 << 20))\n"
    result, claims, _ = run({**HONEST, "fit.py": greedy}, policy=policy)
    assert (result.state, claims) == ("failed", None)
    assert "No space left on device" in result.output


def test_the_mlflow_store_is_made_once_and_copied(trained: tuple[Trained, Path], tmp_path: Path) -> None:
    made = cache.folder() / f"mlflow-{metadata.version('mlflow')}-relative.db"
    before = made.stat()
    training.prepare(tmp_path)
    after = made.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert (tmp_path / "mlflow.db").read_bytes() == made.read_bytes()


def test_preparing_a_run_imports_neither_mlflow_nor_its_migrations(
    trained: tuple[Trained, Path], tmp_path: Path
) -> None:
    code = """
import sys
from pathlib import Path
from pushmark_graders.grading import training
training.prepare(Path())
assert not {"mlflow", "alembic", "sqlalchemy"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1]",
        b"\xff\xfe",
        b'{"test": {"mean": NaN}}',
        b'{"test": {"mean": 1e999}}',
        b'{"test": {"mean": -Infinity}}',
        b'{"test": {"mean": ' + b"9" * 400 + b"}}",
        b'{"test": {"mean": ' + b"9" * 5000 + b"}}",
        b'{"test": {"mean": "0.9"}}',
        b'{"test": {"mean": true}}',
        b'{"test": 3}',
        b"[" * 100_000,
        b'{"test": ' * 200 + b"1" + b"}" * 200,
    ],
)
def test_a_claim_that_is_no_finite_number_is_no_claim(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "submission").mkdir()
    (tmp_path / "submission" / "metrics.json").write_bytes(content)
    claims = read_claims(POLICY, tmp_path / "submission", "metrics.json", training.STORE)
    assert claims.metric("test.mean") is None


def test_claims_that_are_links_pipes_or_other_files_are_none(tmp_path: Path) -> None:
    folder = tmp_path / "submission"
    folder.mkdir()
    (folder / "metrics.json").mkdir()
    (folder / "dvc.lock").symlink_to("/etc/passwd")
    (folder / "mlflow.db").write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    assert read_claims(POLICY, folder, "metrics.json", training.STORE) == Claims()


def test_a_dotted_key_reads_into_nested_tables() -> None:
    claims = Claims(metrics={"a": {"b": 1}, "a.b": 2, "c": 0.5})
    assert (claims.metric("a.b"), claims.metric("c"), claims.metric("a.x"), claims.metric("c.d")) == (
        1.0,
        0.5,
        None,
        None,
    )


def test_a_missing_mlflow_is_named_with_the_way_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    with pytest.raises(PushmarkError, match="mlflow is not installed") as caught:
        training.prepare(tmp_path)
    assert re.search(r"pip install 'pushmark\[ml\]'", caught.value.next_step)
