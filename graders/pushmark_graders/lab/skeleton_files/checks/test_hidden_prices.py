"""What only the grader asks."""

from pushmark_graders.checks import expect, task


@task(1, points=2, hidden=True, needs=["price-is-parsed"], hint="Try prices of your own, large and small.")
def test_drawn_prices_are_parsed(submission, hidden, seed):
    """Thirty prices that you have not seen are read rightly."""
    texts, numbers = hidden.prices(seed)
    parse = submission.module("prices").parse
    expect.equal([parse(text) for text in texts], numbers)
