"""Features of one question, looked up in arrays that `lookups` prepared in the pipeline."""

import numpy as np
from gatecast_serve import lookups

LOOK = lookups.load()
RECENT, STALE, DAY = 180, 360, 1440
"""Minutes: the airport's window, and the oldest weather and aircraft news that count."""
MISSING = float("nan")


def features(flight_id: int, lead_minutes: int = 120, tailnum: str | None = None) -> np.ndarray | None:
    """The encoded row that `gatecast.features.build` gives, in the model's order: shape (n,); None: no such flight."""
    globals().update(LOOK=lookups.load())
    at = flight_id - LOOK.first
    if not 0 <= at < len(LOOK.sched):
        return None
    call = int(LOOK.sched[at]) - lead_minutes
    origin = int(LOOK.origin[at])
    tail = int(LOOK.tail[at]) if tailnum is None else LOOK.tails.get(tailnum, -1)
    row = np.empty(lookups.WIDTH, dtype=np.float32)
    row[lookups.TIMETABLE] = LOOK.timetable[at]
    row[lookups.PLANE] = LOOK.plane[tail] if tail >= 0 else MISSING
    row[lookups.WEATHER] = _weather(origin, call)
    row[lookups.AIRPORT] = _airport(origin, call)
    row[lookups.DEPARTED] = _last(LOOK.departed, tail, call)
    row[lookups.LANDED] = _last(LOOK.landed, tail, call)
    return row


def _weather(origin: int, call: int) -> np.ndarray | float:
    times, values = LOOK.weather[origin]
    at = int(times.searchsorted(call, side="right")) - 1
    return values[at] if at >= 0 and call - times[at] <= STALE else MISSING


def _airport(origin: int, call: int) -> tuple[float, float, int]:
    times, sums = LOOK.airport[origin]
    start, end = times.searchsorted((call - RECENT, call), side="right")
    count = int(end - start)
    if count == 0:
        return MISSING, MISSING, 0
    delay, late = (sums[end] - sums[start]) / count
    return delay, late, count


def _last(events: lookups.Events, tail: int, call: int) -> tuple[float, float]:
    """Delay and age in hours of the aircraft's latest event by the call."""
    if tail < 0:
        return MISSING, MISSING
    first, end = int(events.bounds[tail]), int(events.bounds[tail + 1])
    at = first + int(events.times[first:end].searchsorted(call, side="right")) - 1
    if at < first or call - events.times[at] > DAY:
        return MISSING, MISSING
    return float(events.delays[at]), (call - int(events.times[at])) / 60
