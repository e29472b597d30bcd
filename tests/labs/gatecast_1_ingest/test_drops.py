"""The generator: the same drop for a seed, a truth that no cleaner made, and one entry per fault."""

from types import ModuleType
from typing import Any

import pandas as pd
import pytest

SEED = 11


@pytest.fixture(scope="module")
def day(measure: ModuleType, hidden: ModuleType) -> Any:
    return measure.days.day_of(hidden.tables(), "2013-05-05", SEED)


def test_a_seed_always_makes_the_same_files_and_another_seed_others(measure: ModuleType, day: Any) -> None:
    one, again, other = (measure.dirt.everything(day, seed) for seed in (1, 1, 2))
    assert one.files == again.files
    assert one.files != other.files


def test_sixteen_ways_make_the_twelve_faults_of_the_contract(measure: ModuleType, day: Any, solution: Any) -> None:
    drop = measure.dirt.everything(day, SEED)
    assert len(drop.faults) == len(measure.dirt.INJECTIONS) == 16
    contract = solution.module("gatecast_ingest.contract").FAULTS
    assert {fault for _, fault in drop.faults.values()} == set(contract)
    assert len(contract) == 12


def test_every_line_is_kept_or_rejected(measure: ModuleType, day: Any) -> None:
    drop = measure.dirt.everything(day, SEED)
    for table, tidy in drop.tidy.items():
        assert drop.rows_sent(table) == len(tidy) + len(drop.rejected[table])
        assert len(drop.files[f"{table}.csv"].splitlines()) == drop.rows_sent(table) + 1


def test_the_four_shares_hold_every_fault_once(measure: ModuleType) -> None:
    shares = measure.dirt.shares(SEED)
    assert sorted(name for names in shares for name in names) == sorted(measure.dirt.INJECTIONS)


def test_the_truth_agrees_with_times_in_the_air(measure: ModuleType, hidden: ModuleType) -> None:
    for date in ("2013-01-20", "2013-03-10", "2013-07-10", "2013-11-03"):
        flights = measure.days.day_of(hidden.tables(), date, SEED).tidy["flights"].dropna(subset="arr_utc")
        on_ground = flights["arr_utc"] - flights["dep_utc"] - pd.to_timedelta(flights["air_time"], unit="min")
        assert on_ground.between(pd.Timedelta("4min"), pd.Timedelta("5h")).all()
        assert set(flights["status"]) == {"landed"}


def test_hidden_days_are_not_public_and_fall_into_both_seasons(measure: ModuleType, hidden: ModuleType) -> None:
    handed_out = set(measure.runpy.run_path(str(measure.HERE / "data.py"))["DROPS"])
    assert handed_out == hidden.PUBLIC
    dates = hidden.dates(SEED, winter=4, summer=4)
    assert dates == hidden.dates(SEED, winter=4, summer=4) != hidden.dates(SEED + 1, winter=4, summer=4)
    assert not set(dates) & (hidden.PUBLIC | hidden.CHANGES)
    noon = [pd.Timestamp(f"{date} 12:00", tz="America/New_York").utcoffset() for date in dates]
    assert noon == [pd.Timedelta("-5h")] * 4 + [pd.Timedelta("-4h")] * 4


def test_right_solutions_are_right_on_each_kind_of_drop(measure: ModuleType, day: Any) -> None:
    drops = [measure.dirt.drop(day, seed=SEED), measure.dirt.everything(day, SEED)]
    drops += [measure.dirt.drop(day, *names, seed=SEED) for names in measure.dirt.shares(SEED)]
    for name in ("solution", *measure.HONEST):
        with measure.submission(name) as code:
            for drop in drops:
                answer = measure.compare.ingested(code, drop)
                assert measure.faults_of(answer, drop, dirty=True) == [], (name, list(drop.faults))
