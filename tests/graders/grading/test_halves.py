"""The two halves of the hidden rows: disjoint, whole, alike, and known only to who has the seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pushmark_graders.grading.halves import split

labels = st.one_of(
    st.lists(st.integers(0, 1), min_size=2, max_size=60),
    st.lists(st.floats(-5, 5), min_size=2, max_size=60),
).map(np.array)
seeds = st.integers(0, 2**63 - 1)


@given(labels=labels, seed=seeds)
def test_every_row_is_in_exactly_one_half_and_the_halves_are_of_one_size(labels: np.ndarray, seed: int) -> None:
    halves = split(labels, seed)
    assert sorted([*halves.feedback, *halves.final]) == list(range(len(labels)))
    assert 0 <= len(halves.feedback) - len(halves.final) <= 1


@given(ones=st.integers(2, 40), zeros=st.integers(2, 40), seed=seeds)
def test_of_two_classes_each_half_has_the_same_number_give_or_take_one(ones: int, zeros: int, seed: int) -> None:
    labels = np.array([1] * ones + [0] * zeros)
    halves = split(labels, seed)
    assert abs(int(labels[halves.feedback].sum()) - int(labels[halves.final].sum())) <= 1
    assert all(np.unique(labels[half]).size == 2 for half in (halves.feedback, halves.final))


@given(labels=labels, seed=seeds)
def test_the_same_seed_gives_the_same_halves(labels: np.ndarray, seed: int) -> None:
    assert np.array_equal(split(labels, seed).feedback, split(labels, seed).feedback)


@pytest.mark.parametrize("kind", ["two classes", "numbers"])
def test_over_seeds_every_row_is_in_the_final_half_half_of_the_time(kind: str) -> None:
    labels = np.arange(100) % 2 if kind == "two classes" else np.arange(100) / 7
    times = np.zeros(100)
    for seed in range(400):
        times[split(labels, seed).final] += 1
    assert times.min() > 140
    assert times.max() < 260


def units_of(sizes: list[int]) -> np.ndarray:
    return np.repeat(np.arange(len(sizes)), sizes)


many = st.lists(st.integers(1, 9), min_size=2, max_size=40)


@given(sizes=many, data=st.data(), seed=seeds)
def test_a_unit_is_whole_in_one_half_and_both_have_some(sizes: list[int], data: st.DataObject, seed: int) -> None:
    units = units_of(sizes)
    classes = st.lists(st.integers(0, 1), min_size=len(units), max_size=len(units))
    halves = split(np.array(data.draw(classes)), seed, units)
    assert sorted([*halves.feedback, *halves.final]) == list(range(len(units)))
    assert not set(units[halves.feedback]) & set(units[halves.final])
    assert abs(len(set(units[halves.feedback])) - len(set(units[halves.final]))) <= 1


@pytest.mark.parametrize("days", [60, 61])
def test_days_of_different_size_and_luck_make_halves_of_like_size_and_luck(days: int) -> None:
    random = np.random.default_rng(5)
    sizes = random.integers(200, 300, days)
    units = units_of(sizes.tolist())
    labels = (random.random(len(units)) < random.beta(2, 5, days)[units]).astype(int)
    for seed in range(20):
        halves = split(labels, seed, units)
        assert abs(labels[halves.feedback].mean() - labels[halves.final].mean()) < 0.02
        assert abs(len(halves.feedback) - len(halves.final)) < 0.03 * len(units)


@pytest.mark.parametrize("days", [20, 21])
def test_over_seeds_every_unit_is_in_the_final_half_half_of_the_time(days: int) -> None:
    random = np.random.default_rng(2)
    units = units_of(random.integers(1, 9, days).tolist())
    labels = random.integers(0, 2, len(units))
    times = np.zeros(days)
    for seed in range(400):
        times[np.unique(units[split(labels, seed, units).final])] += 1
    assert times.min() > 130
    assert times.max() < 270


def test_labels_of_units_may_be_dates_and_the_same_seed_gives_the_same_halves() -> None:
    units = np.arange("2013-11-01", "2013-12-01", dtype="datetime64[D]").repeat(4)
    labels = np.arange(len(units)) % 2
    assert np.array_equal(split(labels, 3, units).final, split(labels, 3, units).final)
