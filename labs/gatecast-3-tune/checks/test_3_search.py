"""Task 3: a search that keeps its budget, its hands off the test months, and its failures."""

import numpy as np
from examples_table import FITS, WISHES, public, role
from pushmark_graders.checks import expect, task, tracking

CHEAP = {"family": "hgb", "iterations": 10, "leaves": 6, "rate": 0.3}
LOSSES = ("train_log_loss", "validation_log_loss")


@task(3, points=3, needs=["roles-follow-the-calendar"], hint="Which rows does `trial` fit on, and which does it judge?")
def test_a_trial_looks_at_no_test_row(submission, lab, seed):
    """A trial's numbers are those of train and validation rows, and other labels in the test months change none."""
    search = submission.module("gatecast.search")
    table = public(lab.data).sample(4_000, random_state=np.random.default_rng(seed))
    spoilt = {
        name: table.assign(late=np.where(role(table) == name, ~table["late"], table["late"]))
        for name in ("test", "validation")
    }
    told = search.trial(table, CHEAP)
    expect.that(
        isinstance(told, dict) and all(isinstance(told.get(name), float) for name in LOSSES),
        "trial should return a dict with the numbers train_log_loss and validation_log_loss.",
    )
    expect.that(
        told["train_log_loss"] < 0.6 and told["validation_log_loss"] < 0.75,
        "Ten small trees should know more than nothing. Are rows and labels in the same order?",
    )
    other = search.trial(spoilt["test"], CHEAP)
    for name in LOSSES:
        expect.close(
            other[name], told[name], abs=1e-6, sentence=f"With other labels in the test months, `{name}` changed."
        )
    other = search.trial(spoilt["validation"], CHEAP)
    expect.close(
        other["train_log_loss"], told["train_log_loss"], abs=1e-6, sentence="Validation rows have taught the model."
    )
    expect.that(
        other["validation_log_loss"] > told["validation_log_loss"] + 0.05,
        "With wrong labels in July and August, validation_log_loss should be far worse, and is not: which rows is it?",
    )


@task(3, points=2, hint="Take the lowest validation_log_loss. A failed trial has none; a test number must not matter.")
def test_the_choice_is_by_validation(submission, seed):
    """`choose` takes the trial with the lowest validation log-loss, whatever else is known of the trials."""
    random = np.random.default_rng(seed)
    choose = submission.module("gatecast.search").choose
    for _ in range(5):
        losses = random.permutation(8) / 100 + 0.5
        trials = [
            {
                "settings": {"family": "hgb", "iterations": number},
                "train_log_loss": float(random.random()),
                "validation_log_loss": float(loss),
                "validation_auc": float(random.random()),
                "test_log_loss": float(1.2 - loss),
                "test_cost": float(1.2 - loss),
            }
            for number, loss in enumerate(losses)
        ]
        trials.insert(int(random.integers(8)), {"settings": {"family": "hgb", "iterations": 99}})
        answer = choose(trials)
        expect.that(isinstance(answer, dict) and "settings" in answer, "choose should return one of the trials.")
        best = {"family": "hgb", "iterations": int(np.argmin(losses))}
        expect.equal(answer["settings"], best, "Another trial has the lowest validation_log_loss.")


@task(
    3,
    points=2,
    needs=["the-choice-is-by-validation"],
    hint="Tag the chosen trial's run `chosen`; metrics.json has its validation_log_loss at validation.log_loss.",
)
def test_the_chosen_run_is_the_best_by_validation(training):
    """One run is tagged `chosen`; no fit has a lower validation log-loss, and metrics.json claims just that number."""
    tracking.expect_best_run(
        training,
        "validation_log_loss",
        claim="validation.log_loss",
        lower_is_better=True,
        trap="test_log_loss",
        tolerance=1e-4,
    )


@task(3, points=3, hint="mlflow.start_run(nested=True) for each trial, inside one run for the search, at most 12.")
def test_the_search_is_on_record(training):
    """One run holds 4 to 12 nested ones, one per trial, product's three wishes among them."""
    tracking.expect_search(training, most=FITS, least=4)
    nested = [run for parent in tracking.searches(training) for run in tracking.children(training, parent)]
    for wish in WISHES:
        said = {key: str(value) for key, value in wish.items()}
        expect.that(
            any(said.items() <= run.params.items() for run in nested),
            f"No trial has the settings that product asks for: {', '.join(f'{key}={said[key]}' for key in said)}.",
        )


@task(3, points=2, hint="Let the error leave the `with mlflow.start_run(...)` block, and catch it outside.")
def test_failures_are_kept(training):
    """The trial that cannot be fitted is on record as a failed run, and no run was deleted or left open."""
    tracking.expect_failures_kept(training, least=1)
