"""Trains a submission: `dvc repro -f` in a worker, live progress, and the claims that it left behind.

The run is forced, because a hand-edited `dvc.lock` satisfies every other form of `dvc repro`; or, where results of
earlier attempts are reused, it starts without a lock and with no cache but the one that the grader kept. Nothing
that training wrote is evidence: it is read in another worker and reported as claims.
"""

import json
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from pushmark_graders import cache
from pushmark_graders.errors import PushmarkError
from pushmark_graders.grading.claims import Claims, read_claims
from pushmark_graders.grading.stages import KEPT, Stages
from pushmark_graders.lab.spec import TrainingSpec
from pushmark_graders.process import run
from pushmark_graders.report.model import StageResult, TrainingResult
from pushmark_graders.worker import launcher, selftest, tree
from pushmark_graders.worker.launched import Launched
from pushmark_graders.worker.policy import Policy
from pushmark_graders.worker.pool import Pool
from pushmark_graders.worker.surroundings import our_module, worker_environment

STORE = "mlflow.db"
NO_COMMIT = "0" * 40
"""Git's name for no object: what is graded was not said to be a commit."""
OUTPUT_TAIL = 4_000
LOOK_SECONDS = 1.0
"""How often a run is looked at for how much it has written."""
REPORTED_RUNS = 50
"""How many of the runs a report holds; checks see all that are read."""
_STAGE = re.compile(r"^Running stage '([\w.@-]{1,100})'")
_CACHED = re.compile(r"^Stage '([\w.@-]{1,100})' is cached - skipping run")
_Failure = tuple[Literal["failed", "timeout"], str]


@dataclass(frozen=True, kw_only=True)
class Reuse:
    """Where results of earlier attempts are kept; `source` is the folder of the submission's modules."""

    stages: Stages
    source: str


def train(
    spec: TrainingSpec,
    policy: Policy,
    folder: Path,
    progress: Callable[[str], None],
    pool: Pool | None = None,
    commit: str = "",
    reuse: Reuse | None = None,
) -> tuple[TrainingResult, Claims | None]:
    """Run the pipeline of `commit` in `folder`; `progress` gets the name of each declared stage as it starts.

    With `reuse`, a stage whose inputs did not change since an earlier attempt is not run. Returns the result and,
    when every declared stage ran or was reused, the claims.
    """
    selftest.prove(policy)  # a run is no warm worker, which is all that has been proved so far
    prepare(folder)
    if reuse is not None:
        _prepare_reuse(folder, reuse.stages)
    ran: list[str] = []
    reused: list[str] = []

    def on_line(line: str) -> None:
        if (found := _STAGE.match(line)) and found[1] in spec.stages and found[1] not in ran:
            ran.append(found[1])
            progress(found[1])
        elif (found := _CACHED.match(line)) and found[1] in spec.stages:
            reused.append(found[1])

    bounded = replace(policy, memory_mb=spec.memory_mb, output_kb=1024)
    started = time.monotonic()
    command = [sys.executable, "-P", "-m", "dvc", "repro", "-f"]
    if reuse is not None:
        command = our_module("pushmark_graders.worker.reproduce", reuse.source, commit or NO_COMMIT)
    running, _ = launcher.execute(bounded, folder, command, env=environment(commit), on_line=on_line)
    try:
        status, filled = _watch(running, spec.seconds, policy.folder_mb)
        running.stop()
        seconds = time.monotonic() - started
        output = running.output.take()
        failed = _failure(spec, status, ran, reused, output)
        if filled:
            failed = "failed", f"Training was stopped: it wrote more than {policy.folder_mb:,} MiB, or very many files."
        failed = failed or _bring_back(running, folder, policy.folder_mb)
    finally:
        running.end()
    stages = [
        StageResult(name=name, ran=name in ran, reused=name in reused and name not in ran) for name in spec.stages
    ]
    if failed is not None:
        return TrainingResult(
            state=failed[0], seconds=seconds, stages=stages, message=failed[1], output=_tail(output)
        ), None
    if reuse is not None:
        reuse.stages.keep(folder)
    claims = read_claims(policy, folder, spec.metrics, STORE, pool)
    claims = replace(claims, stages=stages, seconds=seconds, commit=commit or NO_COMMIT)
    return TrainingResult(state="completed", seconds=seconds, stages=stages, runs=claims.runs[:REPORTED_RUNS]), claims


def _watch(running: Launched, seconds: float, most_mb: int) -> tuple[int | None, bool]:
    """The exit status of the run, or None after `seconds`; and whether it was filling the disk instead."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        status = running.exit_status(min(left, LOOK_SECONDS))
        if status is not None:
            return status, False
        if running.is_overfull(most_mb << 20):
            return None, True
    return None, False


def _bring_back(stopped: Launched, folder: Path, most_mb: int) -> _Failure | None:
    """Put what training made in the place of `folder`; a run that failed leaves it as it was."""
    trained = folder.with_name(f"{folder.name}-trained")
    trained.mkdir()
    try:
        stopped.collect(trained, most_mb << 20)
    except tree.TooMuch as error:
        tree.remove(trained)
        return "failed", error.what
    tree.remove(folder)
    trained.rename(folder)
    return None


def prepare(folder: Path) -> None:
    """What a run needs beside the submission: an empty MLflow store and a DVC that does not look for git."""
    shutil.copyfile(_migrated_store(), folder / STORE)
    local = folder / ".dvc" / "config.local"
    local.parent.mkdir(exist_ok=True)
    local.write_text("[core]\n    no_scm = true\n    analytics = false\n    check_update = false\n")


def _prepare_reuse(folder: Path, stages: Stages) -> None:
    """Let nothing of the submission's stand for a run: no lock, and no cache but what is put there."""
    for lock in folder.rglob("dvc.lock"):
        lock.unlink()
    stages.restore(folder)
    with (folder / ".dvc" / "config.local").open("a") as settings:
        settings.write(f"[cache]\n    dir = {KEPT.name}\n    type = copy\n")


def environment(commit: str = "") -> dict[str, str]:
    """What a run of `commit` finds around itself.

    There is no git in a worker, so MLflow is told the commit, which it tags runs with as it does in a clone.
    """
    return {
        "MLFLOW_RUN_CONTEXT": json.dumps({"mlflow.source.git.commit": commit or NO_COMMIT}),
        "MLFLOW_TRACKING_URI": f"sqlite:///{STORE}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "GIT_PYTHON_REFRESH": "quiet",
    }


def _failure(spec: TrainingSpec, status: int | None, ran: list[str], reused: list[str], output: str) -> _Failure | None:
    """The state and message of a run that did not complete, or None."""
    at = f" in stage `{ran[-1]}`" if ran else ""
    if status is None:
        return "timeout", f"Training was stopped after {spec.seconds:g} s{at}; that is the lab's limit."
    if status != 0:
        starved = "MemoryError" in output or status == -signal.SIGKILL
        reason = "ran out of memory" if starved else f"ended with status {status}"
        return "failed", f"Training {reason}{at}. The end of its output is below."
    missing = [name for name in spec.stages if name not in ran + reused]
    if missing:
        return "failed", f"The pipeline has no stage `{missing[0]}`: dvc.yaml must define {', '.join(spec.stages)}."
    return None


def _tail(output: str) -> str:
    return output if len(output) <= OUTPUT_TAIL else "[...]\n" + output[-OUTPUT_TAIL:]


def _migrated_store() -> Path:
    """An empty store with MLflow's 65 tables already made: making them costs seconds, a copy none."""
    try:
        version = metadata.version("mlflow")
        metadata.version("dvc")
    except metadata.PackageNotFoundError as missing:
        raise PushmarkError(
            f"this lab trains, and {missing.name} is not installed", "install it with: pip install 'pushmark[ml]'"
        ) from None
    return cache.once(f"mlflow-{version}-relative.db", _make_store)


_MAKE_STORE = """
import sqlite3, sys
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
SqlAlchemyStore("sqlite:///" + sys.argv[1], sys.argv[2]).engine.dispose()
with sqlite3.connect(sys.argv[1]) as store:  # artefacts belong beside the store, wherever it is copied to
    store.execute("update experiments set artifact_location = 'mlruns/0'")
store.close()
"""


def _make_store(target: Path) -> None:
    """In a process of its own: MLflow and its migrations change the logging of whoever imports them."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder, "store.db")
        run(
            [sys.executable, "-I", "-c", _MAKE_STORE, store, Path(folder, "mlruns")],
            env={**worker_environment(folder), "MLFLOW_DISABLE_TELEMETRY": "true"},
            timeout=300.0,
        )
        shutil.copyfile(store, target)
