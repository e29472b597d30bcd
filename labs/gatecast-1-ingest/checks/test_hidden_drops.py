"""Hidden checks: fresh drops of days that no learner was given."""

from compare import found, ingested, reconciled, rejected, tidy
from days import day_of
from dirt import drop, everything, shares
from pushmark_graders.checks import expect, task

CLEAN_DROPS = 4
FALSE_ALARMS = 1
GATE = ["fresh-drops-reconcile"]


@task(1, points=10, hidden=True, hint="The public check `rows-are-accounted-for` asks the same of other days.")
def test_fresh_drops_reconcile(submission, hidden, seed):
    """On fresh drops with all faults at once, rows in are rows out plus rows rejected, for every table."""
    for date in hidden.dates(seed, winter=1, summer=1):
        sent = everything(day_of(hidden.tables(), date, seed), seed)
        reconciled(ingested(submission, sent), sent, date)


@task(2, points=8, hidden=True, needs=GATE, hint="The public checks of task 2 ask the same of other days.")
def test_fresh_values_are_read(submission, hidden, seed):
    """On fresh drops, texts, codes, numbers and dates in every disguise are read right."""
    dates = hidden.dates(seed, winter=1, summer=1)
    disguises = (
        ("a thousands separator", "a decimal comma", "mixed date formats", "untidy codes"),
        ("a byte order mark", "names in Latin-1", "a renamed column", "a new column"),
    )
    for date, names in zip(dates, disguises, strict=True):
        sent = drop(day_of(hidden.tables(), date, seed), *names, seed=seed)
        answer = ingested(submission, sent)
        values = ["date", "carrier", "dest", "distance", "tailnum", "air_time", "dep_delay", "arr_delay"]
        tidy(answer, sent, date, ["flights"], only=values)
        tidy(answer, sent, date, ["weather"], only=["temp", "dewp", "humid"])
        tidy(answer, sent, date, ["planes", "airports", "airlines"])


@task(4, points=10, hidden=True, needs=GATE, hint="The public checks of tasks 3 and 4 ask the same of other days.")
def test_fresh_clocks_and_readings(submission, hidden, seed):
    """On fresh drops of both seasons, every moment is right, and so are units and impossible readings."""
    dates = hidden.dates(seed, winter=2, summer=2)
    moments = ["sched_dep_utc", "dep_utc", "arr_utc", "status"]
    for date, name in zip(dates, 2 * ["a station in Celsius", "local time sent as UTC"], strict=True):
        sent = drop(day_of(hidden.tables(), date, seed), name, "an impossible wind", seed=seed)
        answer = ingested(submission, sent)
        tidy(answer, sent, date, ["flights"], only=moments)
        tidy(answer, sent, date, ["weather"], every_row=True)
    sent = drop(day_of(hidden.tables(), "2013-11-03", seed), seed=seed)
    tidy(ingested(submission, sent), sent, "2013-11-03", ["flights"], only=moments)


@task(5, points=6, hidden=True, needs=GATE, hint="The public checks of task 5 ask the same of other days.")
def test_fresh_quarantine_is_right(submission, hidden, seed):
    """On fresh drops with all faults at once, exactly the right lines are rejected, for the right reasons."""
    for date in hidden.dates(seed, winter=1, summer=1):
        sent = everything(day_of(hidden.tables(), date, seed), seed)
        rejected(ingested(submission, sent), sent, date, sent.rejected)


@task(6, points=10, hidden=True, needs=GATE, hint="The public check `each-fault-is-found` asks the same of other days.")
def test_twelve_faults_are_found(submission, hidden, seed):
    """On fresh drops, all twelve kinds of fault are found, in the right tables."""
    missed = set()
    for date, names in zip(hidden.dates(seed, winter=2, summer=2), shares(seed), strict=True):
        sent = drop(day_of(hidden.tables(), date, seed), *names, seed=seed)
        missed |= set(sent.faults.values()) - found(ingested(submission, sent))
    expect.equal(sorted(missed), [], "Faults that were not found:")


@task(
    6,
    points=6,
    hidden=True,
    needs=["twelve-faults-are-found"],
    hint="Which rule fires on a good day? A cancelled flight is no fault, and an unknown aircraft is none.",
)
def test_clean_drops_are_quiet(submission, hidden, seed):
    """On four fresh drops without faults there is at most one false alarm."""
    told = []
    for date in hidden.dates(seed, winter=CLEAN_DROPS // 2, summer=CLEAN_DROPS // 2):
        sent = drop(day_of(hidden.tables(), date, seed), seed=seed)
        told += [(date, *one) for one in sorted(found(ingested(submission, sent)))]
    expect.that(len(told) <= FALSE_ALARMS, f"{len(told)} false alarms on {CLEAN_DROPS} clean drops: {told}")
