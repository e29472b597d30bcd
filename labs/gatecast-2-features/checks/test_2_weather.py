"""Task 2: the weather as it was known, and the tool that proves it."""

from collections import Counter

import pandas as pd
from flightworld import (
    ARRIVAL,
    ASKED,
    DEPARTURE,
    KNOWN,
    LEAD,
    other_weather,
    public_tables,
    reaction,
    same_cells,
    scheduled,
    slices,
)
from pushmark_graders.checks import expect, leakage, task


@task(
    2,
    points=3,
    hint="clock.dep_utc and clock.arr_utc say when; keep what happened at or before the moment, blank the rest.",
)
def test_known_at_is_a_time_machine(submission, lab, seed):
    """`world.known_at` gives the tables exactly as they stood at a moment."""
    known_at = submission.module("gatecast.world").known_at
    for cut, at in slices(public_tables(lab.data), days=1, each=3, seed=seed):
        for moment in at:
            answer, expected = known_at(cut, moment), leakage.world_at(cut, KNOWN, moment)
            same_tables = isinstance(answer, dict) and set(answer) == set(expected)
            expect.that(same_tables, "world.known_at should return the same five tables, by name.")
            flights, right = answer["flights"], expected["flights"]
            expect.columns(flights, list(right.columns))
            expect.columns(answer["weather"], list(expected["weather"].columns))
            keys = right["flight_id"].tolist()
            expect.equal(flights["flight_id"].tolist(), keys, "Every flight keeps its row: the schedule is known.")
            for column in (*DEPARTURE, *ARRIVAL):
                same = same_cells(flights[column], right[column])
                wrong = right[~same]
                expect.that(
                    same.all(),
                    f"At {moment:%Y-%m-%d %H:%M} UTC `{column}` is wrong for {len(wrong)} flights"
                    + (f", flight_id {wrong['flight_id'].iloc[0]} for one." if len(wrong) else "."),
                )
            seen = answer["weather"]["time_hour"].tolist()
            expect.that(
                Counter(seen) == Counter(expected["weather"]["time_hour"]),
                f"At {moment:%Y-%m-%d %H:%M} UTC the weather should hold {len(expected['weather'])} observations, the "
                f"last of {expected['weather']['time_hour'].max():%H:%M}; it holds {len(seen)}"
                + ("." if not seen else f", the last of {max(map(str, seen))}."),
            )


@task(2, points=3, hint="Which observation existed two hours before departure? merge_asof on the moment of the call.")
def test_weather_is_as_of_the_call(submission, lab, seed):
    """Each flight gets weather that had been observed two hours before it."""
    build = submission.module("gatecast.features").build
    for cut, at in slices(public_tables(lab.data), days=2, each=4, seed=seed):
        leaks = leakage.as_of_probe(build, cut, KNOWN, ASKED, at, hide={"weather": None})
        leakage.expect_none(leaks, "Weather observed after the call is in the features:")


@task(2, points=2, needs=["weather-is-as-of-the-call"], hint="Join the latest observation at the flight's own airport.")
def test_weather_is_used(submission, lab, seed):
    """Features follow the weather of the six hours before the call."""
    build = submission.module("gatecast.features").build
    for cut, at in slices(public_tables(lab.data), days=1, each=3, seed=seed):
        when = scheduled(cut)
        for moment in at:
            hour = cut["weather"]["time_hour"]
            recent = (hour <= moment - LEAD) & (hour > moment - LEAD - pd.Timedelta("6h"))
            keys = cut["flights"].loc[when == moment, "flight_id"]
            share = reaction(build, cut, other_weather(cut, recent), keys)
            expect.that(
                share >= 0.8,
                f"Every instrument showed something else before {moment - LEAD:%d %B %H:%M} UTC, and the features of "
                f"only {share:.0%} of the flights called then moved; expected at least 80 %.",
            )
