"""Repositories are closed when a course is over, and opened again."""

import click
import pytest
from pushmark_bot.commands.archive import put_away
from pushmark_bot.commands.provision import make
from pushmark_bot.db import log
from pushmark_graders.errors import PushmarkError

from tests.bot.provision.school import ORGANISATION, School


@pytest.fixture
def made(school: School) -> School:
    """A school in which two learners have their repositories."""
    school.enrol({"s-1": "learner", "s-2": "other"})
    office = school.office()
    make(office, "ml-101", "tiny-lab", [], everybody=True)
    office.close()
    return school


def archive(school: School, lab: str | None = None, *, undo: bool = False, ask: bool = False) -> None:
    """Type the command."""
    office = school.office()
    try:
        put_away(office, "ml-101", lab, undo=undo, ask=ask)
    finally:
        office.close()


def archived(school: School) -> list[bool]:
    """Which repositories are archived."""
    return [one.archived for one in school.github.repositories if not one.is_template]


def test_a_course_is_archived_and_opened_again(made: School, capsys: pytest.CaptureFixture[str]) -> None:
    archive(made)
    assert archived(made) == [True, True]
    assert all(one.archived for one in made.submissions().values())
    archive(made)
    archive(made, "tiny-lab", undo=True)
    assert archived(made) == [False, False]
    assert not any(one.archived for one in made.submissions().values())
    assert capsys.readouterr().out.splitlines() == [
        "2 repositories are archived",
        "nothing to archive",
        "2 repositories are open again",
    ]
    with made.database.reading() as session:
        kinds = [entry.kind for entry in log.entries(session, 1)]
    assert kinds[-4:] == ["archive", "archive", "open again", "open again"]


def test_it_asks_before(made: School, monkeypatch: pytest.MonkeyPatch) -> None:
    def no(text: str, **_: object) -> None:
        raise click.Abort(text)

    monkeypatch.setattr(click, "confirm", no)
    with pytest.raises(click.Abort, match="archive 2 repositories of ml-101"):
        archive(made, ask=True)
    assert archived(made) == [False, False]


def test_what_somebody_has_archived_by_hand_is_noted(made: School) -> None:
    made.github.repository(f"{ORGANISATION}/ml-101-tiny-lab-learner").archived = True
    archive(made)
    assert all(one.archived for one in made.submissions().values())


def test_a_lab_that_the_course_has_not_is_said(made: School) -> None:
    with pytest.raises(PushmarkError, match="has no lab 'other'"):
        archive(made, "other")
