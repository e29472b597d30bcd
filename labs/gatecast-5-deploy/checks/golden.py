"""Golden questions: what the gate asks, and what the submission's own model answers on the batch code's features.

`gatecast.features` is the lab's own and no submission changes it, so an answer agrees only if the service's features
are those of the batch code and its model is the one that `gatecast_serve.model.probabilities` stands for.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pushmark_graders.checks import expect

APP = "gatecast_serve.app:app"
TOLERANCE = 1e-4
BACK = pd.Timedelta("5D")
STRANGERS = ("N0GATE", "N9ZZ9Z")
Question = dict[str, Any]


def raw_tables(folder: Path) -> dict[str, pd.DataFrame]:
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in ("flights", "weather", "planes", "airports")}


def draw(raw: dict[str, pd.DataFrame], *, days: int, each: int, seed: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    """`each` questions about each of some random days, and the tables of these days and the five before each.

    A third of the questions names another aircraft, now and then one that nobody knows.
    """
    random = np.random.default_rng(seed)
    flights = raw["flights"]
    begin = pd.to_datetime(flights["time_hour"].dt.floor("D").drop_duplicates()).iloc[6:]
    asked, near, observed = [], pd.Series(False, index=flights.index), pd.Series(False, index=raw["weather"].index)
    for day in random.choice(begin, days, replace=False):
        moment = flights["time_hour"]
        today = flights[(moment >= day) & (moment < day + pd.Timedelta("1D"))].sample(each, random_state=random)
        near |= (moment >= day - BACK) & (moment < day + pd.Timedelta("1D"))
        seen = raw["weather"]["time_hour"]
        observed |= (seen >= day - BACK) & (seen < day + pd.Timedelta("1D"))
        leads = np.where(random.random(each) < 0.5, 120, random.integers(120, 721, each))
        tails = [_tail(random, today["tailnum"]) for _ in range(each)]
        asked.append(pd.DataFrame({"flight_id": today["flight_id"], "lead_minutes": leads, "tailnum": tails}))
    return pd.concat(asked, ignore_index=True), {**raw, "flights": flights[near], "weather": raw["weather"][observed]}


def _tail(random: np.random.Generator, there: pd.Series) -> str | None:
    luck = random.random()
    if luck < 0.05:
        return str(random.choice(STRANGERS))
    fits = there[there.str.fullmatch(r"N[0-9A-Z]{1,5}")]
    return str(random.choice(fits)) if luck < 0.33 else None


def bodies(questions: pd.DataFrame) -> list[Question]:
    """The questions as the gate sends them: what is usual is left out."""
    found = []
    for number, lead, tail in questions.itertuples(index=False):
        body: Question = {"flight_id": int(number)}
        if lead != 120:
            body["lead_minutes"] = int(lead)
        if isinstance(tail, str):
            body["tailnum"] = tail
        found.append(body)
    return found


def ask(service: Any, body: Question) -> float:
    """One answer, read as a probability."""
    response = service.post("/predict", body)
    expect.equal(response.status, 200, f"{response.label} should be answered with status 200:")
    answer = response.json
    there = isinstance(answer, dict) and isinstance(answer.get("probability"), float)
    expect.that(there, f"{response.label} should be answered with an object that holds a number `probability`.")
    expect.equal(answer.get("flight_id"), body["flight_id"], f"{response.label}: the answer names its flight:")
    expect.between(answer["probability"], 0.0, 1.0, f"{response.label}: a probability is from 0 to 1.")
    return float(answer["probability"])


def compare(service: Any, asked: list[Question], chances: Any) -> None:
    """Holds when the service gives the model's chance for every question, in this order."""
    expected = np.asarray(chances, dtype=float)
    expect.equal(expected.shape, (len(asked),), "model.probabilities gives one number for each row of the table:")
    got = np.array([ask(service, body) for body in asked])
    off = np.abs(got - expected)
    worst = int(off.argmax())
    expect.that(
        np.isfinite(off).all() and off[worst] <= TOLERANCE,
        f"{int((off > TOLERANCE).sum())} of {len(asked)} answers are more than {TOLERANCE:g} off what your model "
        f"says of the batch features. The worst: {asked[worst]} gave {got[worst]:.6f}, and not {expected[worst]:.6f}.",
    )
