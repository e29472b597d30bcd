"""What an exception in a check stands for."""

import pytest
from pushmark_graders.checks.expect import Unmet
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.grading.judging import is_lab_fault, read_exception
from pushmark_graders.report.model import Location


def test_an_expectation_that_does_not_hold_may_name_the_line_to_look_at() -> None:
    where = Location(path="src/a.py", line=3)
    with pytest.raises(Unmet) as caught:
        raise Unmet("Too long.", got="61", expected="60", location=where)
    assert read_exception(caught) == ("failed", "Too long.\n  got:      61\n  expected: 60", where)


@pytest.mark.parametrize(
    ("error", "is_lab"),
    [(CouldNotGrade("too noisy", "grade again"), False), (RuntimeError("a bug"), True), (AssertionError("no"), False)],
)
def test_a_check_that_broke_is_the_labs_fault_and_one_that_the_machine_left_open_is_not(
    error: Exception, is_lab: bool
) -> None:
    with pytest.raises(type(error)) as caught:
        raise error
    state, _, _ = read_exception(caught)
    assert is_lab_fault(caught, state) == is_lab
