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
