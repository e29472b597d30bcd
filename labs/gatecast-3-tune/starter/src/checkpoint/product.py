"""What product and operations decided. A model is made for these numbers, not the other way round."""

VALIDATION_START = "2013-07-01"
TEST_START = "2013-09-01"
"""January to June teach, July and August choose, September and October are for the report alone."""

MISSED_DELAY = 5.0
"""A crew that is not there when a late aircraft comes."""
FALSE_ALARM = 1.0
"""A crew that waits for an aircraft that is on time."""

FITS = 12
"""Models that a search may fit; one that fails counts."""
WISHES = [
    {"family": "hgb", "iterations": 12, "leaves": 31, "rate": 0.1},
    {"family": "hgb", "iterations": 120, "leaves": 63, "rate": 0.1},
    {"family": "hgb", "iterations": 12, "leaves": 1, "rate": 0.1},
]
"""What product asks to see among the trials: "a quick one", "something bigger", and "the simplest tree there is"."""

SMALLEST_SLICE = 100
"""Rows: what fewer say is noise."""

CHAMPION = {"log_loss": 0.467, "cost": 0.714}
"""September and October of the model that is at the gate today, which knows the timetable alone."""
