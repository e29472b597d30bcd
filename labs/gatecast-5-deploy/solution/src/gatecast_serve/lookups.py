"""Everything that a question can look up, as arrays: made once from the raw tables, loaded without pandas.

Moments are minutes since 1970 in UTC: all raw times are whole minutes, so nothing is rounded.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

SAVED = Path(__file__).resolve().parents[2] / "models" / "lookups.npz"
ORIGINS = ("EWR", "JFK", "LGA")
TIMETABLE, PLANE, WEATHER = slice(0, 7), slice(7, 9), slice(9, 17)
AIRPORT, DEPARTED, LANDED = slice(17, 20), slice(20, 22), slice(22, 24)
WIDTH = 24


@dataclass(frozen=True)
class Events:
    """Events of all aircraft, in the order of time for each: those of aircraft i are at bounds[i] to bounds[i + 1]."""

    bounds: np.ndarray
    times: np.ndarray
    delays: np.ndarray


@dataclass(frozen=True)
class Lookups:
    """`sched`, `origin`, `tail` and `timetable` by flight, `plane` by aircraft, `weather` and `airport` by origin."""

    first: int
    sched: np.ndarray
    origin: np.ndarray
    tail: np.ndarray
    tails: dict[str, int]
    timetable: np.ndarray
    plane: np.ndarray
    weather: list[tuple[np.ndarray, np.ndarray]]
    airport: list[tuple[np.ndarray, np.ndarray]]
    departed: Events
    landed: Events


def load() -> Lookups:
    """Read what `save` wrote."""
    with np.load(SAVED) as file:
        table = {name: file[name] for name in file.files}
    tails = json.loads(table["tails"].tobytes())
    here = range(len(ORIGINS))
    return Lookups(
        first=int(table["first"]),
        **{name: table[name] for name in ("sched", "origin", "tail", "timetable", "plane")},
        tails={name: number for number, name in enumerate(tails)},
        weather=[(table[f"weather_times_{at}"], table[f"weather_{at}"]) for at in here],
        airport=[(table[f"airport_times_{at}"], _running(table[f"airport_{at}"])) for at in here],
        departed=Events(*(table[f"departed_{name}"] for name in ("bounds", "times", "delays"))),
        landed=Events(*(table[f"landed_{name}"] for name in ("bounds", "times", "delays"))),
    )


def _running(delays: np.ndarray) -> np.ndarray:
    """Sums of delays, and counts of late ones, before each place: shape (n + 1, 2)."""
    columns = np.column_stack([delays, delays >= 15]).astype(np.float64)
    return np.vstack([np.zeros(2), np.cumsum(columns, axis=0)])


def save(raw: "dict[str, pd.DataFrame]", table: "pd.DataFrame") -> None:
    """Write the arrays. `table` holds the encoded features of all flights of `raw`, in the model's order."""
    from gatecast import clock, state

    flights = raw["flights"].reset_index(drop=True)
    moments = {
        "departed": (clock.dep_utc(flights), flights["dep_delay"]),
        "landed": (clock.arr_utc(flights, raw["airports"]), flights["arr_delay"]),
    }
    tails = sorted({*flights["tailnum"], *raw["planes"]["tailnum"]})
    tail = flights["tailnum"].map({name: number for number, name in enumerate(tails)}).to_numpy(dtype=np.int16)
    arrays: dict[str, Any] = {
        "first": np.int64(flights["flight_id"].iloc[0]),
        "sched": minutes(clock.sched_utc(flights)),
        "origin": flights["origin"].map(ORIGINS.index).to_numpy(dtype=np.int8),
        "tail": tail,
        "tails": np.frombuffer(json.dumps(tails).encode(), dtype=np.uint8),
        "timetable": table.to_numpy(dtype=np.float32)[:, TIMETABLE],
        "plane": raw["planes"].set_index("tailnum")[["year", "seats"]].reindex(tails).to_numpy(dtype=np.float32),
    }
    for name, (when, delays) in moments.items():
        arrays |= {f"{name}_{key}": value for key, value in _events(when, delays, tail, len(tails)).items()}
    observed = raw["weather"].sort_values("time_hour", kind="stable")
    for at, origin in enumerate(ORIGINS):
        here = observed[observed["origin"] == origin]
        arrays[f"weather_times_{at}"] = minutes(here["time_hour"])
        arrays[f"weather_{at}"] = here[state.WEATHER].to_numpy(dtype=np.float32)
        gone = (flights["origin"] == origin) & moments["departed"][0].notna()
        times = minutes(moments["departed"][0][gone])
        order = np.argsort(times, kind="stable")
        arrays[f"airport_times_{at}"] = times[order]
        arrays[f"airport_{at}"] = flights.loc[gone, "dep_delay"].to_numpy(dtype=np.int16)[order]
    np.savez_compressed(SAVED, **arrays)


def _events(when: "pd.Series", delays: "pd.Series", tail: np.ndarray, tails: int) -> dict[str, np.ndarray]:
    there = when.notna().to_numpy()
    times, owners = minutes(when[there]), tail[there]
    order = np.lexsort((np.flatnonzero(there), times, owners))
    return {
        "bounds": np.searchsorted(owners[order], np.arange(tails + 1)).astype(np.int32),
        "times": times[order],
        "delays": delays[there].to_numpy(dtype=np.float32)[order],
    }


def minutes(moments: "pd.Series") -> np.ndarray:
    """UTC moments as whole minutes since 1970."""
    stamps = np.asarray(moments.dt.tz_localize(None), dtype="datetime64[m]")
    return stamps.astype(np.int64).astype(np.int32)
