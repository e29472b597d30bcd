"""Task 4: the last thing that was known about the aircraft."""

import pandas as pd
from flightworld import (
    ASKED,
    KNOWN,
    LEAD,
    arrived,
    departed,
    in_a_hurry,
    public_tables,
    reaction,
    same_aircraft,
    scheduled,
    slices,
    turnaround_slices,
)
from pushmark_graders.checks import expect, leakage, task


@task(4, points=2, hint="The same tail number flew before: how late was it, the last time that anyone could know?")
def test_aircraft_state_is_used(submission, lab, seed):
    """Features follow the earlier flights of the same aircraft that had landed before the call."""
    build = submission.module("gatecast.features").build
    compared, moved = 0, 0.0
    for cut, at in slices(public_tables(lab.data), days=2, each=5, seed=seed):
        when, left, landed = scheduled(cut), departed(cut), arrived(cut)
        for moment in at:
            call = moment - LEAD
            asked = cut["flights"][when == moment]
            earlier = (landed <= call) & (left > call - pd.Timedelta("20h")) & same_aircraft(cut["flights"], asked)
            keys = asked.loc[asked["tailnum"].isin(cut["flights"].loc[earlier, "tailnum"]), "flight_id"]
            if keys.empty:
                continue
            compared += len(keys)
            moved += len(keys) * reaction(build, cut, in_a_hurry(cut, earlier), keys)
    expect.that(
        compared and moved / compared >= 0.8,
        f"Of {compared} flights, the aircraft's earlier flights were 25 minutes less late, and the features of only "
        f"{moved / max(compared, 1):.0%} moved; expected at least 80 %.",
    )


@task(
    4,
    points=3,
    needs=["aircraft-state-is-used", "row-order-does-not-matter"],
    hint="Join on the moment of departure or arrival, not on the schedule, and look back from two hours before.",
)
def test_aircraft_state_is_as_of_the_call(submission, lab, seed):
    """What the features say about the aircraft had happened two hours before departure."""
    build = submission.module("gatecast.features").build
    for cut, at in turnaround_slices(public_tables(lab.data), days=3, each=3, seed=seed):
        leaks = leakage.as_of_probe(build, cut, KNOWN, ASKED, at, hide={"flights": same_aircraft})
        leakage.expect_none(leaks, "Other flights of the aircraft are used before they happened:")
