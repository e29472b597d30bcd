"""What the tests of a course share: its limits, a moment, and a ledger."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pushmark_graders.course.ledger import Ledger
from pushmark_graders.course.spec import AttemptsSpec, CourseSpec

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def noon() -> datetime:
    return NOON


@pytest.fixture
def ledger(tmp_path: Path) -> Callable[..., Ledger]:
    """`ledger(per_day=2, total=3, learner="ada")`: a ledger in the test's own folder."""

    def make(per_day: int = 2, total: int = 3, learner: str = "ada", lab: str = "lab") -> Ledger:
        limits = AttemptsSpec(per_day=per_day, total=total)
        return Ledger(tmp_path / "ledger", CourseSpec(schema=1, slug="ml", attempts=limits), lab, learner)

    return make
