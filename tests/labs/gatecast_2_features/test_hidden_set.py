"""What the grader asks for on hidden rows: blank outcomes, labels that nobody can look up, the same for a seed."""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pushmark_graders.grading.measures import roc_auc


@pytest.fixture(scope="module")
def drawn(hidden: ModuleType, lab: Path) -> Any:
    return hidden.hidden_set(7, lab)


def test_scored_rows_have_no_outcome_and_history_keeps_its_own(drawn: Any, hidden: ModuleType) -> None:
    flights = drawn.inputs["raw"]["flights"].set_index("flight_id")
    asked = flights.loc[drawn.inputs["flight_ids"]]
    assert asked[hidden.OUTCOME].isna().all().all()
    rest = hidden.tables()["flights"].set_index("flight_id").drop(asked.index)
    pd.testing.assert_frame_equal(flights.drop(asked.index), rest)


def test_labels_belong_to_the_rows_in_their_order(drawn: Any, hidden: ModuleType) -> None:
    asked = pd.DataFrame({"flight_id": drawn.inputs["flight_ids"]})
    made = hidden.simulated(drawn.inputs["raw"], asked, 7)
    assert drawn.labels.tolist() == made.labels.tolist(), "made from the inputs alone, which hold no outcome"
    assert 0.74 < roc_auc(drawn.labels, made.chances) < 0.80
    assert drawn.labels.shape == drawn.references["static"].shape
    assert 0.2 < drawn.labels.mean() < 0.35


def test_what_really_happened_is_worth_less_than_the_timetable(drawn: Any, hidden: ModuleType) -> None:
    flights = hidden.tables()["flights"].set_index("flight_id").loc[drawn.inputs["flight_ids"]]
    real = hidden.late(flights).to_numpy(dtype=int)
    assert roc_auc(drawn.labels, real) < roc_auc(drawn.labels, drawn.references["static"]) < 0.68
    assert abs(real.mean() - drawn.labels.mean()) < 0.03


def test_about_16000_rows_are_spread_over_every_day_of_the_season(drawn: Any, hidden: ModuleType) -> None:
    flights = hidden.tables()["flights"].set_index("flight_id").loc[drawn.inputs["flight_ids"]]
    assert abs(len(flights) - 16_000) < 50
    per_day = flights.groupby(["month", "day"]).size()
    assert len(per_day) == 61
    whole = hidden.tables()["flights"]
    share = per_day / whole[whole["month"] >= 11].groupby(["month", "day"]).size()
    assert share.between(0.27, 0.31).all()


def test_a_seed_always_draws_the_same_and_another_seed_others(drawn: Any, hidden: ModuleType, lab: Path) -> None:
    again, other = hidden.hidden_set(7, lab), hidden.hidden_set(2**63 - 1, lab)
    assert again.inputs["flight_ids"] == drawn.inputs["flight_ids"] != other.inputs["flight_ids"]
    np.testing.assert_array_equal(again.references["static"], drawn.references["static"])


def test_the_inputs_are_recent_and_small(drawn: Any) -> None:
    tables = drawn.inputs["raw"]
    assert tables["flights"]["time_hour"].min() >= pd.Timestamp("2013-10-25", tz="America/New_York")
    assert sum(int(table.memory_usage(deep=True).sum()) for table in tables.values()) < 40 * 2**20


def test_the_reference_knows_the_timetable_only(hidden: ModuleType, drawn: Any) -> None:
    blank = drawn.inputs["raw"]["flights"].set_index("flight_id").loc[drawn.inputs["flight_ids"]].reset_index()
    np.testing.assert_array_equal(hidden.static(blank), drawn.references["static"])


def test_the_learners_data_stop_before_the_hidden_months(raw: dict[str, pd.DataFrame], hidden: ModuleType) -> None:
    assert raw["flights"]["month"].max() == raw["weather"]["month"].max() == 10
    asked = hidden.tables()["flights"]
    assert not set(asked.loc[asked["month"] >= 11, "flight_id"]) & set(raw["flights"]["flight_id"])
