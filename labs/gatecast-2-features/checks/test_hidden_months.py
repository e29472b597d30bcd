"""Hidden checks: the probes again, on months that no learner was given."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from encoding_examples import encoded_training_rows, examples
from flightworld import (
    ASKED,
    KNOWN,
    LEAD,
    OUTCOME,
    blank_times,
    days_until,
    in_a_storm_before,
    scheduled,
    slices,
    some_days,
)
from hidden_builds import HONEST, LEAKING
from pushmark_graders.checks import expect, leakage, task
from pushmark_graders.checks.simulation import follow_share


@task(1, points=5, hidden=True, hint="The public check `own-outcome-is-not-used` asks the same of other months.")
def test_blank_probe(submission, hidden, seed):
    """On unseen months, a flight's features are the same when its own outcome is blank."""
    build = submission.module("gatecast.features").build
    raw = hidden.tables()
    for day in some_days(raw, 3, seed):
        cut = days_until(raw, day)
        leaks = leakage.blank_probe(build, cut, KNOWN, ASKED, blank_times(cut, day, 3, seed))
        leakage.expect_none(leaks)


@task(
    2,
    points=5,
    hidden=True,
    needs=["known-at-is-a-time-machine"],
    hint="Compare your features from the whole tables with those from known_at: which leak would you miss?",
)
def test_time_machine_catches_leaks(submission, hidden, seed):
    """On unseen months, your time machine exposes seven leaking features and spares two honest ones."""
    known_at = submission.module("gatecast.world").known_at
    missed, accused = set(LEAKING), set()
    for cut, at in slices(hidden.tables(), days=2, each=4, seed=seed):
        when = scheduled(cut)
        whole = {name: build(cut) for name, build in (LEAKING | HONEST).items()}
        for moment in at:
            world = _usable(known_at(cut, moment - LEAD), cut)
            keys = cut["flights"].loc[when == moment, "flight_id"]
            for name, build in (LEAKING | HONEST).items():
                if leakage.moved_share(whole[name], build(world), "flight_id", keys) > 0:
                    missed.discard(name)
                    accused |= {name} & set(HONEST)
    expect.equal(sorted(missed), [], "Leaks that the time machine does not show:")
    expect.equal(sorted(accused), [], "Honest features that it accuses:")


@task(
    4,
    points=12,
    hidden=True,
    needs=["row-order-does-not-matter"],
    hint="Every public as-of check has to pass; then look for windows that their days do not reach.",
)
def test_as_of_probe(submission, hidden, seed):
    """On unseen months, features are the same in the world as it was known two hours before (as-of probe)."""
    build = submission.module("gatecast.features").build
    for cut, at in slices(hidden.tables(), days=3, each=6, seed=seed):
        leaks = leakage.as_of_probe(build, cut, KNOWN, ASKED, at)
        leakage.expect_none(leaks)


@task(
    5, points=3, hidden=True, hint="The public check `encoder-sees-training-rows-only` asks the same of other months."
)
def test_fit_poison(submission, hidden, seed):
    """On unseen months, rows that are not for training leave the encoder alone."""
    transform = encoded_training_rows(submission.module("gatecast.encoding"))
    leaks = leakage.fit_poison(transform, *examples(hidden.tables(), seed), seed=seed)
    leakage.expect_none(leaks)


@task(
    6,
    points=3,
    hidden=True,
    needs=["as-of-probe"],
    hint="The gate calls predict, not build: does predict compute its features in another way?",
)
def test_prediction_probe(submission, hidden, training, seed):
    """On unseen months, predictions are the same in the world as it was known two hours before."""
    expect.that(training.seconds > 0, "The pipeline did not run.")
    predict = submission.module("gatecast.predict").predict
    for cut, at in slices(hidden.tables(), days=2, each=5, seed=seed):
        leaks = leakage.as_of_probe(lambda tables: _chances(predict, tables), cut, KNOWN, ASKED, at)
        leakage.expect_none(leaks)


@task(
    6,
    points=2,
    hidden=True,
    needs=["prediction-probe"],
    hint="When every departure is an hour later, the next one is late too. What does `predict` look at instead?",
)
def test_prediction_follows_the_state(submission, hidden, training, seed):
    """On unseen months, flights are likelier to be late when all departures before the call were an hour later."""
    expect.that(training.seconds > 0, "The pipeline did not run.")
    predict = submission.module("gatecast.predict").predict
    followed, compared = 0.0, 0
    for cut, at in slices(hidden.tables(), days=3, each=4, seed=seed, after=pd.Timedelta("12h")):
        calm = _chances(predict, cut)
        for moment in at:
            keys, storm = in_a_storm_before(cut, moment)
            if keys:
                before, after = (told.loc[keys, "probability"] for told in (calm, _chances(predict, storm)))
                followed += len(keys) * follow_share(before.to_numpy(), after.to_numpy())
                compared += len(keys)
    expect.that(followed > 0.6 * compared, "The predictions do not follow the state of the airports.")


def _chances(predict: Callable[..., object], tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """What the gate is told of every flight of these tables."""
    keys = tables["flights"]["flight_id"].tolist()
    answer = predict(tables, keys)
    told = isinstance(answer, np.ndarray) and answer.shape == (len(keys),) and answer.dtype.kind == "f"
    expect.that(told, "predict should return one probability per flight.")
    return pd.DataFrame({"probability": answer}, index=pd.Index(keys, name="flight_id"))


def _usable(answer: object, cut: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The learner's world with the columns, rows and types of the real one; raises Unmet for one that has not."""
    expect.that(isinstance(answer, dict) and set(cut) <= set(answer), "known_at should return the five tables.")
    assert isinstance(answer, dict)
    world = dict(cut)
    flights, right = answer["flights"], cut["flights"]
    expect.columns(flights, list(right.columns))
    expect.equal(flights["flight_id"].tolist(), right["flight_id"].tolist(), "Every flight should keep its row.")
    outcome = {name: pd.to_numeric(flights[name], errors="coerce").to_numpy(dtype=float) for name in OUTCOME}
    world["flights"] = right.assign(**outcome)
    expect.columns(answer["weather"], ["origin", "time_hour"])
    seen = pd.MultiIndex.from_frame(answer["weather"][["origin", "time_hour"]])
    world["weather"] = cut["weather"][pd.MultiIndex.from_frame(cut["weather"][["origin", "time_hour"]]).isin(seen)]
    return world
