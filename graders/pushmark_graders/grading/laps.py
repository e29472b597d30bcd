"""How long the phases of a grading took, as coarsely as a report may tell it."""

import math
import time

from pushmark_graders.report.model import Timing


class Laps:
    """Seconds of wall time of each phase; one that ends again adds up.

    How long learner code takes is up to it. Where it has hidden inputs, whole seconds keep the report from
    carrying them out; the total is the sum of what is told.
    """

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._seconds: dict[str, float] = {}

    def end(self, phase: str, *, hidden: bool = False) -> None:
        now = time.monotonic()
        seconds = float(math.ceil(now - self._last)) if hidden else round(now - self._last, 3)
        self._seconds[phase] = self._seconds.get(phase, 0.0) + seconds
        self._last = now

    def timing(self, *, warm: bool) -> Timing:
        return Timing(
            total=round(sum(self._seconds.values()), 3),
            intake=self._seconds.get("intake", 0.0),
            training=self._seconds.get("training", 0.0),
            checks=self._seconds.get("checks", 0.0),
            metrics=self._seconds.get("metrics", 0.0),
            workers="warm" if warm else "cold",
        )
