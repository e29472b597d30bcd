"""Reads what a training run left behind. Runs in a worker, because every one of these files is the learner's.

A missing or broken file is a claim that was not made, never an error.
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from pushmark_graders.worker import tracked


def read(metrics: str, store: str) -> dict[str, Any]:
    """The metrics file, the stages of dvc.lock, and the MLflow runs, newest first."""
    runs, deleted = tracked.read(Path(store))
    return {"metrics": _metrics(Path(metrics)), "locked": _locked(Path("dvc.lock")), "runs": runs, "deleted": deleted}


def _metrics(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _locked(path: Path) -> dict[str, Any]:
    from pushmark_graders.checks import lockfile, plain_yaml  # noqa: PLC0415  (only where there is something to read)

    try:
        found: dict[str, Any] = msgspec.to_builtins(lockfile.parse(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError, plain_yaml.NotPlain):
        return {}
    return found
