"""Task 6: a split in time, and a run that a colleague can trust."""

import hashlib

import numpy as np
import pandas as pd
from flightworld import public_tables
from pushmark_graders.checks import expect, quality, task


@task(
    6, points=3, hint="Validation 0.81, November 0.72: what is in both halves? Compare the flight's day with `start`."
)
def test_split_is_in_time(submission, lab, seed):
    """No flight after the first validation day teaches the model, and none before it judges."""
    flights = public_tables(lab.data)["flights"].sample(5_000, random_state=np.random.default_rng(seed))
    day = pd.to_datetime(flights[["year", "month", "day"]])
    for start in ("2013-09-01", "2013-06-15"):
        answer = np.asarray(submission.module("gatecast.split").time_split(flights, start))
        told = answer.shape == (len(flights),) and answer.dtype == bool
        expect.that(told, "time_split should say True or False for each flight, in the order of the flights.")
        train = answer
        expect.that(train.any() and not train.all(), f"With start {start} both sides should have flights.")
        future = int((train & (day >= start).to_numpy()).sum())
        expect.equal(future, 0, f"Training flights on or after {start} (the future):")
        past = int((~train & (day < start).to_numpy()).sum())
        expect.equal(past, 0, f"Validation flights before {start}, which training could have used:")


@task(6, points=3, hint="Log params, train_auc, validation_auc and data_hash (data.fingerprint) to one MLflow run.")
def test_run_tells_the_whole_story(training, lab):
    """An MLflow run names its parameters, the data's hash and the AUC of both splits, as metrics.json does."""
    expect.that(training.runs, "The training logged no MLflow run.")
    run = training.runs[-1]
    for name in ("train_auc", "validation_auc"):
        expect.that(name in run.metrics, f"The run has no metric {name}; it has: {', '.join(sorted(run.metrics))}.")
    expect.that(
        any("iterations" in name for name in run.params),
        f"The run does not say with which parameters; it has: {', '.join(sorted(run.params)) or 'none'}.",
    )
    data_hash = hashlib.sha256((lab.data / "flights.parquet").read_bytes()).hexdigest()
    expect.equal(run.params.get("data_hash", ""), data_hash, "The parameter data_hash should name the data:")
    group = training.metrics.get("validation")
    claim = group.get("auc") if isinstance(group, dict) else None
    expect.that(
        isinstance(claim, float | int), f"metrics.json should hold a number at validation.auc; found {claim!r}."
    )
    expect.close(
        run.metrics["validation_auc"], claim, abs=0.002, sentence="The run and metrics.json disagree on validation AUC."
    )


@task(
    6,
    points=3,
    needs=["known-at-is-a-time-machine"],
    hint="`ruff check src` finds most of it on your machine. A long function has a part with a name of its own.",
)
def test_code_is_clean(files):
    """The code has no likely bug, no function longer than 50 lines, types on what others call, and no secrets."""
    code = ["src/**/*.py"]
    found = quality.lint(files, paths=code) + quality.long_functions(files, most=50, paths=code)
    found += quality.untyped_functions(files, paths=code) + quality.secrets(files) + quality.notebooks(files)
    quality.expect_none(found, sentence="A reviewer would ask about this.")
