"""How far a measurement would move: intervals that hold the truth, also where rows come together."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pushmark_graders.grading.bootstrap import RESAMPLES, Spread, draw_rows, spread
from pushmark_graders.grading.measures import Draw


def of_mean(values: np.ndarray, units: np.ndarray | None, seed: int) -> Spread:
    draws = islice(draw_rows(len(values), units, seed), RESAMPLES)
    return spread(lambda draw: float(values[draw.rows].mean()), None, draws)


def test_the_interval_covers_the_truth_in_about_nineteen_of_twenty_samples() -> None:
    random = np.random.default_rng(7)
    found = [of_mean((random.random(200) < 0.8).astype(float), None, seed) for seed in range(100)]
    assert 88 <= sum(one.low <= 0.8 <= one.high for one in found) <= 99


def days(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """40 days of 20 rows whose mean has luck of its own: the true mean is 0."""
    day = np.repeat(np.arange(40), 20)
    return random.normal(size=40)[day] + random.normal(size=800), day


def test_where_days_have_luck_of_their_own_only_draws_of_whole_days_cover_the_truth() -> None:
    random = np.random.default_rng(3)
    samples = [days(random) for _ in range(60)]
    by_day = [of_mean(values, day, seed) for seed, (values, day) in enumerate(samples)]
    by_row = [of_mean(values, None, seed) for seed, (values, day) in enumerate(samples)]
    assert sum(one.low <= 0 <= one.high for one in by_day) >= 51
    assert sum(one.low <= 0 <= one.high for one in by_row) <= 35


def test_the_noise_is_the_standard_deviation_of_the_mean() -> None:
    values = np.random.default_rng(1).normal(size=2_000)
    assert of_mean(values, None, 1).noise == pytest.approx(2_000**-0.5, rel=0.2)


def test_luck_that_the_reference_shares_is_no_noise_of_the_skill() -> None:
    values = np.random.default_rng(1).normal(size=400)
    draws = islice(draw_rows(400, None, 1), RESAMPLES)
    found = spread(
        lambda draw: float(values[draw.rows].mean()) + 1, lambda draw: float(values[draw.rows].mean()), draws
    )
    assert found.noise == pytest.approx(0.0, abs=1e-12)
    assert found.high - found.low > 0.1


units = st.lists(st.integers(0, 5), min_size=1, max_size=40).map(np.array)


@given(units=units, seed=st.integers(0, 2**32))
def test_a_draw_has_as_many_units_as_there_are_and_each_of_them_whole(units: np.ndarray, seed: int) -> None:
    draw = next(draw_rows(len(units), units, seed))
    assert draw.copies is not None
    assert np.unique(draw.copies).size == np.unique(units).size
    for copy in np.unique(draw.copies):
        rows = draw.rows[draw.copies == copy]
        assert np.array_equal(np.sort(rows), np.flatnonzero(units == units[rows[0]]))


@given(count=st.integers(1, 50), seed=st.integers(0, 2**32))
def test_rows_of_their_own_are_drawn_one_by_one(count: int, seed: int) -> None:
    draw = next(draw_rows(count, None, seed))
    assert draw.copies is None
    assert len(draw.rows) == count
    assert 0 <= draw.rows.min() <= draw.rows.max() < count


def test_draws_without_a_measure_are_left_out_and_none_with_one_is_no_interval() -> None:
    draws = [Draw(np.array([at])) for at in range(4)]
    found = spread(lambda draw: float("nan") if draw.rows[0] % 2 else float(draw.rows[0]), None, draws)
    assert (found.low, found.high) == pytest.approx((0.05, 1.95))
    nothing = spread(lambda _: float("nan"), None, draws)
    assert np.isnan([nothing.low, nothing.high, nothing.noise]).all()
