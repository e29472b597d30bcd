"""What the measurement of hidden evaluations calls out of order."""

import hidden
import numpy as np

ORDER = {"timetable": 0.64, "weather": 0.70, "solution": 0.74, "bisect": 0.73, "looked up, 20%": 0.72}
AREAS = {name: np.full((3, 2), area) for name, area in ORDER.items()}


def test_honest_ones_above_weather_above_the_timetable_and_attacks_below_the_solution_are_in_order() -> None:
    assert hidden.disorder(AREAS, ["solution", "bisect"]) == []


def test_one_seed_is_enough_to_be_out_of_order() -> None:
    mixed = np.array([[0.72, 0.72], [0.72, 0.72], [0.74, 0.75]])
    assert hidden.disorder(AREAS | {"looked up, 20%": mixed}, ["bisect"]) == [
        "solution is not above looked up, 20% in 1 seeds"
    ]


def test_skill_is_told_of_halves() -> None:
    told = hidden.row(np.array([[0.7, 0.8]]), np.array([[0.6, 0.6]]))
    assert (round(told["lowest"], 6), round(told["highest"], 6), round(told["apart"], 6)) == (0.1, 0.2, 0.1)
