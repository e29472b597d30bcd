"""Task 5: keys that hold, and a quarantine that says why."""

from compare import ingested, rejected, tidy
from dirt import drop
from public_days import public_day
from pushmark_graders.checks import task


@task(5, points=4, hint="First: is the whole row the same? Then: is its key? See what `duplicated(keep=False)` gives.")
def test_keys_are_unique(submission, lab, seed):
    """A row that came twice is kept once; rows with one key and different values are all rejected."""
    sent = drop(public_day(lab, "2013-07-10"), "rows sent twice", "two rows of one key", seed=seed)
    answer, what = ingested(submission, sent), "With repeated rows"
    rejected(answer, sent, what, ["flights"], ["duplicate-row", "conflicting-rows"])
    tidy(answer, sent, what, ["flights"], only=["distance"])


@task(5, points=4, hint="Number the lines as the file does (the header is line 1) before any row is dropped or sorted.")
def test_quarantine_says_why(submission, lab, seed):
    """Truncated lines, unknown carriers and flights without a time are rejected, each with its line and reason."""
    faults = ("a truncated last line", "an unknown carrier", "a departure at no time")
    sent = drop(public_day(lab, "2013-10-16"), *faults, seed=seed)
    rejected(ingested(submission, sent), sent, f"With {', '.join(faults)}", ["flights", "weather", "planes"])
