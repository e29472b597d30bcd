"""Golden questions: what is drawn is what the gate asks, and slices of the tables are enough to answer it."""

from types import ModuleType

import numpy as np
import pandas as pd


def test_features_from_the_slices_are_those_from_all_tables(
    golden: ModuleType, hidden: ModuleType, raw: dict[str, pd.DataFrame]
) -> None:
    questions, near = golden.draw(raw, days=3, each=20, seed=11)
    build = hidden.gatecast("features").build
    pd.testing.assert_frame_equal(build(near, questions), build(raw, questions))
    assert len(near["flights"]) < len(raw["flights"]) / 5


def test_questions_differ_in_lead_and_aircraft_and_a_seed_draws_the_same(
    golden: ModuleType, raw: dict[str, pd.DataFrame]
) -> None:
    questions, _ = golden.draw(raw, days=8, each=25, seed=3)
    again, _ = golden.draw(raw, days=8, each=25, seed=3)
    pd.testing.assert_frame_equal(questions, again)
    assert questions["flight_id"].is_unique
    assert questions["lead_minutes"].between(120, 720).all()
    assert 0.3 < (questions["lead_minutes"] == 120).mean() < 0.7
    assert questions["tailnum"].isin(golden.STRANGERS).any()
    assert 0.15 < questions["tailnum"].notna().mean() < 0.5
    bodies = golden.bodies(questions)
    assert all(isinstance(body["flight_id"], int) for body in bodies)
    assert sum("tailnum" in body for body in bodies) == questions["tailnum"].notna().sum()


def test_hidden_rows_are_made_without_their_own_outcome(hidden: ModuleType, lab: object) -> None:
    drawn = hidden.hidden_set(7, lab)
    table = drawn.inputs["table"]
    assert len(table) == len(drawn.labels) == len(drawn.references["static"])
    assert abs(len(table) - 16_000) < 50
    assert list(table.index) == list(hidden.hidden_set(7, lab).inputs["table"].index)
    assert 0.2 < drawn.labels.mean() < 0.35
    assert np.isfinite(drawn.references["static"]).all()
