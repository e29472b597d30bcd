"""Task 3: clock times become moments."""

from compare import ingested, tidy
from dirt import drop
from public_days import public_day
from pushmark_graders.checks import task


@task(3, points=6, hint="Is New York 5 hours behind in July? What is 2400? Where is 0130, if the flight left at 2255?")
def test_clock_times_become_moments(submission, lab, seed):
    """Departures and arrivals are in UTC, past midnight and on both sides of the change to daylight saving time."""
    for date in ("2013-02-12", "2013-03-10", "2013-07-10"):
        sent = drop(public_day(lab, date), seed=seed)
        moments = ["sched_dep_utc", "dep_utc", "arr_utc"]
        tidy(ingested(submission, sent), sent, f"On {date}, without faults", ["flights"], only=moments)


@task(3, points=4, hint="No dep_time: cancelled. A dep_time and no arr_delay: diverted. Who has lost these rows?")
def test_every_flight_has_its_status(submission, lab, seed):
    """Every flight is there, as `landed`, `diverted` or `cancelled`."""
    sent = drop(public_day(lab, "2013-07-10"), seed=seed)
    answer = ingested(submission, sent)
    tidy(answer, sent, "On 2013-07-10, without faults", ["flights"], only=["status"], every_row=True)
