"""The same state, by plain loops: one sorted list per airport and per aircraft, and bisect."""

from bisect import bisect_right
from collections import defaultdict

import pandas as pd
from gatecast import clock

WEATHER = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib"]
HOUR = 3_600_000_000


def weather(flights: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """The latest observation of the six hours before the call."""
    log = defaultdict(list)
    for origin, moment, values in zip(
        observations["origin"],
        clock.stamps(observations["time_hour"]).astype(int),
        observations[WEATHER].to_numpy(),
        strict=True,
    ):
        log[origin].append((moment, tuple(values)))
    times = {origin: [moment for moment, _ in sorted(entries)] for origin, entries in log.items()}
    values = {origin: [entry for _, entry in sorted(entries)] for origin, entries in log.items()}
    nothing = (float("nan"),) * len(WEATHER)
    rows = []
    for origin, call in zip(flights["origin"], clock.stamps(flights["call"]).astype(int), strict=True):
        last = bisect_right(times.get(origin, []), call) - 1
        fresh = last >= 0 and times[origin][last] > call - 6 * HOUR
        rows.append(values[origin][last] if fresh else nothing)
    return pd.DataFrame(rows, columns=[f"weather_{name}" for name in WEATHER])


def airport(flights: pd.DataFrame) -> pd.DataFrame:
    """Mean delay and number of departures in the two hours before the call, and the largest delay."""
    gone = defaultdict(list)
    for origin, left, delay in _events(flights, "origin", "left", "dep_delay"):
        gone[origin].append((left, delay))
    for entries in gone.values():
        entries.sort()
    rows = []
    for origin, call in zip(flights["origin"], clock.stamps(flights["call"]).astype(int), strict=True):
        entries = gone[origin]
        first = bisect_right(entries, (call - 2 * HOUR, float("inf")))
        recent = [delay for _, delay in entries[first : bisect_right(entries, (call, float("inf")))]]
        rows.append((sum(recent) / len(recent), max(recent)) if recent else (float("nan"),) * 2)
    return pd.DataFrame(rows, columns=["airport_mean", "airport_worst"])


def aircraft(flights: pd.DataFrame) -> pd.DataFrame:
    """The delay of the aircraft's last departure and of its last arrival before the call."""
    found = {}
    for moment, delay in (("left", "dep_delay"), ("arrived", "arr_delay")):
        log = defaultdict(list)
        for tail, at, minutes in _events(flights, "tailnum", moment, delay):
            log[tail].append((at, minutes))
        for entries in log.values():
            entries.sort()
        column, ages = [], []
        for tail, call in zip(flights["tailnum"], clock.stamps(flights["call"]).astype(int), strict=True):
            entries = log[tail]
            last = bisect_right(entries, (call, float("inf"))) - 1
            fresh = last >= 0 and entries[last][0] > call - 24 * HOUR
            column.append(entries[last][1] if fresh else None)
            ages.append((call - entries[last][0]) / HOUR if fresh else None)
        found[f"aircraft_{delay}"], found[f"aircraft_{moment}_hours"] = column, ages
    return pd.DataFrame(found, dtype=float)


def _events(flights: pd.DataFrame, key: str, moment: str, value: str) -> list[tuple[str, int, float]]:
    """(key, moment, value) of the flights for which the moment is known."""
    known = flights[flights[moment].notna()]
    return list(zip(known[key], clock.stamps(known[moment]).astype(int).tolist(), known[value], strict=True))
