"""Reads what a training run left behind. Runs in a worker, because every one of these files is the learner's.

A missing or broken file is a claim that was not made, never an error.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

RUNS = 50
PER_RUN = 100
TEXT = 500


def read(metrics: str, store: str) -> dict[str, Any]:
    """The metrics file, the names of locked stages and the MLflow runs, newest first."""
    return {"metrics": _metrics(Path(metrics)), "locked": _locked(Path("dvc.lock")), "runs": _runs(Path(store))}


def _metrics(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _locked(path: Path) -> list[str]:
    import yaml  # noqa: PLC0415  (only where there is something to read)

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        return [str(name)[:TEXT] for name in found["stages"]][:PER_RUN]
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError):
        return []


def _runs(path: Path) -> list[dict[str, Any]]:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
            rows = store.execute(
                "select run_uuid, name, status from runs where lifecycle_stage = 'active' "
                "order by start_time desc limit ?",
                (RUNS,),
            ).fetchall()
            return [
                {
                    "id": str(run)[:TEXT],
                    "name": str(name or "")[:TEXT],
                    "status": str(status)[:TEXT],
                    "params": {str(k)[:TEXT]: str(v)[:TEXT] for k, v in _pairs(store, "params", run)},
                    "metrics": {str(k)[:TEXT]: float(v) for k, v in _pairs(store, "latest_metrics", run)},
                }
                for run, name, status in rows
            ]
    except (sqlite3.Error, ValueError, TypeError):
        return []


def _pairs(store: sqlite3.Connection, table: str, run: object) -> list[tuple[object, Any]]:
    if table not in ("params", "latest_metrics"):
        raise ValueError(table)
    query = f"select key, value from {table} where run_uuid = ? order by key limit ?"  # noqa: S608  (checked above)
    return store.execute(query, (run, PER_RUN)).fetchall()
