"""Task 4: chances that are chances, and a threshold that follows from what mistakes cost."""

import numpy as np
from examples_table import calibration_error, chances_of, cost, least_cost, public, role
from pushmark_graders.checks import expect, task

MOST_ERROR = 0.08
MOST_ABOVE_BEST = 1.2


@task(4, points=1, hint="Five for a late flight without a crew, one for a crew without a late flight, then the mean.")
def test_decisions_are_priced(submission, seed):
    """A late flight without a crew costs 5, a crew without a late flight 1, right decisions nothing."""
    priced = submission.module("gatecast.decision").cost
    late, chances = np.array([True, True, False, False]), np.array([0.1, 0.3, 0.3, 0.1])
    expect.close(priced(late, chances, 0.2), 1.5, abs=1e-9, sentence="One missed and one false alarm, of four.")
    expect.close(priced(late, chances, 0.3), 1.5, abs=1e-9, sentence="A chance that equals the threshold is acted on.")
    expect.close(priced(late, chances, 0.5), 2.5, abs=1e-9, sentence="Nobody is called: two late flights of four.")
    random = np.random.default_rng(seed)
    late, chances = random.random(500) < 0.3, random.random(500)
    for threshold in (0.0, 0.3, 0.7):
        expect.close(priced(late, chances, threshold), cost(late, chances, threshold), abs=1e-9)


@task(4, points=2, hint="Do class weights move the chances? Leave them out, or calibrate on rows that did not teach.")
def test_chances_are_calibrated(submission, training, lab):
    """In the test months, chance and frequency are at most 0.08 apart in the mean of ten bins."""
    expect.that(training.seconds > 0, "The pipeline did not run.")
    table = public(lab.data)
    test = table[role(table) == "test"]
    late, chances = test["late"].to_numpy(dtype=bool), chances_of(submission, test)
    expect.between(
        calibration_error(late, chances),
        0,
        MOST_ERROR,
        f"{late.mean():.0%} of these flights were late, and the mean chance is {chances.mean():.0%}. "
        "The mean distance of chance and frequency over ten bins is too large.",
    )


@task(
    4,
    points=2,
    needs=["decisions-are-priced"],
    hint="What does a miss cost? Acting costs (1 - p) x 1, waiting p x 5: from which p on is acting cheaper?",
)
def test_threshold_follows_from_cost(submission, training, lab):
    """From July to October, the threshold costs at most a fifth more than the best one found afterwards."""
    expect.that(training.seconds > 0, "The pipeline did not run.")
    threshold = submission.module("gatecast.decision").threshold()
    expect.between(threshold, 0, 1, "threshold() should return a chance.")
    table = public(lab.data)
    later = table[role(table) != "train"]
    late, chances = later["late"].to_numpy(dtype=bool), chances_of(submission, later)
    paid, best = cost(late, chances, float(threshold)), least_cost(late, chances)
    expect.that(
        paid <= MOST_ABOVE_BEST * best,
        f"Acting from {threshold:.3f} on costs {paid:.3f} a flight; the best threshold for these chances {best:.3f}.",
    )
