"""Features of one question, looked up with `bisect` in Python's own arrays: a list would need an object per number."""

from array import array
from bisect import bisect_right

import numpy as np
from gatecast_serve import lookups

_FOUND = lookups.load()


def _plain(numbers: np.ndarray) -> array:
    return array(numbers.dtype.char, numbers.tobytes())


SCHED, ORIGIN, TAIL = _plain(_FOUND.sched), _plain(_FOUND.origin), _plain(_FOUND.tail)
WEATHER = [(_plain(times), values.tolist()) for times, values in _FOUND.weather]
GONE = [(_plain(times), _plain(sums[:, 0]), _plain(sums[:, 1])) for times, sums in _FOUND.airport]
MISSING = float("nan")
NOTHING = (MISSING, MISSING)


def _by_aircraft(events: lookups.Events) -> list[tuple[array, array]]:
    """For each aircraft the times of its events, and the delays."""
    bounds = zip(events.bounds[:-1], events.bounds[1:], strict=True)
    return [(_plain(events.times[first:end]), _plain(events.delays[first:end])) for first, end in bounds]


DEPARTED, LANDED = _by_aircraft(_FOUND.departed), _by_aircraft(_FOUND.landed)


def features(flight_id: int, lead_minutes: int = 120, tailnum: str | None = None) -> np.ndarray | None:
    """The encoded row that `gatecast.features.build` gives, in the model's order; None: no such flight."""
    at = flight_id - _FOUND.first
    if at < 0 or at >= len(SCHED):
        return None
    tail = TAIL[at] if tailnum is None else _FOUND.tails.get(tailnum)
    call = SCHED[at] - lead_minutes
    plane = NOTHING if tail is None else _FOUND.plane[tail].tolist()
    news = [NOTHING, NOTHING] if tail is None else [_last(DEPARTED[tail], call), _last(LANDED[tail], call)]
    numbers = (*_FOUND.timetable[at].tolist(), *plane, *_weather(ORIGIN[at], call), *_airport(ORIGIN[at], call))
    return np.array([*numbers, *news[0], *news[1]], dtype=np.float32)


def _weather(origin: int, call: int) -> list[float]:
    times, values = WEATHER[origin]
    at = bisect_right(times, call) - 1
    return values[at] if at >= 0 and times[at] >= call - 6 * 60 else [MISSING] * 8


def _airport(origin: int, call: int) -> tuple[float, float, int]:
    times, delays, lates = GONE[origin]
    start, end = bisect_right(times, call - 180), bisect_right(times, call)
    if start == end:
        return MISSING, MISSING, 0
    count = end - start
    return (delays[end] - delays[start]) / count, (lates[end] - lates[start]) / count, count


def _last(events: tuple[array, array], call: int) -> tuple[float, float]:
    times, delays = events
    at = bisect_right(times, call) - 1
    if at < 0 or times[at] < call - 24 * 60:
        return NOTHING
    return delays[at], (call - times[at]) / 60
