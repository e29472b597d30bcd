"""What the checks know of the examples, of the product's numbers, and of right answers: the grader's own copy."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pushmark_graders.checks import expect

VALIDATION_START = "2013-07-01"
TEST_START = "2013-09-01"
MISSED_DELAY, FALSE_ALARM = 5.0, 1.0
FITS = 12
WISHES = (
    {"family": "hgb", "iterations": 12, "leaves": 31, "rate": 0.1},
    {"family": "hgb", "iterations": 120, "leaves": 63, "rate": 0.1},
    {"family": "hgb", "iterations": 12, "leaves": 1, "rate": 0.1},
)
SMALLEST_SLICE = 100
SLICED = ("origin", "carrier", "storm_day")
BINS = 10


@lru_cache(maxsize=2)
def public(folder: Path) -> pd.DataFrame:
    """The learner's examples by `flight_id`."""
    return pd.read_parquet(folder / "examples.parquet").set_index("flight_id")


def day(table: pd.DataFrame) -> pd.Series:
    return pd.to_datetime(table[["month", "day"]].assign(year=2013))


def role(table: pd.DataFrame, validation_start: str = VALIDATION_START, test_start: str = TEST_START) -> pd.Series:
    """`train`, `validation` or `test` by the day of each flight."""
    names = np.where(day(table) >= pd.Timestamp(validation_start), "validation", "train")
    return pd.Series(np.where(day(table) >= pd.Timestamp(test_start), "test", names), index=table.index)


def chances_of(submission: Any, table: pd.DataFrame) -> np.ndarray:
    """What the trained submission says about these rows, one chance for each."""
    answer = submission.module("gatecast.predict").predict(table)
    told = isinstance(answer, np.ndarray) and answer.shape == (len(table),) and answer.dtype.kind == "f"
    expect.that(told, "predict should return one chance per row, as a numpy array of decimal numbers.")
    inside = bool(np.isfinite(answer).all() and ((answer >= 0) & (answer <= 1)).all())
    expect.that(inside, "Every chance should be a number from 0 to 1.")
    return np.asarray(answer, dtype=float)


def log_loss(late: np.ndarray, chances: np.ndarray) -> float:
    sure = np.clip(chances, 1e-15, 1 - 1e-15)
    return float(-np.mean(np.log(np.where(late, sure, 1 - sure))))


def auc(late: np.ndarray, chances: np.ndarray) -> float:
    """The share of pairs, one late and one not, that the chances put in order; a tie counts half."""
    ranks = pd.Series(chances).rank().to_numpy()
    count = late.sum()
    return float((ranks[late].sum() - count * (count + 1) / 2) / (count * (len(late) - count)))


def cost(late: np.ndarray, chances: np.ndarray, threshold: float) -> float:
    act = chances >= threshold
    return float(np.mean(MISSED_DELAY * (late & ~act) + FALSE_ALARM * (~late & act)))


def least_cost(late: np.ndarray, chances: np.ndarray) -> float:
    """The mean cost at the best threshold that these rows have, every value of a chance being tried."""
    order = np.argsort(chances, kind="stable")
    missed = np.r_[0, np.cumsum(late[order])] * MISSED_DELAY
    alarms = np.r_[0, np.cumsum(~late[order])]
    return float((missed + (alarms[-1] - alarms) * FALSE_ALARM).min() / len(late))


def calibration_error(late: np.ndarray, chances: np.ndarray) -> float:
    """The mean distance of chance from frequency over ten bins of equally many rows."""
    bins = np.array_split(np.argsort(chances, kind="stable"), BINS)
    return float(sum(abs(late[rows].sum() - chances[rows].sum()) for rows in bins) / len(late))


def by_slice(table: pd.DataFrame, chances: np.ndarray, threshold: float) -> dict[str, dict[str, float]]:
    """The slice table, recomputed."""
    late = table["late"].to_numpy(dtype=bool)
    told = {}
    for column in SLICED:
        for value in table[column].unique():
            rows = (table[column] == value).to_numpy()
            if rows.sum() >= SMALLEST_SLICE:
                told[f"{column}={value}"] = {
                    "rows": int(rows.sum()),
                    "late_rate": float(late[rows].mean()),
                    "log_loss": log_loss(late[rows], chances[rows]),
                    "cost": cost(late[rows], chances[rows], threshold),
                }
    return told


def expect_slices(told: Any, right: dict[str, dict[str, float]], within: float) -> None:
    """The same slices, with the same four numbers in each."""
    expect.that(isinstance(told, dict), "The slice table should be a dict from `column=value` to numbers.")
    names = {str(name) for name in told}
    missing, odd = sorted(right.keys() - names), sorted(names - right.keys())
    expect.that(not missing, f"Slices that are missing: {', '.join(missing[:8])}.")
    expect.that(
        not odd, f"Slices that should not be there (fewer than {SMALLEST_SLICE} rows?): {', '.join(odd[:8])[:200]}."
    )
    for name, numbers in right.items():
        for key, value in numbers.items():
            found = told[name].get(key) if isinstance(told[name], dict) else None
            expect.close(found, value, abs=within, sentence=f"`{key}` of the slice `{name}` is off.")
