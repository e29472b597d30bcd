"""Which mutants a test suite kills: lying, flaky and lazy suites gain nothing."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pushmark_graders.grading.verdicts import Outcome, Ran, holds, killed, notices, passed

PASS, FAIL, LATE, NONE = Ran(("passed",)), Ran(("failed",)), Ran(how="late"), Ran(how="none")

OUTCOMES: list[Outcome] = ["passed", "failed", "skipped", ""]
outcomes = st.lists(st.sampled_from(OUTCOMES), max_size=3).map(tuple[Outcome, ...])
runs = st.builds(Ran, outcomes) | st.sampled_from([LATE, NONE])
many = st.lists(runs, max_size=5)
mutants = st.lists(many, max_size=4)


def test_a_suite_that_passes_on_the_reference_kills_the_mutants_on_which_each_run_fails() -> None:
    assert killed([PASS] * 4, [[FAIL, FAIL], [FAIL, PASS], [PASS], []]) == [True, False, False, False]


@pytest.mark.parametrize("late_kills", [False, True])
def test_time_kills_only_where_the_author_lets_it(late_kills: bool) -> None:
    assert killed([PASS], [[LATE]], late_kills=late_kills) == [late_kills]


def test_a_run_without_a_verdict_kills_nothing() -> None:
    assert killed([PASS], [[NONE]], late_kills=True) == [False]


def test_a_test_that_is_skipped_on_the_reference_kills_nothing() -> None:
    control = Ran(("passed", "skipped"))
    assert holds([control])
    assert not notices(control, Ran(("passed", "failed")))
    assert notices(control, Ran(("failed", "")))


@pytest.mark.parametrize(
    "run", [FAIL, LATE, NONE, Ran(), Ran(("skipped",)), Ran(("passed", "")), Ran(("passed", "failed"))], ids=repr
)
def test_what_is_no_pass_on_the_reference(run: Ran) -> None:
    assert not passed(run)
    assert not holds([PASS, run])


@given(many, mutants, st.booleans())
def test_without_a_pass_on_every_run_of_the_reference_nothing_is_killed(
    controls: list[Ran], on_mutants: list[list[Ran]], late: bool
) -> None:
    found = killed(controls, on_mutants, late_kills=late)
    assert len(found) == len(on_mutants)
    if not controls or not all(map(passed, controls)) or len(set(controls)) > 1:
        assert not any(found)


@given(runs, st.integers(1, 5), st.lists(st.integers(0, 3), max_size=4), st.booleans())
def test_a_suite_that_does_the_same_on_everything_kills_nothing(
    run: Ran, controls: int, on_mutants: list[int], late: bool
) -> None:
    assert not any(killed([run] * controls, [[run] * count for count in on_mutants], late_kills=late))


@given(many, mutants, st.integers(0, 3), runs, st.booleans())
def test_one_more_run_on_a_mutant_that_was_run_never_kills_it(
    controls: list[Ran], on_mutants: list[list[Ran]], which: int, more: Ran, late: bool
) -> None:
    before = killed(controls, on_mutants, late_kills=late)
    added = [[*ran, more] if at == which and ran else ran for at, ran in enumerate(on_mutants)]
    after = killed(controls, added, late_kills=late)
    assert all(was or not now for was, now in zip(before, after, strict=True))


@given(many, mutants, runs, st.booleans())
def test_one_more_run_on_the_reference_never_kills(
    controls: list[Ran], on_mutants: list[list[Ran]], more: Ran, late: bool
) -> None:
    if not controls:
        return
    before = killed(controls, on_mutants, late_kills=late)
    after = killed([*controls, more], on_mutants, late_kills=late)
    assert all(was or not now for was, now in zip(before, after, strict=True))


@given(st.lists(st.sampled_from([PASS, FAIL, LATE, NONE]), min_size=1, max_size=6), mutants)
def test_letting_time_kill_never_saves_a_mutant(controls: list[Ran], on_mutants: list[list[Ran]]) -> None:
    strict, mild = killed(controls, on_mutants), killed(controls, on_mutants, late_kills=True)
    assert all(not one or other for one, other in zip(strict, mild, strict=True))


@pytest.mark.parametrize(("repeats", "most"), [(1, 0.149), (2, 0.022), (3, 0.0033)])
def test_failing_at_random_kills_next_to_nothing(repeats: int, most: float) -> None:
    """Over every chance of failing, in steps of a hundredth, and every way in which the runs can fall out."""
    for chance in range(101):
        assert _expected(chance / 100, repeats) <= most


def _expected(chance: float, repeats: int) -> float:
    """The probability that a suite which fails each run with `chance` kills a mutant."""
    total = 0.0
    for drawn in itertools.product([PASS, FAIL], repeat=3 * repeats):
        controls: Sequence[Ran] = drawn[: 2 * repeats]
        if killed(controls, [drawn[2 * repeats :]]) == [True]:
            fails = drawn.count(FAIL)
            total += chance**fails * (1 - chance) ** (len(drawn) - fails)
    return total
