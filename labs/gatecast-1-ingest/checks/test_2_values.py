"""Task 2: cells of text become values."""

from compare import ingested, tidy
from dirt import drop
from public_days import public_day
from pushmark_graders.checks import task


@task(
    2,
    points=4,
    hint="Which cells become NaN? A comma means one thing beside commas, another beside semicolons.",
)
def test_numbers_and_dates_are_read(submission, lab, seed):
    """Thousands separators, decimal commas and dates with the month first are read as what they mean."""
    faults = ("a thousands separator", "a decimal comma", "mixed date formats")
    sent = drop(public_day(lab, "2013-07-10"), *faults, seed=seed)
    answer = ingested(submission, sent)
    tidy(answer, sent, "With mixed date formats (date-format)", ["flights"], only=["date"])
    tidy(answer, sent, "With a thousands separator (number-format)", ["flights"], only=["distance"])
    tidy(answer, sent, "With a decimal comma (number-format)", ["weather"], only=["temp", "humid"])


@task(2, points=4, hint="Look at the bytes: content[:3], and the one after `San Jos`. Strip codes, then upper().")
def test_codes_and_names_are_read(submission, lab, seed):
    """Codes are tidied, a byte order mark is not part of a name, and names in Latin-1 are spelt right."""
    faults = ("untidy codes", "a byte order mark", "names in Latin-1")
    sent = drop(public_day(lab, "2013-02-12"), *faults, seed=seed)
    answer = ingested(submission, sent)
    tidy(answer, sent, "With names in Latin-1 (encoding)", ["airports"])
    tidy(answer, sent, "With a byte order mark and CRLF (encoding)", ["planes"])
    tidy(answer, sent, "With untidy codes (untidy-code)", ["flights"], only=["carrier", "dest"])
