"""Exports of GitHub Classroom: read with every fault, matched with the course, and written whole or not at all."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pushmark_bot.cli import app
from pushmark_bot.course.chain import broken
from pushmark_bot.db import log
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Course, EarlierGrade, Person, Submission
from pushmark_bot.gradebook.classroom import ClassroomError, Row, read
from pushmark_bot.service.config import load
from pushmark_bot.testing import FakeGitHub, Fault
from pushmark_graders.errors import PushmarkError
from sqlalchemy import select

from tests.bot.gradebook.conftest import COURSE, DUE, LAB, ORGANISATION, SLUG, configure

HEAD = (
    '"assignment_name","assignment_url","starter_code_url","github_username","roster_identifier",'
    '"student_repository_name","student_repository_url","submission_timestamp","points_awarded","points_available"'
)
"""The headings of *Download grades*, as `gh classroom assignment-grades` of the repository github/gh-classroom writes
them too (`cmd/gh-classroom/assignment-grades`), and as GitHub's API describes them (`classroom-assignment-grade`)."""


def line(number: int, *, login: str = "", identifier: str = "", points: str = "7", assignment: str = "Tiny lab") -> str:
    """A row of the export."""
    name = f"tiny-lab-learner-{number}"
    return (
        f'"{assignment}","https://classroom.github.com/classrooms/1/assignments/tiny-lab",'
        f'"https://github.com/{ORGANISATION}/tiny-start","{login or f"learner-{number}"}","{identifier}",'
        f'"{name}","https://github.com/{ORGANISATION}/{name}","2026-09-18 23:59:59 UTC","{points}","10"'
    )


@dataclass
class Desk:
    """A course with three people and a lab, and the repositories that GitHub Classroom made."""

    folder: Path
    github: FakeGitHub
    database: Database

    def write(self, *lines: str, name: str = "grades.csv", head: str = HEAD) -> Path:
        """Write an export."""
        path = self.folder / name
        path.write_text("\n".join([head, *lines]) + "\n")
        return path

    def typed(self, *arguments: str | Path) -> Result:
        """Import it."""
        config = ("--config", str(self.folder / "pushmark-bot.toml"), "--quiet")
        return CliRunner().invoke(
            app, ["course", "import-classroom", COURSE, *map(str, arguments), *config], env=dict(os.environ)
        )

    def refused(self, *arguments: str | Path) -> PushmarkError:
        """Why an import is refused; nothing is written then."""
        before = self.grades(), self.submissions(), self.logins()
        done = self.typed(*arguments)
        assert isinstance(done.exception, PushmarkError), done.output
        assert (self.grades(), self.submissions(), self.logins()) == before
        return done.exception

    def grades(self) -> list[tuple[int, str, float | None, float | None]]:
        """What is kept of old points."""
        with self.database.reading() as session:
            rows = session.scalars(select(EarlierGrade).order_by(EarlierGrade.id)).all()
            return [(one.person_id, one.name, one.points, one.max_points) for one in rows]

    def submissions(self) -> list[tuple[int, str, int]]:
        """Whose submission is which pull request."""
        with self.database.reading() as session:
            rows = session.scalars(select(Submission).order_by(Submission.id)).all()
            return [(one.person_id, one.repository, one.pull) for one in rows]

    def logins(self) -> list[str]:
        """Who is who on GitHub."""
        with self.database.reading() as session:
            return [*session.scalars(select(Person.login).order_by(Person.id))]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """The second learner's login is not known yet; the third's repository has no Feedback pull request."""
    with FakeGitHub() as github:
        application, installation = github.seed_app("pushmark-course", account=ORGANISATION)
        configure(tmp_path, github.url, application.id, application.private_key)
        database = Database(load(tmp_path / "pushmark-bot.toml").database_url)
        database.upgrade()
        with database.session() as session:
            session.add(
                Course(slug=COURSE, title="ML", organisation=ORGANISATION, installation=installation, created=DUE)
            )
            session.flush()
            session.add(Assignment(course_id=1, slug=SLUG, lab=str(LAB)))
            for number, login in enumerate(("learner-1", "", "learner-3"), start=1):
                session.add(Person(course_id=1, identifier=f"s-{number}", login=login))
        for number in (1, 2, 3):
            repo = f"{ORGANISATION}/tiny-lab-learner-{number}"
            github.seed_repo(repo, private=True)
            head = github.seed_commit(repo, {"NOTES.md": b"mine"})
            if number != 3:
                github.seed_pull(repo, head_sha=head, branch="other", title="Something else", base="feedback")
                github.seed_pull(repo, head_sha=head, branch="main", title="Feedback", base="feedback")
            github.seed_pull(repo, head_sha=head, branch="work", title="Feedback")
        yield Desk(tmp_path, github, database)
        database.close()


def test_a_row_is_read_as_it_is_exported(tmp_path: Path) -> None:
    path = tmp_path / "grades.csv"
    path.write_text(f"\ufeff{HEAD}\n{line(1, identifier='s-1')}\n", encoding="utf-8")
    [row] = read([path])
    assert row == Row(
        where=f"{path}: line 2",
        assignment="Tiny lab",
        login="learner-1",
        repository=f"{ORGANISATION}/tiny-lab-learner-1",
        identifier="s-1",
        submitted="2026-09-18 23:59:59 UTC",
        points=7.0,
        max=10.0,
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "grades.csv: the file is empty"),
        ("identifier,github_username\n", "line 1: no column assignment_name, student_repository_url"),
        (f'{HEAD}\n"open', "line 2: unexpected end of data"),
        (f"{HEAD}\n{line(1, points='many')}\n", "line 2: column points_awarded: expected points, got 'many'"),
        (f"{HEAD}\n{line(1, points='-1')}\n", "line 2: column points_awarded: expected points, got '-1'"),
        (f"{HEAD}\n{line(1, login='not a login')}\n", "line 2: column github_username: expected a GitHub login"),
        (f"{HEAD}\n{line(1, assignment='')}\n", "line 2: column assignment_name: expected a name, got ''"),
        (
            f"{HEAD}\n{line(1).replace('https://', 'ssh://')}\n",
            "line 2: column student_repository_url: expected the address",
        ),
        (
            f"{HEAD}\n{line(1)}\n{line(1, login='LEARNER-1')}\n",
            "line 3: column github_username: LEARNER-1 has Tiny lab",
        ),
        ("PK\x03\x04", "this is a spreadsheet (.xlsx or .ods), not a CSV file"),
    ],
)
def test_a_fault_is_told_with_file_line_and_column(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "grades.csv"
    path.write_text(text)
    with pytest.raises(ClassroomError) as refused:
        read([path])
    assert f"{path}: " in refused.value.what
    assert told in refused.value.what
    assert refused.value.next_step


def test_points_are_kept_and_the_feedback_pull_request_becomes_the_submission(desk: Desk) -> None:
    done = desk.typed(desk.write(line(1), line(2, identifier="s-2", points="")))
    assert done.exception is None, done.exception
    assert done.stdout == "2 of 2 grades are new, 2 pull requests linked\n"
    assert desk.grades() == [(1, "Tiny lab", 7.0, 10.0), (2, "Tiny lab", None, 10.0)]
    assert desk.submissions() == [
        (1, f"{ORGANISATION}/tiny-lab-learner-1", 2),
        (2, f"{ORGANISATION}/tiny-lab-learner-2", 2),
    ]
    assert desk.logins() == ["learner-1", "learner-2", "learner-3"], "the roster's identifier told who that is"
    with desk.database.reading() as session:
        entries = log.entries(session, 1)
    assert broken(entries) is None
    assert [one.kind for one in entries] == ["link", "link", "import"]


def test_doing_it_again_changes_nothing_and_new_points_stand_beside_the_old_ones(desk: Desk) -> None:
    desk.typed(desk.write(line(1), line(2, identifier="s-2")))
    desk.github.forget_log()
    assert desk.typed(desk.write(line(1, points="9"), line(2, identifier="s-2"))).stdout == (
        "1 of 2 grades are new, 0 pull requests linked\n"
    )
    assert desk.grades()[2:] == [(1, "Tiny lab", 9.0, 10.0)]
    assert desk.github.log == [], "what is linked is not looked up"


def test_a_repository_without_one_or_that_is_gone_is_told_and_the_rest_is_done(desk: Desk) -> None:
    desk.github.delete_repo(f"{ORGANISATION}/tiny-lab-learner-1")
    done = desk.typed(desk.write(line(1), line(2, identifier="s-2"), line(3)))
    assert done.exit_code == 3
    assert "3 of 3 grades are new, 1 pull requests linked" in done.stdout
    assert "not linked: s-1 example-school/tiny-lab-learner-1: GitHub does not show it" in done.stdout
    assert "not linked: s-3 example-school/tiny-lab-learner-3: it has no pull request into feedback" in done.stdout


def test_an_assignment_is_a_lab_by_its_name_or_because_somebody_says_so(desk: Desk) -> None:
    path = desk.write(line(1, assignment="Homework 2"))
    assert "points alone are kept: Homework 2; --lab names one" in desk.typed(path).stdout
    assert desk.submissions() == []
    assert "1 pull requests linked" in desk.typed(path, "--lab", f"Homework 2={SLUG}").stdout


def test_points_alone_need_no_github(desk: Desk) -> None:
    desk.github.forget_log()
    assert desk.typed(desk.write(line(1)), "--no-link").stdout == "1 of 1 grades are new, 0 pull requests linked\n"
    assert desk.github.log == []


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([line(1), line(9)], "line 3: column github_username: learner-9 is not on the roster of ml-101"),
        ([line(1, identifier="s-3")], "line 2: column roster_identifier: learner-1 is s-1 on the roster, not s-3"),
        ([line(1, login="somebody", identifier="s-1")], "s-1 has the login learner-1 on the roster, not somebody"),
    ],
)
def test_who_is_not_who_they_should_be_stops_all_of_it(desk: Desk, rows: list[str], told: str) -> None:
    error = desk.refused(desk.write(*rows))
    assert told in error.what
    assert "nothing was changed" in error.next_step


def test_a_learner_with_another_submission_stops_all_of_it(desk: Desk) -> None:
    with desk.database.session() as session:
        session.add(Submission(assignment_id=1, person_id=1, repository="elsewhere/mine", pull=1))
    error = desk.refused(desk.write(line(1)))
    assert "column student_repository_url: s-1 has a submission of tiny-lab already: elsewhere/mine #1" in error.what


def test_a_github_that_is_away_stops_all_of_it(desk: Desk) -> None:
    for _ in range(3):
        desk.github.expect(Fault(method="GET", path="/pulls", status=502))
    error = desk.refused(desk.write(line(1)))
    assert error.exit_code == 3


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("nonsense", "--lab: expected NAME=LAB, got 'nonsense'"),
        (f"Homework 9={SLUG}", "--lab: no row is of 'Homework 9'"),
        ("Tiny lab=other", "--lab: ml-101 has no lab 'other'"),
    ],
)
def test_an_option_that_names_nothing_is_refused(desk: Desk, given: str, told: str) -> None:
    assert told in desk.refused(desk.write(line(1)), "--lab", given).what


def test_two_learners_in_one_repository_are_one_submission(desk: Desk) -> None:
    shared = line(1).replace('"learner-1"', '"learner-3"')
    done = desk.typed(desk.write(line(1), shared))
    assert done.exit_code == 3
    assert "not linked: s-3 example-school/tiny-lab-learner-1: it is s-1's too" in done.stdout
