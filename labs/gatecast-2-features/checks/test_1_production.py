"""Task 1: score the model as production would."""

import numpy as np
from flightworld import ASKED, KNOWN, OUTCOME, blank_times, days_until, public_tables, same_cells, some_days
from pushmark_graders.checks import expect, leakage, task


@task(1, points=3, hint="Copy the flights, choose the rows by flight_id, and make the five OUTCOME columns missing.")
def test_blank_hides_the_outcome(submission, lab, seed):
    """`world.blank` hides the outcome of the flights you name, and nothing else."""
    raw = public_tables(lab.data)
    raw = days_until(raw, some_days(raw, 1, seed)[0])
    keys = raw["flights"]["flight_id"].sample(40, random_state=np.random.default_rng(seed)).tolist()
    answer = submission.module("gatecast.world").blank(raw, keys)
    same_tables = isinstance(answer, dict) and set(answer) == set(raw)
    expect.that(same_tables, "world.blank should return the same five tables, by name.")
    flights, expected = answer["flights"], leakage.blank(raw, KNOWN, ASKED, keys)["flights"]
    expect.is_table(flights)
    expect.columns(flights, list(expected.columns))
    expect.equal(flights["flight_id"].tolist(), expected["flight_id"].tolist(), "Every flight should keep its row.")
    for column in expected.columns:
        same = same_cells(flights[column], expected[column])
        expect.that(
            same.all(),
            f"`{column}` is wrong in {(~same).sum()} of {len(same)} rows; "
            + ("named flights lose it, others keep it." if column in OUTCOME else "it is known before departure."),
        )


@task(1, points=2, hint="Change one flight's own delay in the raw table: should that flight's features move?")
def test_own_outcome_is_not_used(submission, lab, seed):
    """A flight's features are the same when its own outcome is blank, as in production (blank probe)."""
    raw = public_tables(lab.data)
    day = some_days(raw, 1, seed)[0]
    cut = days_until(raw, day)
    build = submission.module("gatecast.features").build
    leaks = leakage.blank_probe(build, cut, KNOWN, ASKED, blank_times(cut, day, 4, seed))
    leakage.expect_none(leaks, "A flight's own outcome is in its features:")


@task(
    1,
    points=2,
    needs=["blank-hides-the-outcome"],
    hint="Blank a sample of validation flights, build their features again, score them: metrics.json, production.auc.",
)
def test_production_number_is_reported(training):
    """metrics.json reports production.auc, and it agrees with validation.auc within 0.05."""
    numbers = {}
    for name in ("validation", "production"):
        group = training.metrics.get(name)
        value = group.get("auc") if isinstance(group, dict) else None
        expect.that(
            isinstance(value, float | int), f"metrics.json should hold a number at {name}.auc; found {value!r}."
        )
        numbers[name] = value
    expect.between(numbers["production"], 0.5, 1.0, "production.auc should be an AUC of a useful model.")
    gap = numbers["validation"] - numbers["production"]
    expect.that(
        abs(gap) <= 0.05,
        f"validation.auc is {numbers['validation']:.3f}, production.auc is {numbers['production']:.3f}: "
        "what does the model lose when the outcome is blank?",
    )
