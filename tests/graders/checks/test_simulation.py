"""Labels that are drawn anew for public rows, and the probe that shows who looked the public ones up."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pushmark_graders.checks.expect import Unmet
from pushmark_graders.checks.simulation import follow_share, looked_up, simulate_labels
from pushmark_graders.grading.measures import roc_auc as auc

RANDOM = np.random.default_rng(0)
WORLD = RANDOM.normal(size=20_000)
CHANCES = 1 / (1 + np.exp(-(WORLD - 1)))
PUBLIC = (RANDOM.random(20_000) < CHANCES).astype(int)


def test_a_look_up_of_the_public_labels_loses_against_an_honest_model_and_so_does_every_mix() -> None:
    labels = simulate_labels(CHANCES, seed=3).labels
    honest = auc(labels, CHANCES)
    mixes = [auc(labels, looked_up(PUBLIC, CHANCES, share=share)) for share in (0.1, 0.3, 0.6, 1.0)]
    assert all(mix < honest - 0.005 for mix in mixes)
    assert mixes[-1] < 0.65 < honest
    assert auc(PUBLIC, looked_up(PUBLIC, CHANCES)) == 1.0


def test_a_seed_always_draws_the_same_labels_and_another_seed_others() -> None:
    one, again, other = (simulate_labels(CHANCES, seed=seed).labels for seed in (1, 1, 2))
    assert (one == again).all()
    assert 0.2 < (one != other).mean() < 0.5


def test_labels_do_not_follow_rows_that_were_drawn_with_the_same_seed() -> None:
    drawn = np.random.default_rng(5).random(20_000)
    assert abs(auc(simulate_labels(np.full(20_000, 0.5), seed=5).labels, drawn) - 0.5) < 0.02


@settings(max_examples=30)
@given(st.lists(st.floats(0.001, 0.999), min_size=2, max_size=40), st.floats(0.0, 3.0))
def test_the_mean_chance_and_the_order_stay_the_references(chances: list[float], strength: float) -> None:
    reference = np.array(chances)
    made = simulate_labels(reference, seed=0, strength=strength)
    assert made.chances.mean() == pytest.approx(reference.mean(), abs=1e-6)
    assert ((np.diff(made.chances) * np.diff(reference)) >= -1e-12).all()
    assert set(made.labels.tolist()) <= {0, 1}


def test_a_strength_above_one_makes_labels_easier_and_below_one_harder() -> None:
    areas = [auc((made := simulate_labels(CHANCES, seed=1, strength=one)).labels, made.chances) for one in (0.5, 1, 2)]
    assert areas == sorted(areas)
    assert areas[0] < areas[2] - 0.1


@pytest.mark.parametrize("reference", [[0.0, 0.5], [0.5, 1.0], [[0.5, 0.5]], [float("nan")]])
def test_a_reference_that_is_no_chance_is_the_authors_mistake(reference: Any) -> None:
    with pytest.raises(ValueError, match="a chance above 0 and below 1"):
        simulate_labels(np.array(reference), seed=0)


def test_what_follows_the_state_moves_and_what_is_looked_up_does_not() -> None:
    storm = 1 / (1 + np.exp(-(WORLD + 1)))
    assert follow_share(CHANCES, storm) == 1.0
    assert follow_share(CHANCES, storm, up=False) == 0.0
    assert follow_share(storm, CHANCES, up=False) == 1.0
    table = looked_up(PUBLIC, CHANCES)
    assert follow_share(table, table) == 0.0


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        ([0.5, 0.5], "numpy array"),
        (np.array([0.5]), "as many predictions as before, 2; got 1"),
        (np.array([0.5, np.nan]), "finite"),
        (np.array(["a", "b"]), "finite"),
    ],
)
def test_predictions_that_cannot_be_compared_are_the_learners_to_mend(after: Any, sentence: str) -> None:
    with pytest.raises(Unmet, match=sentence):
        follow_share(np.array([0.1, 0.2]), after)
