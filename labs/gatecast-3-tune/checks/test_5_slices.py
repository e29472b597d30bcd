"""Task 5: who pays for the mean?"""

import numpy as np
from examples_table import by_slice, chances_of, expect_slices, public, role
from pushmark_graders.checks import expect, task


@task(
    5,
    points=4,
    hint="For each value of origin, carrier and storm_day: rows, late_rate, log_loss, cost; 100 rows or more.",
)
def test_slices_are_counted_right(submission, lab, seed):
    """For flights and chances that we draw, each slice of 100 rows or more has the right four numbers."""
    random = np.random.default_rng(seed)
    table = public(lab.data).sample(3_000, random_state=random)
    chances = random.uniform(0.02, 0.98, len(table))
    for threshold in (1 / 6, 0.4):
        told = submission.module("gatecast.slices").by_slice(table, chances, threshold)
        expect_slices(told, by_slice(table, chances, threshold), 1e-4)


@task(
    5,
    points=6,
    needs=["slices-are-counted-right"],
    hint="Which rows are in your table? September and October alone, with the threshold that metrics.json names.",
)
def test_reported_slices_can_be_recomputed(submission, training, lab):
    """`slices` in metrics.json is what we get for the test months with your model and your threshold."""
    threshold = training.metric("threshold")
    expect.that(threshold is not None, "metrics.json should have a number at `threshold`.")
    table = public(lab.data)
    test = table[role(table) == "test"]
    right = by_slice(test, chances_of(submission, test), float(threshold))
    expect_slices(training.metrics.get("slices"), right, 0.002)
