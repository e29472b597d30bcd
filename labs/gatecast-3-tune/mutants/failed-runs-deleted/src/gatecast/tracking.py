"""Runs of MLflow that a colleague can read without asking."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import mlflow
import pandas as pd
from checkpoint import examples, product
from gatecast import search
from gatecast.model import Settings


@contextmanager
def started(name: str, table: pd.DataFrame, params: dict[str, Any], *, nested: bool = False) -> Iterator[str]:
    """A run with its settings, the split and the data's hash. Gives its id; it is FAILED when the block raises."""
    with mlflow.start_run(run_name=name, nested=nested) as run:
        mlflow.log_params(
            {
                **params,
                "data_hash": examples.fingerprint(),
                "rows": len(table),
                "validation_start": product.VALIDATION_START,
                "test_start": product.TEST_START,
            }
        )
        yield run.info.run_id


def tried(table: pd.DataFrame, settings: Settings) -> dict[str, Any]:
    """One trial as a nested run: `settings`, the id of the `run`, and what was measured.

    Settings that cannot be fitted leave a failed run, and no number.
    """
    told: dict[str, Any] = {"settings": settings}
    name = "-".join(str(value) for value in settings.values())
    try:
        with started(name, table, settings, nested=True) as told["run"]:
            measured = search.trial(table, settings)
            mlflow.log_metrics(measured)
            told |= measured
    except ValueError as refused:
        print(f"{name}: {refused}")
        mlflow.delete_run(told["run"])
    return told
