"""Task 1: every row that came in is in a table or in quarantine."""

from compare import ingested, reconciled, tidy
from dirt import drop, everything
from public_days import public_day
from pushmark_graders.checks import task


@task(1, points=3, hint="A cancelled flight has no dep_time. Which line of the code asks for one?")
def test_every_row_of_a_good_drop_comes_out(submission, lab, seed):
    """A drop without faults comes out whole, cancelled and diverted flights too, in whatever order its columns are."""
    sent = drop(public_day(lab, "2013-10-16"), seed=seed)
    answer = ingested(submission, sent)
    reconciled(answer, sent, "A drop without faults")
    tidy(answer, sent, "A drop without faults", ["flights"], only=["tailnum", "origin", "dest"], every_row=True)


@task(1, points=4, hint="Read columns by name, through RENAMED; take those of COLUMNS, and leave the others out.")
def test_schema_drift_is_survived(submission, lab, seed):
    """A renamed column is read under its old name, and a new one does no harm."""
    sent = drop(public_day(lab, "2013-07-10"), "a renamed column", "a new column", seed=seed)
    answer = ingested(submission, sent)
    tidy(answer, sent, "With a renamed column (schema-drift)", ["flights"], only=["tailnum", "dep_delay"])
    tidy(answer, sent, "With a new column (schema-drift)", ["weather"], only=["temp"])


@task(1, points=5, hint="Count in one place: lines after the header, rows written, rows rejected. Who skips lines?")
def test_rows_are_accounted_for(submission, lab, seed):
    """On the worst day, rows in are rows out plus rows rejected, for each of the five tables."""
    for date in ("2013-02-12", "2013-07-10"):
        sent = everything(public_day(lab, date), seed)
        reconciled(ingested(submission, sent), sent, f"All faults at once on {date}")
