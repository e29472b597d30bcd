"""Task 2: validation in order of time."""

import numpy as np
import pandas as pd
from examples_table import chances_of, public, role
from pushmark_graders.checks import expect, task


@task(2, points=3, hint="Compare the day of each flight with the two dates; nothing is drawn by chance.")
def test_roles_follow_the_calendar(submission, lab, seed):
    """Flights before the validation months teach, those from the first test day on only report."""
    table = public(lab.data).sample(4_000, random_state=np.random.default_rng(seed))
    for starts in (("2013-07-01", "2013-09-01"), ("2013-04-15", "2013-06-01")):
        answer = submission.module("gatecast.split").role(table, *starts)
        told = isinstance(answer, pd.Series) and answer.index.equals(table.index)
        expect.that(told, "role should return a pandas Series with the index of the table.")
        right = role(table, *starts)
        wrong = (answer.astype(str) != right).to_numpy()
        example = (
            f", such as {answer[wrong].iloc[0]} for a flight that is {right[wrong].iloc[0]}" if wrong.any() else ""
        )
        expect.that(
            not wrong.any(),
            f"With validation from {starts[0]} and test from {starts[1]}, {wrong.sum():,} of {len(table):,} flights "
            f"have another role than their day says{example}.",
        )


@task(
    2,
    points=2,
    hint="What does month 11 mean to a model that stopped in August? Give the model `examples.FEATURES` alone.",
)
def test_chances_do_not_follow_the_calendar(submission, training, lab, seed):
    """The trained model says the same when month, day, `storm_day` and the label are changed: it does not use them."""
    expect.that(training.seconds > 0, "The pipeline did not run.")
    table = public(lab.data).sample(2_000, random_state=np.random.default_rng(seed))
    before = chances_of(submission, table)
    for column in ("month", "day", "storm_day", "late"):
        other = table[column].to_numpy()[np.random.default_rng(seed).permutation(len(table))]
        moved = np.abs(chances_of(submission, table.assign(**{column: other})) - before) > 1e-6
        expect.that(
            not moved.any(),
            f"With the column `{column}` shuffled, {moved.mean():.0%} of the chances moved; nobody knows it, or knows "
            "what it means, two hours before departure.",
        )
