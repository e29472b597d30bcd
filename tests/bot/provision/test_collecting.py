"""What was pushed in a whole course is found with a request for each push and few besides."""

from datetime import timedelta

import pytest
from pushmark_bot.commands.collect import gather
from pushmark_bot.db.tables import Assignment, Course, Person, Push, Submission
from pushmark_bot.github import GitHubError
from pushmark_bot.provision.collecting import poll
from sqlalchemy import select

from tests.bot.provision.school import ORGANISATION, START, School


@pytest.fixture
def seeded(school: School) -> School:
    """A school with 120 repositories, all of which were collected once."""
    seed(school, 120)
    school.time.sleep(3600)
    push(school, 0)
    collect(school)
    return school


def seed(school: School, many: int) -> None:
    """Repositories with pull requests, as if they had been made and linked long ago."""
    with school.database.session() as session:
        for at in range(many):
            repo = f"{ORGANISATION}/r-{at}"
            school.github.seed_repo(repo, private=True)
            sha = school.github.push(repo, {"a": b"%d" % at}, login="learner", branch="work")
            number = school.github.seed_pull(repo, head_sha=sha, branch="work")
            person = Person(course_id=1, identifier=f"s-{at}")
            session.add(person)
            session.flush()
            session.add(Submission(assignment_id=1, person_id=person.id, repository=repo, pull=number))


def collect(school: School) -> int:
    """Type the command."""
    office = school.office()
    try:
        return gather(office, "ml-101", "tiny-lab")
    finally:
        office.close()


def push(school: School, at: int, note: bytes = b"") -> str:
    """Let a learner push."""
    return school.github.push(f"{ORGANISATION}/r-{at}", {"a": b"new" + note}, login="learner", branch="work")


def test_only_what_was_pushed_to_is_asked_about(seeded: School) -> None:
    seeded.time.sleep(3600)
    shas = {at: push(seeded, at) for at in (3, 77, 119)}
    assert collect(seeded) == 1 + 3
    found = seeded.submissions()
    with seeded.database.reading() as session:
        for at, sha in shas.items():
            row = found[f"s-{at}"]
            assert row.heard == row.seen + 2, "once for the starter, once for this"
            pushes = {
                one.sha: one.received for one in session.scalars(select(Push).where(Push.submission_id == row.id))
            }
            assert pushes[sha] == seeded.time.now()


def test_collecting_again_asks_for_the_list_alone(seeded: School) -> None:
    seeded.time.sleep(3600)
    push(seeded, 5)
    collect(seeded)
    assert collect(seeded) == 1


def test_a_push_that_appears_in_the_list_later_is_found(seeded: School) -> None:
    seeded.time.sleep(3600)
    early = seeded.time.seconds()
    push(seeded, 5)
    seeded.time.sleep(300)
    push(seeded, 6)
    hidden = seeded.github.repository(f"{ORGANISATION}/r-5")
    shown, hidden.pushed = hidden.pushed, seeded.time.now() - timedelta(days=1)
    collect(seeded)
    hidden.pushed = shown
    assert early < seeded.time.seconds()
    assert collect(seeded) == 1 + 1


def test_a_repository_that_is_gone_does_not_stop_the_others(seeded: School, capsys: pytest.CaptureFixture[str]) -> None:
    seeded.time.sleep(3600)
    push(seeded, 5)
    push(seeded, 6)
    seeded.github.repository(f"{ORGANISATION}/r-6").pulls.clear()
    collect(seeded)
    said = capsys.readouterr().out
    assert "s-5\texample-school/r-5" in said
    assert "s-6\texample-school/r-6\t\tCould not look at" in said


def test_a_whole_server_is_asked_with_one_listing_for_each_course(seeded: School) -> None:
    seeded.time.sleep(3600)
    push(seeded, 5)
    before = seeded.submissions()["s-5"].heard
    office = seeded.office()
    github = office.github(seeded.installation)
    calls = github.calls
    assert poll(office.database, office.github, clock=seeded.time.now) == 1
    assert github.calls - calls == 1
    assert seeded.submissions()["s-5"].heard == before + 1
    assert poll(office.database, office.github, clock=seeded.time.now) == 0
    office.close()


def test_what_lies_outside_of_the_organisation_is_looked_at_each_time(seeded: School) -> None:
    office = seeded.office()
    poll(office.database, office.github, clock=seeded.time.now)
    with office.database.session() as session:
        session.get_one(Submission, seeded.submissions()["s-5"].id).repository = "learner/of-my-own"
    before = seeded.submissions()["s-5"].heard
    for _ in range(2):
        assert poll(office.database, office.github, clock=seeded.time.now) == 1
    assert seeded.submissions()["s-5"].heard == before + 2
    office.close()


def test_a_course_that_cannot_be_asked_about_keeps_no_other_one_waiting(seeded: School) -> None:
    office = seeded.office()
    with office.database.session() as session:
        session.get_one(Course, 1).installation = 99
        session.flush()
        other = Course(
            slug="ml-102", title="", organisation=ORGANISATION, installation=seeded.installation, created=START
        )
        session.add(other)
        session.flush()
        session.get_one(Assignment, 1).course_id = other.id
        session.add(Assignment(course_id=1, slug="another-lab", lab="labs/another"))
    seeded.time.sleep(3600)
    push(seeded, 5)
    before = seeded.submissions()["s-5"].heard
    with pytest.raises(GitHubError):
        poll(office.database, office.github, clock=seeded.time.now)
    assert seeded.submissions()["s-5"].heard == before + 1
    office.close()
