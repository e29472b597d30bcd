"""What learners run themselves."""

from pushmark_graders.checks import expect, task


@task(1, points=3, hint="Which characters does float() refuse?")
def test_price_is_parsed(submission):
    """A price with a thousands separator and stray spaces is read as a number."""
    expect.close(submission.module("prices").parse(" 1,299.00 EUR "), 1299.0)


@task(1, points=2, hint="What does float('n/a') do?")
def test_missing_price_is_none(submission):
    """A text that is no price is None, not an error."""
    expect.equal(submission.module("prices").parse("n/a"), None)


@task(2, points=3, needs=["price-is-parsed"], hint="The median of what?")
def test_gaps_get_the_median(submission):
    """A missing price gets the median of the prices that are there."""
    expect.equal(submission.module("prices").clean(["1 EUR", "n/a", "3 EUR", "8 EUR"]), [1.0, 3.0, 3.0, 8.0])
