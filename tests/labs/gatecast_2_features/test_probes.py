"""The probes on real days: quiet for every honest solution, loud for every leak, in the right place."""

from types import ModuleType

import pandas as pd
import pytest
from pushmark_graders.checks.leakage import Leak, as_of_probe, blank_probe, fit_poison, order_probe

Tables = dict[str, pd.DataFrame]
HONEST = ["solution", "bisect", "event-stream", "minute-grid", "rolling-windows"]
LEAKS = {
    "own-delay": {"dep_delay"},
    "own-times": {"dep_time", "air_time"},
    "as-of-departure": {"airport_delay", "weather_pressure"},
    "as-of-an-hour-after": {"airport_delay", "weather_temp"},
    "same-hour-mean": {"hour_mean"},
    "aircraft-day-encoding": {"aircraft_day"},
    "destination-encoding": {"destination_rate"},
    "weather-of-departure": {"weather_temp"},
    "last-row-of-the-file": {"row_before"},
}
SEED = 20


def as_of(measure: ModuleType, world: ModuleType, raw: Tables, name: str) -> list[Leak]:
    with measure.modules(*measure.layers_of(name)) as gatecast:
        ((cut, at),) = world.slices(raw, days=1, each=8, seed=SEED)
        return as_of_probe(gatecast.features.build, cut, world.KNOWN, world.ASKED, at)


@pytest.mark.parametrize("name", HONEST)
def test_every_honest_solution_stays_still_in_every_probe(
    name: str, measure: ModuleType, world: ModuleType, raw: Tables
) -> None:
    assert as_of(measure, world, raw, name) == []
    day = world.some_days(raw, 1, SEED)[0]
    cut = world.days_until(raw, day)
    with measure.modules(*measure.layers_of(name)) as gatecast:
        build = gatecast.features.build
        assert blank_probe(build, cut, world.KNOWN, world.ASKED, world.blank_times(cut, day, 3, SEED)) == []
        assert order_probe(build, cut, world.ASKED, seed=SEED) == []


@pytest.mark.parametrize("name", LEAKS)
def test_every_leak_is_named_by_the_as_of_probe(name: str, measure: ModuleType, world: ModuleType, raw: Tables) -> None:
    found = as_of(measure, world, raw, name)
    assert LEAKS[name] <= {leak.column for leak in found}
    assert found[0].share > 0.5, "the worst column moves for most rows"


def test_the_scoped_probes_say_where_a_leak_is(measure: ModuleType, world: ModuleType, raw: Tables) -> None:
    ((cut, at),) = world.slices(raw, days=1, each=8, seed=SEED)
    places = {"weather": {"weather": None}, "airport": {"flights": world.other_aircraft}}
    seen = {}
    for name in ("weather-of-departure", "same-hour-mean", "own-delay"):
        with measure.modules(*measure.layers_of(name)) as gatecast:
            build = gatecast.features.build
            seen[name] = [
                place
                for place, hide in places.items()
                if as_of_probe(build, cut, world.KNOWN, world.ASKED, at, hide=hide)
            ]
    assert seen == {"weather-of-departure": ["weather"], "same-hour-mean": ["airport"], "own-delay": []}


def test_turnarounds_show_look_ups_of_the_aircraft_that_come_too_late(
    measure: ModuleType, world: ModuleType, raw: Tables
) -> None:
    moved = []
    with measure.modules(*measure.layers_of("as-of-departure")) as gatecast:
        for cut, at in world.turnaround_slices(raw, days=2, each=3, seed=SEED):
            hide = {"flights": world.same_aircraft}
            moved += as_of_probe(gatecast.features.build, cut, world.KNOWN, world.ASKED, at, hide=hide)
    assert "tail_arr_delay" in {leak.column for leak in moved}


def test_the_clock_of_the_checks_agrees_with_the_learners(measure: ModuleType, world: ModuleType, raw: Tables) -> None:
    with measure.modules() as gatecast:
        clock = gatecast.features.clock
        assert clock.sched_utc(raw["flights"]).equals(world.scheduled(raw))
        assert clock.dep_utc(raw["flights"]).equals(world.departed(raw))
        assert clock.arr_utc(raw["flights"], raw["airports"]).equals(world.arrived(raw))


def test_no_flight_arrives_before_it_has_been_in_the_air(world: ModuleType, raw: Tables) -> None:
    flown = (world.arrived(raw) - world.departed(raw)).dt.total_seconds() / 60
    taxi = (flown - raw["flights"]["air_time"]).dropna()
    assert taxi.between(5, 24 * 60).all(), "a wrong time zone or day would show here"


@pytest.mark.parametrize(("name", "caught"), [("solution", False), ("encoder-on-all-rows", True)])
def test_fit_poison_tells_the_encoders_apart(
    name: str, caught: bool, measure: ModuleType, encodings: ModuleType, raw: Tables
) -> None:
    with measure.modules(*measure.layers_of(name)) as gatecast:
        transform = encodings.encoded_training_rows(gatecast.encoding)
        assert bool(fit_poison(transform, *encodings.examples(raw, SEED), seed=SEED)) == caught
