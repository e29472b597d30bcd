"""A school with a course that has a lab and nobody on its roster."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pushmark_bot.testing import FakeGitHub

from tests.bot.provision.school import School, settle


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    """The school."""
    with FakeGitHub() as github:
        yield settle(tmp_path, github)
