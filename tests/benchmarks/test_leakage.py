"""What the measurement of the leak probes calls a fault."""

import leakage


def test_an_honest_solution_that_is_accused_and_a_leak_that_is_missed_or_not_named_are_faults() -> None:
    caught = leakage.Probed(caught={"as-of": 2, "blank": 0, "order": 0}, named=2)
    honest = leakage.Probed()
    assert leakage.faults({"solution": honest, "own-delay": caught}, ["solution"], seeds=2) == []
    accused = leakage.Probed(caught={"as-of": 0, "blank": 0, "order": 1})
    unnamed = leakage.Probed(caught={"as-of": 1, "blank": 0, "order": 0}, named=0)
    assert leakage.faults({"solution": accused, "own-delay": unnamed}, ["solution"], seeds=2) == [
        "solution is accused by the order probe",
        "own-delay is missed in 1 seeds",
        "own-delay: dep_delay is not named in some seed",
    ]
