"""Reads an MLflow store and the artefacts beside it, in a worker: what the runs say of themselves, within bounds.

Only SQLite and files are read; MLflow itself is not imported. What its tables hold (3.17):
`runs`, `params`, `tags`, `metrics` with every logged value and `latest_metrics` with the last; `inputs` leads from
a run to its `datasets`; a model is a row of `logged_models` with its run in `source_run_id`, and a file `MLmodel`
among its artefacts says whether there are a signature and an input example. `log_model(name=...)` and the older
`log_model(artifact_path=...)` both write that row. An `MLmodel` among a run's own artefacts is a model too.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

RUNS = 200
PER_RUN = 100
TEXT = 500
MODELS = 10
HISTORIES, HISTORY, MOST_LOGGED = 10, 100, 100_000
_MLMODEL_BYTES = 1 << 20
_COMMIT_TAGS = ("mlflow.source.git.commit", "git_commit", "commit")


def read(path: Path) -> tuple[list[dict[str, Any]], int]:
    """The runs of a store, newest first, and how many runs were deleted from it. Raises nothing."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
            store.row_factory = sqlite3.Row
            rows = store.execute(
                "select run_uuid, name, status, start_time, end_time, artifact_uri from runs "
                "where lifecycle_stage = 'active' order by start_time desc, rowid desc limit ?",
                (RUNS,),
            ).fetchall()
            runs = [_run(store, row) for row in rows]
            (gone,) = store.execute("select count(*) from runs where lifecycle_stage <> 'active'").fetchone()
            return runs, int(gone)
    except (sqlite3.Error, ValueError, TypeError):
        return [], 0


def _run(store: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    run = row["run_uuid"]
    tags = {str(key): str(value)[:TEXT] for key, value in _pairs(store, "tags", run)}
    return {
        "id": str(run)[:TEXT],
        "name": str(row["name"] or "")[:TEXT],
        "status": str(row["status"])[:TEXT],
        "params": {str(key)[:TEXT]: str(value)[:TEXT] for key, value in _pairs(store, "params", run)},
        "metrics": {str(key)[:TEXT]: float(value) for key, value in _pairs(store, "latest_metrics", run)},
        "parent": tags.get("mlflow.parentRunId", ""),
        "commit": next((tags[name] for name in _COMMIT_TAGS if name in tags), ""),
        "seconds": _seconds(row["start_time"], row["end_time"]),
        "tags": {key[:TEXT]: value for key, value in tags.items() if not key.startswith("mlflow.")},
        "datasets": _datasets(store, run),
        "models": _models(store, row),
        "history": _history(store, run),
    }


def _pairs(store: sqlite3.Connection, table: str, run: object) -> list[Any]:
    queries = {
        "params": "select key, value from params where run_uuid = ?",
        "tags": "select key, value from tags where run_uuid = ?",
        "latest_metrics": "select key, value from latest_metrics where run_uuid = ? and not is_nan",
    }
    return store.execute(f"{queries[table]} order by key limit ?", (run, PER_RUN)).fetchall()


def _seconds(start: object, end: object) -> float | None:
    return max(0.0, (end - start) / 1000) if isinstance(start, int) and isinstance(end, int) else None


def _datasets(store: sqlite3.Connection, run: object) -> list[str]:
    """The digests of what `mlflow.log_input` named."""
    rows = store.execute(
        "select distinct datasets.digest from inputs join datasets on datasets.dataset_uuid = inputs.source_id "
        "where inputs.source_type = 'DATASET' and inputs.destination_id = ? order by 1 limit ?",
        (run, PER_RUN),
    ).fetchall()
    return [str(digest)[:TEXT] for (digest,) in rows]


def _history(store: sqlite3.Connection, run: object) -> dict[str, list[float]]:
    """The values of the metrics that were logged more than once; of a long one, evenly spread ones and the last."""
    keys = store.execute(
        "select key from metrics where run_uuid = ? group by key having count(*) > 1 order by key limit ?",
        (run, HISTORIES),
    ).fetchall()
    found = {}
    for (key,) in keys:
        logged = store.execute(
            "select value from metrics where run_uuid = ? and key = ? and not is_nan order by step, timestamp limit ?",
            (run, key, MOST_LOGGED),
        )
        values = [float(value) for (value,) in logged]
        found[str(key)[:TEXT]] = _thinned(values)
    return found


def _thinned(values: list[float]) -> list[float]:
    if len(values) <= HISTORY:
        return values
    return [values[round(index * (len(values) - 1) / (HISTORY - 1))] for index in range(HISTORY)]


def _models(store: sqlite3.Connection, row: sqlite3.Row) -> list[dict[str, Any]]:
    logged = store.execute(
        "select name, artifact_location from logged_models where source_run_id = ? and lifecycle_stage = 'active' "
        "order by creation_timestamp_ms limit ?",
        (row["run_uuid"], MODELS),
    ).fetchall()
    places = [(str(name), _here(str(location))) for name, location in logged]
    own = _here(str(row["artifact_uri"]))
    if own is not None:
        found = [*own.glob("MLmodel"), *own.glob("*/MLmodel"), *own.glob("*/*/MLmodel")]
        places += [(str(file.parent.relative_to(own)), file.parent) for file in found]
    return [_model(name, place) for name, place in places[:MODELS]]


def _here(location: str) -> Path | None:
    """Where the artefacts lie now: the folder has moved since they were logged, and what is below `mlruns` has not."""
    _, found, below = location.rpartition("mlruns/")
    return Path("mlruns", below) if found and ".." not in below.split("/") else None


def _model(name: str, place: Path | None) -> dict[str, Any]:
    import yaml  # noqa: PLC0415  (only where a model was logged)

    said: Any = None
    try:
        if place is not None and (place / "MLmodel").stat().st_size <= _MLMODEL_BYTES:
            said = yaml.safe_load((place / "MLmodel").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        pass
    said = said if isinstance(said, dict) else {}
    return {
        "path": name[:TEXT],
        "signature": bool(said.get("signature")),
        "input_example": bool(said.get("saved_input_example_info")),
    }
