"""Task 5: encoders that have seen training rows only."""

import pandas as pd
from encoding_examples import COLUMNS, encoded_training_rows, examples
from flightworld import public_tables
from pushmark_graders.checks import expect, leakage, task


@task(
    5, points=3, hint="Refit with other labels after August: did July's features change? Use the `train` mask in fit."
)
def test_encoder_sees_training_rows_only(submission, lab, seed):
    """The encoder is the same when rows that are not for training are spoilt (fit poison)."""
    transform = encoded_training_rows(submission.module("gatecast.encoding"))
    leaks = leakage.fit_poison(transform, *examples(public_tables(lab.data), seed), seed=seed)
    leakage.expect_none(leaks, "Rows that are not for training changed the encoder:")


@task(
    5,
    points=2,
    needs=["encoder-sees-training-rows-only"],
    hint="What does .map give for a category it does not know? Fall back to the overall late rate of training.",
)
def test_encoder_knows_what_to_do_with_strangers(submission, lab, seed):
    """A common category gets its late rate, one that training never met the overall rate."""
    encoding = submission.module("gatecast.encoding")
    features, late, train = examples(public_tables(lab.data), seed)
    encoder = encoding.fit(features, late, train)
    big = features.loc[train, "carrier"].value_counts().index[0]
    asked = pd.DataFrame({"carrier": [big, "??"], "origin": ["JFK", "??"], "dest": ["LAX", "??"], "distance": [1, 2]})
    answer = encoding.apply(asked, encoder)
    expect.columns(answer, COLUMNS)
    overall = float(late[train].mean())
    rate = float(late[train][features.loc[train, "carrier"] == big].mean())
    expect.close(answer["carrier"].iloc[0], rate, abs=0.02, sentence=f"The late rate of carrier {big} is off.")
    for column in ("carrier", "origin", "dest"):
        expect.close(
            answer[column].iloc[1],
            overall,
            abs=0.02,
            sentence=f"An unknown {column} should get the overall late rate of training.",
        )
