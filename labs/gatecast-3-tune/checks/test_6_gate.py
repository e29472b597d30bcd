"""Task 6: a gate, and a pipeline that others can run."""

import math

import numpy as np
from examples_table import auc, chances_of, cost, log_loss, public, role
from pushmark_graders.checks import expect, pipeline, quality, task, tracking

CODE = ("src/*.py", "src/gatecast/**/*.py")
MADE_BY_RUNS = ("work/**", "models/**", "metrics.json")
"""Trees may differ in the last digit from one processor to another; their numbers are compared instead."""


@task(6, points=5, hint="Worse in either number is worse. And what does a comparison with NaN give?")
def test_the_gate_refuses_a_worse_model(submission, seed):
    """The gate lets a first and a better model through, none that is worse in log-loss or cost, or has no number."""
    accepts = submission.module("gatecast.gate").accepts
    random = np.random.default_rng(seed)
    for _ in range(5):
        champion = {"log_loss": float(random.uniform(0.4, 0.6)), "cost": float(random.uniform(0.5, 0.9))}
        margin = float(random.uniform(0.005, 0.05))
        better = {name: value - margin for name, value in champion.items()}
        expect.equal(accepts(better, champion), True, "It is better in both numbers.")
        expect.equal(accepts(better, None), True, "There is no champion yet.")
        for name, value in champion.items():
            expect.equal(accepts({**better, name: value + margin}, champion), False, f"Its {name} is worse.")
            expect.equal(accepts({**better, name: math.nan}, champion), False, f"Its {name} is not a number.")


@task(
    6,
    points=1,
    hint="mlflow.sklearn.log_model(model, name=..., input_example=a few rows) in the run of the final model.",
)
def test_the_model_can_be_used_by_others(training):
    """A run holds the model, with a signature and an input example."""
    tracking.expect_model(training)


@task(6, points=3, hint="Which rows are `test`? September and October, judged once, by the model that `predict` uses.")
def test_the_report_is_about_the_test_months(submission, training, lab):
    """`test` in metrics.json has the rows, AUC, log-loss and cost of September and October, as we recompute them."""
    table = public(lab.data)
    test = table[role(table) == "test"]
    late, chances = test["late"].to_numpy(dtype=bool), chances_of(submission, test)
    threshold = training.metric("threshold")
    expect.that(threshold is not None, "metrics.json should have a number at `threshold`.")
    right = {
        "rows": float(len(test)),
        "auc": auc(late, chances),
        "log_loss": log_loss(late, chances),
        "cost": cost(late, chances, float(threshold)),
    }
    for name, value in right.items():
        expect.close(
            training.metric(f"test.{name}"), value, abs=0.002, sentence=f"`test.{name}` in metrics.json is off."
        )


@task(6, points=2, hint="In dvc.yaml, name under deps what a stage reads: data, code, and what the stage before wrote.")
def test_the_pipeline_declares_what_it_reads(training):
    """Stages follow one another through files, and each declares the data and the code that it depends on."""
    data = "data/raw/examples.parquet"
    pipeline.expect_stages(
        training,
        {
            "search": [data, "src/search.py", "src/gatecast/split.py", "src/gatecast/model.py"],
            "train": [data, "src/train.py", "src/gatecast/model.py"],
            "evaluate": [data, "src/evaluate.py", "src/gatecast/decision.py", "src/gatecast/slices.py"],
        },
    )
    pipeline.expect_after(training, "train", "search")
    pipeline.expect_after(training, "evaluate", "train")


@task(6, points=3, hint="Run dvc repro, then commit dvc.lock together with the code.")
def test_the_lock_is_of_this_code(files, training):
    """`dvc.lock` was written for the code, the data and the commands that are in the repository."""
    pipeline.expect_lock(files, training, exempt=MADE_BY_RUNS)


@task(6, points=2, hint="Run dvc repro, and commit the metrics.json that it writes. No number is typed by hand.")
def test_the_metrics_are_of_this_code(files, training):
    """The committed metrics.json holds what a clean run gives, within 0.02."""
    pipeline.expect_metrics(files, training, tolerance=0.02)


@task(6, points=7, hint="ruff check src; then types on what others call, and functions that fit on a screen.")
def test_the_code_can_be_read(files):
    """No likely bug, no function of more than 50 lines or without types, no secret, no notebook left behind."""
    findings = quality.lint(files, paths=CODE) + quality.long_functions(files, paths=CODE)
    findings += quality.untyped_functions(files, paths=CODE) + quality.secrets(files) + quality.notebooks(files)
    quality.expect_none(findings)
