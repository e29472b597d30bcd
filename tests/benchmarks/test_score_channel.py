"""The attack on the score channel: what it simulates, and that it prints what the page quotes."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import score_channel
from score_channel import FEEDBACK, FINAL, HONEST_AUC, LATE, ROWS, ladder, steps, world
from sklearn.metrics import roc_auc_score

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "score_channel.py"


def test_the_world_is_as_large_as_late_and_as_predictable_as_the_lab() -> None:
    here = world(np.random.default_rng(1))
    for half in (FEEDBACK, FINAL):
        assert here.labels[half].mean() == pytest.approx(LATE, abs=1 / ROWS)
        assert here.auc(here.honest, half) == pytest.approx(HONEST_AUC, abs=0.015)
        assert here.auc(here.honest, half) == pytest.approx(roc_auc_score(here.labels[half], here.honest[half]))


def test_the_ladder_repeats_the_best_score_until_one_is_better_by_a_step() -> None:
    tell = ladder()
    assert [round(tell(score), 2) for score in (0.5, 0.505, 0.49, 0.52, 0.525, 0.6)] == [
        0.5, 0.5, 0.5, 0.52, 0.52, 0.6,
    ]  # fmt: skip


def test_steps_hide_the_label_of_one_row_and_four_digits_do_not() -> None:
    random = np.random.default_rng(5)
    here = world(random)
    hidden = score_channel.one_row(here, steps(), 100, random)
    known = score_channel.one_row(here, score_channel.four_digits(), 100, random)
    assert np.count_nonzero(hidden) == 0
    assert np.count_nonzero(known) > 80
    assert ((known > 0) == (here.labels == 1))[known != 0].mean() > 0.95


def test_at_the_brink_of_a_step_one_row_does_show_its_label() -> None:
    random = np.random.default_rng(5)
    here = world(random)
    found = score_channel.one_row_at_the_brink(here, steps(), 100, random)
    assert np.count_nonzero(found) == 88
    assert ((found > 0) == (here.labels == 1))[found != 0].mean() > 0.9


def test_the_program_prints_its_figure_last_and_json_alone() -> None:
    command = [sys.executable, str(PROGRAM), "--runs", "1", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert len(said["gains"]) == 3 * 2 * 4
    assert said["aim"] == 0.01
