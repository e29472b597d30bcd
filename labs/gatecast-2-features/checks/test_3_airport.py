"""Task 3: how late the airport runs, as far as it was known."""

import pandas as pd
from flightworld import (
    ASKED,
    KNOWN,
    LEAD,
    days_until,
    departed,
    in_a_hurry,
    other_aircraft,
    public_tables,
    reaction,
    scheduled,
    slices,
    some_days,
)
from pushmark_graders.checks import expect, leakage, task


@task(3, points=1, hint="Two flights left in the same minute: which is the last? Sort by moment *and* flight_id.")
def test_row_order_does_not_matter(submission, lab, seed):
    """Features are the same when the rows of the raw tables come in another order."""
    raw = public_tables(lab.data)
    cut = days_until(raw, some_days(raw, 1, seed)[0])
    leaks = leakage.order_probe(submission.module("gatecast.features").build, cut, ASKED, seed=seed)
    leakage.expect_none(leaks, "The same rows in another order give other features:")


@task(
    3,
    points=3,
    needs=["row-order-does-not-matter"],
    hint="Which flights had really *left* two hours before? Sort by departure moment, use searchsorted.",
)
def test_airport_state_is_as_of_the_call(submission, lab, seed):
    """What the features say about other aircraft's flights had happened two hours before departure."""
    build = submission.module("gatecast.features").build
    for cut, at in slices(public_tables(lab.data), days=2, each=4, seed=seed):
        leaks = leakage.as_of_probe(build, cut, KNOWN, ASKED, at, hide={"flights": other_aircraft})
        leakage.expect_none(leaks, "Flights of other aircraft are used before they happened:")


@task(
    3,
    points=2,
    needs=["airport-state-is-as-of-the-call"],
    hint="Give each flight the mean departure delay at its airport over the last hours before the call.",
)
def test_airport_state_is_used(submission, lab, seed):
    """Features follow the departures at the airport in the three hours before the call."""
    build = submission.module("gatecast.features").build
    for cut, at in slices(public_tables(lab.data), days=2, each=3, seed=seed):
        when, left = scheduled(cut), departed(cut)
        for moment in at:
            asked = cut["flights"][when == moment]
            recent = (left <= moment - LEAD) & (left > moment - LEAD - pd.Timedelta("3h"))
            recent &= other_aircraft(cut["flights"], asked)
            busy = cut["flights"].loc[recent, "origin"].value_counts()
            keys = asked.loc[asked["origin"].isin(busy[busy >= 5].index), "flight_id"]
            if keys.empty:
                continue
            share = reaction(build, cut, in_a_hurry(cut, recent), keys)
            expect.that(
                share >= 0.8,
                f"All departures in the three hours before {moment - LEAD:%d %B %H:%M} UTC were 25 minutes less late, "
                f"and the features of only {share:.0%} of the flights called then moved; expected at least 80 %.",
            )
