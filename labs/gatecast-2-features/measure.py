"""Measures every threshold of this lab; design.md quotes what it prints.

OMP_NUM_THREADS=1 python measure.py skill      what solutions earn above the reference, over seeds
OMP_NUM_THREADS=1 python measure.py leaks      what each leak claims, and what is left of it in production
OMP_NUM_THREADS=1 python measure.py sampling   how much luck is in the hidden rows, by how they are drawn
OMP_NUM_THREADS=1 python measure.py blanking   what the blank rows cost an honest history
OMP_NUM_THREADS=1 python measure.py probes     false alarms and misses of the probes, over seeds
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
from typing import Any

import numpy as np
import pandas as pd
import yaml
from pushmark_graders.grading.halves import split
from sklearn.metrics import roc_auc_score as auc

HERE = Path(__file__).resolve().parent
SEEDS = range(20)
PROBE_SEEDS = range(10)
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
    """The model of the public months, all features of the year, and the claimed validation AUC."""
    late = gatecast.data.late(PUBLIC["flights"]).set_axis(PUBLIC["flights"]["flight_id"])
    train = gatecast.split.time_split(PUBLIC["flights"], "2013-09-01").set_axis(late.index)
    table = _without(gatecast.features.build(PUBLIC), drop)
    model = gatecast.train.fit(table, late, train, SETTINGS)
    claim = auc(late[~train], gatecast.predict.probabilities(model, table[~train]))
    return model, table, float(claim)


def _without(table: pd.DataFrame, drop: str) -> pd.DataFrame:
    return table[[name for name in table if not (drop and str(name).startswith(tuple(drop.split(","))))]]


def hidden_auc(
    gatecast: types.SimpleNamespace, model: object, seed: int, *, visible: bool = False, drop: str = ""
) -> np.ndarray:
    """AUC of the model and of the reference on the hidden rows of a seed: shape (2 halves, 2).

    `visible` leaves the outcomes in.
    """
    hidden = HIDDEN.hidden_set(seed, HERE)
    raw = HIDDEN.tables() if visible else hidden.inputs["raw"]
    table = _without(gatecast.features.build(raw), drop).loc[hidden.inputs["flight_ids"]]
    sides = (gatecast.predict.probabilities(model, table), hidden.references["static"])
    halves = split(hidden.labels, seed)
    return np.array(
        [[auc(hidden.labels[half], side[half]) for side in sides] for half in (halves.feedback, halves.final)]
    )


def skill() -> None:
    print("| submission | claim | hidden AUC | skill: mean | sd | lowest | highest | halves apart |")
    print("|---|---|---|---|---|---|---|---|")
    state = "weather,airport,aircraft,tail"
    cases = [
        ("timetable and aircraft type only", "solution", state),
        ("+ weather", "solution", "airport,aircraft,tail"),
    ]
    cases += [("+ airport", "solution", "aircraft,tail"), ("solution (+ aircraft)", "solution", "")]
    cases += [(f"honest/{name}", name, "") for name in HONEST]
    for title, name, drop in cases:
        with modules(*layers_of(name)) as gatecast:
            model, _, claim = fitted(gatecast, drop)
            scores = np.array([hidden_auc(gatecast, model, seed, drop=drop) for seed in SEEDS])
        above = scores[:, :, 0] - scores[:, :, 1]
        apart = np.abs(above[:, 0] - above[:, 1]).mean()
        numbers = [claim, scores[:, :, 0].mean(), above.mean(), above.std(), above.min(), above.max(), apart]
        print(f"| {title} | " + " | ".join(f"{number:.3f}" for number in numbers) + " |", flush=True)


def leaks() -> None:
    print("| submission | claim | hidden, outcomes visible | hidden, blank as graded |\n|---|---|---|---|")
    for name in ("starter", "solution", *LEAKS):
        with modules(*layers_of(name)) as gatecast:
            model, _, claim = fitted(gatecast)
            visible = hidden_auc(gatecast, model, 0, visible=True)[:, 0].mean()
            blank = hidden_auc(gatecast, model, 0)[:, 0].mean()
        print(f"| {name} | {claim:.3f} | {visible:.3f} | {blank:.3f} |", flush=True)


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
            full = np.mean([hidden_auc(gatecast, model, seed, visible=True)[:, 0] for seed in SEEDS[:8]])
            graded = np.mean([hidden_auc(gatecast, model, seed)[:, 0] for seed in SEEDS[:8]])
        print(f"| {name} | {full:.3f} | {graded:.3f} | {full - graded:.3f} |", flush=True)


def probes() -> None:
    sys.path.insert(0, str(HERE / "checks"))
    world = importlib.import_module("flightworld")
    leakage = importlib.import_module("pushmark_graders.checks.leakage")
    print(f"Caught in how many of {len(PROBE_SEEDS)} seeds:\n")
    print("| submission | as-of | columns | share of rows | blank | order |")
    print("|---|---|---|---|---|---|")
    for name in ("solution", *HONEST, *LEAKS[:-1]):
        with modules(*layers_of(name)) as gatecast:
            found = [_probe(world, leakage, gatecast.features.build, seed) for seed in PROBE_SEEDS]
        as_of = [leaks for leaks, _, _ in found if leaks]
        share = np.mean([leaks[0].share for leaks in as_of]) if as_of else 0.0
        columns = sorted({leak.column for leaks in as_of for leak in leaks})
        shown = ", ".join(columns[:2]) + (", ..." if len(columns) > 2 else "")
        blank, order = (sum(bool(one[place]) for one in found) for place in (1, 2))
        print(f"| {name} | {len(as_of)} | {shown} | {share:.0%} | {blank} | {order} |", flush=True)


def _probe(world: types.ModuleType, leakage: types.ModuleType, build: object, seed: int) -> tuple[list[Any], ...]:
    """What the three probes find with the effort of the hidden checks."""
    raw = HIDDEN.tables()
    as_of: list[Any] = []
    blank: list[Any] = []
    order: list[Any] = []
    for cut, at in world.slices(raw, days=3, each=6, seed=seed):
        as_of = as_of or leakage.as_of_probe(build, cut, world.KNOWN, world.ASKED, at)
    for day in world.some_days(raw, 3, seed):
        cut = world.days_until(raw, day)
        hours = world.blank_times(cut, day, 3, seed)
        blank = blank or leakage.blank_probe(build, cut, world.KNOWN, world.ASKED, hours)
        order = order or leakage.order_probe(build, cut, world.ASKED, seed=seed)
    return as_of, blank, order


if __name__ == "__main__":
    commands = {"skill": skill, "leaks": leaks, "sampling": sampling, "blanking": blanking, "probes": probes}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]]()
