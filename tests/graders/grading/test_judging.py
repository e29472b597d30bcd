"""What an exception in a check stands for."""

import pytest
from pushmark_graders.checks.expect import Unmet
from pushmark_graders.grading.judging import read_exception
from pushmark_graders.report.model import Location


def test_an_expectation_that_does_not_hold_may_name_the_line_to_look_at() -> None:
    where = Location(path="src/a.py", line=3)
    with pytest.raises(Unmet) as caught:
        raise Unmet("Too long.", got="61", expected="60", location=where)
    assert read_exception(caught) == ("failed", "Too long.\n  got:      61\n  expected: 60", where)
