"""Measures every threshold of this lab; design.md quotes what it prints.

python measure.py stations   how far apart the stations are on each day, as they are and with one in °C
python measure.py clean      false alarms and wrong tables on drops without faults, for each fourth day of the year
python measure.py dirty      misses and wrong tables on fresh drops with every fault, over 15 seeds
python measure.py cost       seconds of one drop: to make, to ingest, to compare
"""

import contextlib
import importlib
import runpy
import shutil
import sys
import tempfile
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "checks"))
compare, days, dirt = (importlib.import_module(name) for name in ("compare", "days", "dirt"))
HIDDEN = types.SimpleNamespace(**runpy.run_path(str(HERE / "hidden.py")))
HONEST = sorted(path.name for path in (HERE / "honest").iterdir())
ALARMING = ("alarm-on-cancelled", "cancelled-rejected", "unknown-aircraft-rejected")
SEEDS = range(15)


@contextlib.contextmanager
def submission(name: str) -> Iterator[types.SimpleNamespace]:
    """The starter with these layers over it, imported afresh; it looks like the grader's proxy."""
    with tempfile.TemporaryDirectory() as folder:
        for layer in layers_of(name):
            shutil.copytree(HERE / layer / "src", folder, dirs_exist_ok=True)
        sys.path.insert(0, folder)
        try:
            yield types.SimpleNamespace(module=importlib.import_module)
        finally:
            sys.path.remove(folder)
            for loaded in [loaded for loaded in sys.modules if loaded.split(".")[0] == "gatecast_ingest"]:
                del sys.modules[loaded]


def layers_of(name: str) -> list[str]:
    if name in {"starter", "solution"}:
        return ["starter"] if name == "starter" else ["starter", "solution"]
    return ["starter", "solution", f"honest/{name}" if name in HONEST else f"mutants/{name}"]


def every_day() -> list[str]:
    """Each fourth day of the year; 12 February, whose wind is an impossible value of the source, is not among them."""
    return [date for date in HIDDEN.whole_days() if pd.Timestamp(date).day_of_year % 4 == 1]


def stations() -> None:
    weather = HIDDEN.tables()["weather"]
    told: dict[str, list[float]] = {"apart": [], "apart in C": [], "apart turned back": [], "apart turned wrongly": []}
    for _, day in weather.groupby(["month", "day"]):
        for station, here in day.groupby("origin")["temp"].median().items():
            others = day.loc[day["origin"] != station, "temp"].median()
            celsius = round((here - 32) / 1.8, 2)
            told["apart"].append(abs(here - others))
            told["apart in C"].append(abs(celsius - others))
            told["apart turned back"].append(abs(celsius * 1.8 + 32 - others))
            told["apart turned wrongly"].append(abs(here * 1.8 + 32 - others))
    print("| °F between the medians of a station and of the others | lowest | mean | highest |\n|---|---|---|---|")
    for name, apart in told.items():
        print(f"| {name} | {min(apart):.1f} | {np.mean(apart):.1f} | {max(apart):.1f} |")
    usual = np.mean(np.array(told["apart"]) <= dirt.USUAL)
    print(f"\n{usual:.1%} of the stations' days are usual (at most {dirt.USUAL:g} °F apart)")


def faults_of(answer: Any, drop: Any, *, dirty: bool) -> list[str]:
    """What is wrong with an answer, one word each."""
    wrong = []
    for name, check in (("rows", compare.reconciled), ("tables", compare.tidy), ("quarantine", compare.rejected)):
        try:
            if name == "rows":
                check(answer, drop, "")
            elif name == "tables":
                check(answer, drop, "", days.KEYS, every_row=True)
            else:
                check(answer, drop, "", days.KEYS)
        except AssertionError:
            wrong.append(name)
    extra = compare.found(answer) - set(drop.faults.values())
    missed = set(drop.faults.values()) - compare.found(answer)
    return wrong + [f"alarm {fault}" for fault in extra] + [f"miss {fault}" for fault in missed if dirty]


def clean() -> None:
    sent = [dirt.drop(days.day_of(HIDDEN.tables(), date, 1), seed=1) for date in every_day()]
    print("| submission | clean drops | wrong | with an alarm | at most one alarm on 4 |\n|---|---|---|---|---|")
    for name in ("solution", *HONEST, *ALARMING):
        with submission(name) as code:
            found = [faults_of(compare.ingested(code, drop), drop, dirty=False) for drop in sent]
        wrong = sum(any(not word.startswith("alarm") for word in words) for words in found)
        alarms = np.array([sum(word.startswith("alarm") for word in words) for words in found])
        random = np.random.default_rng(0)
        four = np.mean([random.choice(alarms, size=4, replace=False).sum() <= 1 for _ in range(20_000)])
        print(f"| {name} | {len(sent)} | {wrong} | {np.mean(alarms > 0):.1%} | {four:.2%} |", flush=True)


def dirty() -> None:
    print("| submission | drops | wrong tables | wrong quarantine | false alarms | misses |\n|---|---|---|---|---|---|")
    drops = []
    for seed in SEEDS:
        for date in HIDDEN.dates(seed, winter=1, summer=1):
            day = days.day_of(HIDDEN.tables(), date, seed)
            drops += [dirt.everything(day, seed), *(dirt.drop(day, *names, seed=seed) for names in dirt.shares(seed))]
    for name in ("solution", *HONEST):
        with submission(name) as code:
            words = [faults_of(compare.ingested(code, drop), drop, dirty=True) for drop in drops]
        counts = [sum(any(word.startswith(start) for word in one) for one in words) for start in WORDS]
        print(f"| {name} | {len(drops)} | " + " | ".join(map(str, counts)) + " |", flush=True)


WORDS = (("rows", "tables"), "quarantine", "alarm", "miss")


def cost() -> None:
    tables = HIDDEN.tables()
    print("| submission | ms to make a day | to spoil it | to ingest it | to compare it |\n|---|---|---|---|---|")
    for name in ("solution", *HONEST):
        with submission(name) as code:
            spent = []
            for seed, date in enumerate(HIDDEN.dates(0, winter=10, summer=10)):
                marks = [time.process_time()]
                day = days.day_of(tables, date, seed)
                marks.append(time.process_time())
                drop = dirt.everything(day, seed)
                marks.append(time.process_time())
                answer = compare.ingested(code, drop)
                marks.append(time.process_time())
                faults_of(answer, drop, dirty=True)
                marks.append(time.process_time())
                spent.append(np.diff(marks))
        shown = " | ".join(f"{1000 * value:.0f}" for value in np.median(spent, axis=0))
        print(f"| {name} | {shown} |", flush=True)


if __name__ == "__main__":
    commands = {"stations": stations, "clean": clean, "dirty": dirty, "cost": cost}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]]()
