"""A corrected starter comes to every learner around what they did, once."""

import pytest
from pushmark_bot.commands.provision import make
from pushmark_bot.commands.sync import bring
from pushmark_bot.db import log
from pushmark_bot.testing import Fault
from pushmark_graders.errors import PushmarkError

from tests.bot.provision.school import ORGANISATION, STARTER, TEMPLATE, School

REPO = f"{ORGANISATION}/ml-101-tiny-lab-learner"
FEATURES = STARTER["src/features.py"]
FIXED = {
    **STARTER,
    "README.md": b"# Gatecast\n\nCorrected.\n",
    "src/features.py": FEATURES + b"\n\ndef three():\n    ...\n",
    "data/new.bin": b"\0\1",
}


@pytest.fixture
def made(school: School) -> School:
    """A school in which two learners have their repositories."""
    school.enrol({"s-1": "learner", "s-2": "other"})
    office = school.office()
    make(office, "ml-101", "tiny-lab", [], everybody=True)
    office.close()
    return school


def correct(school: School, files: dict[str, bytes]) -> None:
    """Push to the template."""
    school.github.push(TEMPLATE, files, login="staff")


def sync(school: School) -> None:
    """Type the command."""
    office = school.office()
    try:
        bring(office, "ml-101", "tiny-lab")
    finally:
        office.close()


def test_a_correction_is_merged_around_the_learners_edits(made: School) -> None:
    edited = {**STARTER, "src/features.py": FEATURES.replace(b"...", b"return 1", 1), "mine.py": b"mine\n"}
    made.github.push(REPO, edited, login="learner")
    correct(made, FIXED)
    sync(made)
    pull = made.github.repository(REPO).pulls[2]
    assert (pull.base_ref, pull.state) == ("main", "open")
    assert "`src/features.py`" in (pull.body or "")
    assert made.github.files(REPO) == edited, "nothing changes before the learner merges it"
    made.github.merge_pull(REPO, 2, login="learner")
    assert made.github.files(REPO) == {
        **FIXED,
        "mine.py": b"mine\n",
        "src/features.py": FIXED["src/features.py"].replace(b"...", b"return 1", 1),
    }
    assert made.github.files(f"{ORGANISATION}/ml-101-tiny-lab-other") == STARTER
    with made.database.reading() as session:
        assert [entry.data["opened"] for entry in log.entries(session, 1) if entry.kind == "sync"] == [2]


def test_an_edit_at_the_same_place_stays_and_the_correction_is_shown(made: School) -> None:
    mine = {**STARTER, "README.md": b"# My own\n"}
    made.github.push(REPO, mine, login="learner")
    correct(made, {**STARTER, "README.md": b"# Gatecast, corrected\n"})
    sync(made)
    pull = made.github.repository(REPO).pulls[2]
    assert made.github.files(REPO, pull.head_ref) == mine
    assert "**Left as you have them**" in (pull.body or "")
    assert "+# Gatecast, corrected" in (pull.body or "")


def test_running_it_twice_opens_nothing_twice_and_asks_nothing(made: School) -> None:
    correct(made, FIXED)
    sync(made)
    made.github.forget_log()
    sync(made)
    assert [len(made.github.repository(one.repository).pulls) for one in made.submissions().values()] == [2, 2]
    assert {
        one.path.split("/")[3] for one in made.github.log if one.operation != "apps/create-installation-access-token"
    } == {TEMPLATE.split("/")[1]}


def test_without_a_correction_nothing_is_opened(made: School) -> None:
    sync(made)
    assert made.writes()[-1] == "repos/create-repo-ruleset"


@pytest.mark.parametrize("path", ["/git/trees", "/git/commits", "/git/refs", "/pulls"])
@pytest.mark.parametrize("stored", [False, True], ids=["before", "after"])
def test_cut_short_anywhere_it_goes_on_and_opens_one(made: School, path: str, stored: bool) -> None:
    class Died(BaseException):
        pass

    def die(_seconds: float) -> None:
        raise Died

    correct(made, FIXED)
    made.github.expect(Fault(method="POST", path=f"learner{path}", dropped=True, stored=stored))
    office = made.office()
    office.github(made.installation)._retrying._sleep = die
    with pytest.raises(Died):
        bring(office, "ml-101", "tiny-lab")
    office.close()
    sync(made)
    there = made.github.repository(REPO)
    assert len(there.pulls) == 2
    assert made.github.files(REPO, there.pulls[2].head_ref) == FIXED


def test_a_second_correction_after_a_merged_one_begins_from_there(made: School) -> None:
    correct(made, FIXED)
    sync(made)
    made.github.merge_pull(REPO, 2, login="learner")
    again = {**FIXED, "README.md": b"# Gatecast\n\nCorrected twice.\n"}
    correct(made, again)
    sync(made)
    pull = made.github.repository(REPO).pulls[3]
    assert "Left as you have them" not in (pull.body or "")
    assert made.github.files(REPO, pull.head_ref) == again


def test_a_second_correction_takes_the_place_of_one_that_is_still_open(made: School) -> None:
    correct(made, FIXED)
    sync(made)
    again = {**FIXED, "src/model.py": b"def train(seed):\n    ...\n"}
    correct(made, again)
    sync(made)
    there = made.github.repository(REPO)
    assert [(one.number, one.state) for one in there.pulls.values()][1:] == [(2, "closed"), (3, "open")]
    assert "takes the place of #2" in (there.pulls[3].body or "")
    assert made.github.files(REPO, there.pulls[3].head_ref) == again


def test_one_that_cannot_be_written_to_is_named_and_the_others_go_on(made: School) -> None:
    made.github.repository(REPO).archived = True
    correct(made, FIXED)
    with pytest.raises(PushmarkError) as told:
        sync(made)
    assert "1 were not offered it" in told.value.what
    assert "s-1: " in told.value.what
    assert len(made.github.repository(f"{ORGANISATION}/ml-101-tiny-lab-other").pulls) == 2
