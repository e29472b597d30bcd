"""Task 1: what must be beaten, on record."""

import hashlib

import numpy as np
from examples_table import log_loss, public, role
from pushmark_graders.checks import expect, task, tracking


@task(
    1, points=3, hint="One run named `prior`, one named `baseline`, each with `validation_log_loss`: see `search.py`."
)
def test_prior_and_baseline_are_on_record(training, lab):
    """MLflow runs `prior` and `baseline` have the log-loss of July and August, and the baseline beats the prior."""
    losses = {}
    for name in ("prior", "baseline"):
        found = [run for run in training.runs if run.name == name]
        expect.that(found, f"No run is named `{name}`; there are: {', '.join(run.name for run in training.runs[:20])}.")
        tracking.expect_metrics(training, ["validation_log_loss"], runs=found[:1])
        losses[name] = found[0].metrics["validation_log_loss"]
    table = public(lab.data)
    train, late = (role(table) == "train").to_numpy(), table["late"].to_numpy(dtype=bool)
    judged = late[(role(table) == "validation").to_numpy()]
    right = log_loss(judged, np.full(len(judged), late[train].mean()))
    expect.close(
        losses["prior"],
        right,
        abs=0.002,
        sentence="The prior says the late rate of January to June about every flight of July and August.",
    )
    expect.that(
        losses["baseline"] < losses["prior"] - 0.01,
        f"The baseline's log-loss, {losses['baseline']:.3f}, should be well below the prior's, {losses['prior']:.3f}.",
    )


@task(
    1, points=2, hint="Log settings, `data_hash` (examples.fingerprint) and train and validation log-loss in each run."
)
def test_runs_can_be_repeated(training, lab):
    """Each fit that was judged says with which settings, on which data, from which commit, and how it did twice."""
    judged = [run for run in tracking.fits(training) if "validation_log_loss" in run.metrics]
    expect.that(judged, "No finished run has the metric validation_log_loss.")
    tracking.expect_params(training, ["family"], runs=judged)
    tracking.expect_metrics(training, ["train_log_loss", "validation_log_loss"], runs=judged)
    data = hashlib.sha256((lab.data / "examples.parquet").read_bytes()).hexdigest()
    tracking.expect_data(training, [data], runs=judged)
    tracking.expect_commit(training, runs=judged)
