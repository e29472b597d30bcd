"""The nine builders of the hidden check: the right time machine shows the seven leaks and spares the two others."""

from types import ModuleType

import pandas as pd
import pytest
from pushmark_graders.checks.leakage import moved_share, world_at

Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def exposed(world: ModuleType, hidden: ModuleType, builders: ModuleType) -> set[str]:
    """The builders whose feature moves when the world is cut at the call."""
    every = builders.LEAKING | builders.HONEST
    found = set()
    for cut, at in world.slices(hidden.tables(), days=2, each=4, seed=5):
        when = world.scheduled(cut)
        for moment in at:
            seen = world_at(cut, world.KNOWN, moment - world.LEAD)
            keys = cut["flights"].loc[when == moment, "flight_id"]
            found |= {
                name for name, build in every.items() if moved_share(build(cut), build(seen), "flight_id", keys) > 0
            }
    return found


def test_every_leaking_builder_is_exposed_and_no_honest_one(exposed: set[str], builders: ModuleType) -> None:
    assert exposed == set(builders.LEAKING)
    assert (len(builders.LEAKING), len(builders.HONEST)) == (7, 2)


def test_the_solution_builds_the_same_world(measure: ModuleType, world: ModuleType, raw: Tables) -> None:
    with measure.modules("solution") as gatecast:
        for cut, at in world.slices(raw, days=1, each=2, seed=9):
            for moment in at:
                seen, right = gatecast.world.known_at(cut, moment), world_at(cut, world.KNOWN, moment)
                for name, table in right.items():
                    assert all(world.same_cells(seen[name][column], table[column]).all() for column in table), name
