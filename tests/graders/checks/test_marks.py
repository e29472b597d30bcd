"""The mark that makes a test a check."""

import pytest
from pushmark_graders.checks import task
from pushmark_graders.checks.marks import MARK, TaskMark


def mark_of(test: object) -> TaskMark:
    marks = [mark.args[0] for mark in getattr(test, "pytestmark", []) if mark.name == MARK]
    assert len(marks) == 1
    assert isinstance(marks[0], TaskMark)
    return marks[0]


def test_a_task_mark_carries_what_the_author_wrote_and_leaves_the_test_callable() -> None:
    @task(2, points=3, hidden=True, needs=["a", "b"], hint="Look.", slow=True)
    def test_something() -> str:
        return "ran"

    assert test_something() == "ran"
    assert mark_of(test_something) == TaskMark(2, 3.0, True, ("a", "b"), "Look.", slow=True)


def test_a_single_need_may_be_a_plain_text() -> None:
    @task(1, points=1, needs="other-check")
    def test_something() -> None: ...

    assert mark_of(test_something).needs == ("other-check",)


def test_points_are_required() -> None:
    with pytest.raises(TypeError, match="points"):
        task(1)  # type: ignore[call-arg]  # the fault that is tested
