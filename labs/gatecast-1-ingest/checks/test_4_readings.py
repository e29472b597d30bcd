"""Task 4: what the stations say."""

from compare import ingested, tidy
from dirt import drop
from public_days import public_day
from pushmark_graders.checks import task


@task(4, points=4, hint="Three stations within 30 km: which one is alone? And when does New York's day begin, in UTC?")
def test_units_and_clocks_of_stations_are_mended(submission, lab, seed):
    """A station in Celsius is turned into Fahrenheit, and local time that was sent as UTC is moved back."""
    sent = drop(public_day(lab, "2013-02-12"), "a station in Celsius", seed=seed)
    tidy(ingested(submission, sent), sent, "With a station in °C (unit-changed)", ["weather"], only=["temp", "dewp"])
    sent = drop(public_day(lab, "2013-07-10"), "local time sent as UTC", seed=seed)
    what = "With local time sent as UTC (clock-shifted)"
    tidy(ingested(submission, sent), sent, what, ["weather"], only=["temp"], every_row=True)


@task(4, points=4, hint="LIMITS has both ends. Blank the cell, keep the row: its other readings are good.")
def test_impossible_readings_are_blank(submission, lab, seed):
    """A reading outside its limits is made missing, alone: its row and all other readings stay as they came."""
    sent = drop(public_day(lab, "2013-02-12"), "an impossible wind", seed=seed)
    answer = ingested(submission, sent)
    tidy(answer, sent, "With an impossible wind (impossible-value)", ["weather"], every_row=True)
