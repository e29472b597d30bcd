"""Measures every threshold of this lab; design.md quotes what it prints.

OMP_NUM_THREADS=1 python measure.py leaks      what each leak claims, and what is left of it in production
OMP_NUM_THREADS=1 python measure.py sampling   how much luck is in the hidden rows, by how they are drawn
OMP_NUM_THREADS=1 python measure.py blanking   what the blank rows cost an honest history
OMP_NUM_THREADS=1 python measure.py answers    the published labels that the mutant looked-up ships

What solutions and look-ups earn is in benchmarks/hidden.py, what the probes find in benchmarks/leakage.py.
"""

import contextlib
import importlib
import runpy
import shutil
import sys
import tempfile
import types
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from pushmark_graders.grading.halves import split
from sklearn.metrics import roc_auc_score as auc

HERE = Path(__file__).resolve().parent
SEEDS = range(20)
HONEST = sorted(path.name for path in (HERE / "honest").iterdir())
LEAKS = (
    "own-delay",
    "own-times",
    "as-of-departure",
    "as-of-an-hour-after",
    "same-hour-mean",
    "aircraft-day-encoding",
    "destination-encoding",
    "weather-of-departure",
    "last-row-of-the-file",
    "random-split",
)
YEAR = runpy.run_path(str(HERE.parent / "gatecast-data" / "tables.py"))["tables"](range(1, 13))
PUBLIC = {name: table[table["month"] <= 10] if "time_hour" in table else table for name, table in YEAR.items()}
SETTINGS = yaml.safe_load((HERE / "starter" / "params.yaml").read_text(encoding="utf-8"))["model"]
HIDDEN = types.SimpleNamespace(**runpy.run_path(str(HERE / "hidden.py")))


@contextlib.contextmanager
def modules(*layers: str) -> Iterator[types.SimpleNamespace]:
    """The gatecast package of the starter with these layers of the lab over it, imported afresh."""
    with tempfile.TemporaryDirectory() as folder:
        for layer in ("starter", *layers):
            shutil.copytree(HERE / layer / "src", folder, dirs_exist_ok=True)
        sys.path.insert(0, folder)
        try:
            names = ("data", "features", "split", "train", "predict", "evaluate", "world", "encoding")
            yield types.SimpleNamespace(**{name: importlib.import_module(f"gatecast.{name}") for name in names})
        finally:
            sys.path.remove(folder)
            for name in [name for name in sys.modules if name.split(".")[0] == "gatecast"]:
                del sys.modules[name]


def layers_of(name: str) -> list[str]:
    if name in {"starter", "solution"}:
        return [] if name == "starter" else ["solution"]
    return ["solution", f"honest/{name}" if name in HONEST else f"mutants/{name}"]


def fitted(gatecast: types.SimpleNamespace, drop: str = "") -> tuple[object, pd.DataFrame, float]:
    """The model of the public months, their features without those whose name begins with one of `drop` (separated by
    commas), and the claimed validation AUC."""
    late = gatecast.data.late(PUBLIC["flights"]).set_axis(PUBLIC["flights"]["flight_id"])
    train = gatecast.split.time_split(PUBLIC["flights"], "2013-09-01").set_axis(late.index)
    table = without(gatecast.features.build(PUBLIC), drop)
    model = gatecast.train.fit(table, late, train, SETTINGS)
    claim = auc(late[~train], gatecast.predict.probabilities(model, table[~train]))
    return model, table, float(claim)


def without(table: pd.DataFrame, drop: str) -> pd.DataFrame:
    return table[[name for name in table if not (drop and str(name).startswith(tuple(drop.split(","))))]]


def hidden_auc(
    gatecast: types.SimpleNamespace, model: object, seed: int, *, visible: bool = False, simulated: bool = True
) -> np.ndarray:
    """AUC of the model and of the reference on the hidden rows of a seed: shape (2 halves, 2).

    `visible` leaves the outcomes in; without `simulated`, labels are what really happened.
    """
    hidden = HIDDEN.hidden_set(seed, HERE)
    raw = HIDDEN.tables() if visible else hidden.inputs["raw"]
    table = gatecast.features.build(raw).loc[hidden.inputs["flight_ids"]]
    labels = hidden.labels if simulated else HIDDEN.late(HIDDEN.asked_flights(seed)).to_numpy()
    return by_halves(labels, seed, gatecast.predict.probabilities(model, table), hidden.references["static"])


def by_halves(labels: np.ndarray, seed: int, *predictions: np.ndarray) -> np.ndarray:
    """AUC on each half of these predictions: shape (2, number of them)."""
    halves = split(labels, seed)
    return np.array([[auc(labels[half], one[half]) for one in predictions] for half in (halves.feedback, halves.final)])


def leaks() -> None:
    print("| submission | claim | visible | blank as graded | simulated labels |\n|---|---|---|---|---|")
    for name in ("starter", "solution", *LEAKS):
        with modules(*layers_of(name)) as gatecast:
            model, _, claim = fitted(gatecast)
            visible = hidden_auc(gatecast, model, 0, visible=True, simulated=False)[:, 0].mean()
            blank = hidden_auc(gatecast, model, 0, simulated=False)[:, 0].mean()
            graded = hidden_auc(gatecast, model, 0)[:, 0].mean()
        print(f"| {name} | {claim:.3f} | {visible:.3f} | {blank:.3f} | {graded:.3f} |", flush=True)


def sampling() -> None:
    raw = HIDDEN.tables()
    season = raw["flights"][raw["flights"]["month"] >= 11].reset_index(drop=True)
    late, static = HIDDEN.late(season).to_numpy(), HIDDEN.static(season)
    with modules("solution") as gatecast:
        model, _, _ = fitted(gatecast)
        chances = gatecast.predict.probabilities(model, gatecast.features.build(raw).loc[season["flight_id"]])
    day = season.groupby(["month", "day"]).ngroup().to_numpy()

    def by_rows(rng: np.random.Generator) -> np.ndarray:
        drawn = season.groupby(["month", "day"]).sample(frac=HIDDEN.ROWS / 2 / len(season), random_state=rng)
        return np.asarray(drawn.index)

    def by_days(rng: np.random.Generator) -> np.ndarray:
        return np.flatnonzero(np.isin(day, rng.choice(day.max() + 1, size=9, replace=False)))

    print("| hidden rows | rows | skill: mean | sd over 200 seeds |\n|---|---|---|---|")
    for title, draw in (("drawn within each day", by_rows), ("nine whole days", by_days)):
        rows = [draw(np.random.default_rng(seed)) for seed in range(200)]
        above = np.array([auc(late[row], chances[row]) - auc(late[row], static[row]) for row in rows])
        size = round(np.mean([len(row) for row in rows]))
        print(f"| {title} | {size:,} | {above.mean():.3f} | {above.std():.4f} |", flush=True)


def blanking() -> None:
    print("| submission | hidden AUC with full history | as graded | cost |\n|---|---|---|---|")
    for name in ("solution", *HONEST):
        with modules(*layers_of(name)) as gatecast:
            model, _, _ = fitted(gatecast)
            full = np.mean(
                [hidden_auc(gatecast, model, seed, visible=True, simulated=False)[:, 0] for seed in SEEDS[:8]]
            )
            graded = np.mean([hidden_auc(gatecast, model, seed, simulated=False)[:, 0] for seed in SEEDS[:8]])
        print(f"| {name} | {full:.3f} | {graded:.3f} | {full - graded:.3f} |", flush=True)


def answers() -> None:
    """Write the table that the mutant `looked-up` ships: a bit per flight of November and December."""
    season = YEAR["flights"][YEAR["flights"]["month"] >= 11]
    folder = HERE / "mutants" / "looked-up" / "src" / "gatecast"
    (folder / "answers.bin").write_bytes(np.packbits(HIDDEN.late(season).to_numpy()).tobytes())
    print(f"the first flight of November has the flight_id {season['flight_id'].iloc[0]}")


if __name__ == "__main__":
    commands = {"leaks": leaks, "sampling": sampling, "blanking": blanking, "answers": answers}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]]()
