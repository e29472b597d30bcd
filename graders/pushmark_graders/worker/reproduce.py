"""Runs the pipeline in a worker and reuses what DVC's run cache knows, with what each stage logged to MLflow.

`pushmark_graders.worker.reproduce SOURCE COMMIT` takes the place of `dvc repro -f` where an earlier attempt's
cache lies in `.dvc/kept`. There is no lock then, so only that cache can spare a run. A stage that is not run logs
nothing; what it logged when it was run is kept beside the cache and put back, so that later stages and checks find it.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import networkx
import yaml
from dvc.cli import main as dvc
from dvc.exceptions import DvcException
from dvc.repo import Repo

from pushmark_graders.worker.logbook import Logbook

if TYPE_CHECKING:
    from dvc.stage import Stage

KEPT = Path(".dvc", "kept")
_UNDECLARED = "undeclared"


def main() -> int:
    """Run the stages of dvc.yaml in order; the exit status of the first that fails, or 0."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a stage is told when it starts
    try:
        with Repo() as repo:
            stages = _in_order(repo)
            _forget_unless_same(_undeclared(repo, Path(sys.argv[1])))
    except DvcException:
        stages = []
    if not stages:
        return int(dvc(["repro", "-f"]))  # which says what is wrong with dvc.yaml
    logbook = Logbook(KEPT / "logged", sys.argv[2])
    for stage in stages:
        with logbook.page() as page:
            if status := int(dvc(["repro", "--single-item", stage])):
                return status
            page.name = _locked_as(stage)
    return 0


def _in_order(repo: Repo) -> list[str]:
    """The stages of dvc.yaml and what they need, each after those it depends on."""
    graph = repo.index.graph  # leads from a stage to those that it depends on
    ours = [stage for stage in graph if stage.path_in_repo == "dvc.yaml"]
    needed = set(ours).union(*(networkx.descendants(graph, stage) for stage in ours))
    ordered: list[Stage] = [stage for stage in networkx.dfs_postorder_nodes(graph) if stage in needed]
    return [stage.addressing for stage in ordered if stage.cmd]


def _undeclared(repo: Repo, source: Path) -> str:
    """A hash of the Python files below `source` that no stage declares: any stage may import them."""
    declared = {Path(dep.fs_path) for stage in repo.index.stages for dep in stage.deps}
    digest = hashlib.sha256()
    for path in sorted(source.rglob("*.py")):
        if path.is_file() and not declared & {path.absolute(), *path.absolute().parents}:
            digest.update(str(path).encode("utf-8", "surrogateescape") + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _forget_unless_same(undeclared: str) -> None:
    """Drop the run cache when a file has changed of which DVC does not know who reads it."""
    KEPT.mkdir(parents=True, exist_ok=True)
    note = KEPT / _UNDECLARED
    if not note.is_file() or note.read_text() != undeclared:
        shutil.rmtree(KEPT / "runs", ignore_errors=True)
        note.write_text(undeclared)


def _locked_as(stage: str) -> str:
    """A name for what a stage read and wrote, from its entry in dvc.lock; empty where DVC keeps none."""
    folder, _, name = stage.rpartition(":")
    lock = Path(folder or "dvc.yaml").with_name("dvc.lock")
    try:
        entry = yaml.safe_load(lock.read_text(encoding="utf-8"))["stages"][name]
    except (OSError, KeyError, TypeError):
        return ""
    return hashlib.sha256(json.dumps(entry, sort_keys=True, default=str).encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
