"""What staff decide, typed on the server."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from pushmark_bot.cli import app
from pushmark_bot.course.chain import broken
from pushmark_bot.db import decisions, log, scores
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Attempt, Course, Extension, Override, Person, Submission
from pushmark_graders.errors import PushmarkError
from pushmark_graders.report import schema
from pushmark_graders.report.model import Report
from sqlalchemy import select

LAB = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
AT = datetime(2027, 1, 31, 18, tzinfo=UTC)
SHA = "a" * 40


@dataclass
class Server:
    """A configured server with a course, one graded submission and somebody without one."""

    folder: Path
    database: Database

    def type(self, *arguments: str) -> str:
        """Type a command; returns what it printed. Raises what it raised."""
        config = str(self.folder / "pushmark-bot.toml")
        done = CliRunner().invoke(app, ["course", *arguments, "--config", config], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    def submission(self) -> Submission:
        """The one submission."""
        with self.database.reading() as session:
            return session.get_one(Submission, 1)

    def points(self) -> float:
        """What counts."""
        with self.database.reading() as session:
            grade = scores.grade(session, session.get_one(Submission, 1))
            assert grade is not None
            return grade.points

    def kinds(self) -> list[str]:
        """What the event log has."""
        with self.database.reading() as session:
            entries = log.entries(session, 1)
        assert broken(entries) is None
        return [entry.kind for entry in entries]


@pytest.fixture
def server(tmp_path: Path, database: Database, make_report: Callable[..., Report]) -> Server:
    """One of two checks passed, on time; it is published."""
    (tmp_path / "pushmark-bot.toml").write_text(
        'schema = 1\ndatabase = "sqlite:///pushmark.db"\npoll_seconds = 60\n'
        '[app]\nid = 1\nslug = "pushmark"\nprivate_key_file = "app.pem"\n'
    )
    report = make_report("passed", "failed", slug="tiny-lab")
    with database.session() as session:
        course = Course(slug="ml-101", title="ML", organisation="example-school", created=AT)
        session.add(course)
        session.flush()
        learner = Person(course_id=course.id, identifier="s-1", login="learner")
        assignment = Assignment(course_id=course.id, slug="tiny-lab", lab=str(LAB), due=AT)
        session.add_all([learner, Person(course_id=course.id, identifier="s-2"), assignment])
        session.flush()
        submission = Submission(
            assignment_id=assignment.id,
            person_id=learner.id,
            repository="example-school/tiny",
            pull=1,
            wanted_sha=SHA,
            graded_sha=SHA,
            published_sha=SHA,
        )
        session.add(submission)
        session.flush()
        session.add(
            Attempt(
                submission_id=submission.id,
                number=1,
                sha=SHA,
                received=AT,
                taken=AT,
                state="graded",
                points=1.0,
                max_points=2.0,
                report=schema.dump(report),
            )
        )
    return Server(tmp_path, database)


def test_points_are_set_and_the_page_is_published_again(server: Server) -> None:
    said = server.type("override", "ml-101", "tiny-lab", "s-1", "1", "1.5", "Saw it run.")
    assert said == "s-1 has 1.5 points of task 1\n"
    assert server.points() == 1.5
    now = server.submission()
    assert (now.published_sha, now.graded_sha) == ("", SHA)
    assert now.heard != now.seen
    assert server.kinds() == ["override"]


def test_time_is_given_on_top_of_what_was_given(server: Server) -> None:
    assert server.type("extend", "ml-101", "tiny-lab", "s-1", "2d") == "s-1 has 2 days more for tiny-lab\n"
    assert server.type("extend", "ml-101", "tiny-lab", "s-1", "12h") == "s-1 has 2 days 12 h more for tiny-lab\n"
    assert server.type("extend", "ml-101", "tiny-lab", "s-2", "1h") == "s-2 has 1 h more for tiny-lab\n"
    with server.database.reading() as session:
        assert [one.seconds for one in session.scalars(select(Extension))] == [172800, 43200, 3600]
    assert server.kinds() == ["extend"] * 3


def test_a_submission_is_frozen_once(server: Server) -> None:
    assert server.type("freeze", "ml-101", "tiny-lab", "s-1") == "s-1's submission is frozen\n"
    when = server.submission().frozen
    assert server.type("freeze", "ml-101", "tiny-lab", "s-1") == "s-1's submission was frozen already\n"
    assert server.submission().frozen == when is not None
    assert server.kinds() == ["freeze"]


def test_a_freeze_is_taken_back_once(server: Server) -> None:
    server.type("freeze", "ml-101", "tiny-lab", "s-1")
    assert server.type("freeze", "ml-101", "tiny-lab", "s-1", "--off") == "s-1's submission is not frozen any more\n"
    assert server.submission().frozen is None
    assert server.type("freeze", "ml-101", "tiny-lab", "s-1", "--off") == "s-1's submission was not frozen\n"
    assert server.kinds() == ["freeze", "thaw"]


def test_results_are_held_back_and_released_to_one_or_to_all(server: Server) -> None:
    assert server.type("release", "ml-101", "tiny-lab", "s-1") == "nothing of s-1's was held back\n"
    server.type("assign", "ml-101", str(LAB), "--held-back")
    with server.database.reading() as session:
        assert scores.is_held_back(session.get_one(Submission, 1))
    assert server.submission().published_sha == "", "what is on GitHub shows the score"
    assert server.type("release", "ml-101", "tiny-lab", "s-1") == "s-1's result is released\n"
    with server.database.reading() as session:
        assert not scores.is_held_back(session.get_one(Submission, 1))
    server.type("assign", "ml-101", str(LAB))
    with server.database.reading() as session:
        assert session.get_one(Assignment, 1).held_back, "assigning it again without the option changes nothing"
    said = server.type("release", "ml-101", "tiny-lab")
    assert said == "0 submissions are released, and nothing of tiny-lab is held back any more\n"
    with server.database.reading() as session:
        assert not session.get_one(Assignment, 1).held_back


def test_new_dates_and_rules_are_published_again_and_the_same_ones_are_not(server: Server) -> None:
    server.type("assign", "ml-101", str(LAB), "--due", "2027-01-31T18:00Z")
    assert server.submission().published_sha == SHA
    server.type("assign", "ml-101", str(LAB), "--due", "2027-02-01T18:00Z", "--counts", "newest")
    assert server.submission().published_sha == ""
    with server.database.reading() as session:
        assert scores.rules(session, session.get_one(Submission, 1)).counts == "newest"


def test_appeals_wait_until_points_of_the_task_are_set(server: Server) -> None:
    with server.database.session() as session:
        submission = session.get_one(Submission, 1)
        decisions.appeal(session, submission, "check-2", 1, "Mine is\x1b[31m right.", by="@learner", at=AT)
    said = server.type("appeals", "ml-101")
    assert said == (
        "2027-01-31 18:00  tiny-lab  s-1 (@learner)  example-school/tiny #1\n    check-2: Mine is right.\n1 appeals\n"
    )
    server.type("override", "ml-101", "tiny-lab", "s-1", "1", "2", "It is.")
    with server.database.session() as session:
        session.scalars(select(Override)).one().given_at = AT
    assert server.type("appeals", "ml-101") == "0 appeals\n"
    assert "set task 1 to 2: It is." in server.type("appeals", "ml-101", "--all")


def test_staff_are_put_on_the_roster_as_such(server: Server) -> None:
    (server.folder / "staff.csv").write_text("identifier,login\nt-1,tutor\ns-2,second\n")
    said = server.type("roster", "ml-101", str(server.folder / "staff.csv"), "--role", "staff")
    assert said == "1 added, 1 changed, 0 as they were\n"
    said = server.type("roster", "ml-101", str(server.folder / "staff.csv"))
    assert said.startswith("0 added, 0 changed, 2 as they were\n")
    with server.database.reading() as session:
        assert [one.identifier for one in session.scalars(select(Person).where(Person.role == "staff"))] == [
            "s-2",
            "t-1",
        ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["override", "ml-101", "tiny-lab", "s-1", "1", "2.5", "x"], "task 1 has 0 to 2 points, not 2.5"),
        (["override", "ml-101", "tiny-lab", "s-1", "1", "nan", "x"], "task 1 has 0 to 2 points, not nan"),
        (["override", "ml-101", "tiny-lab", "s-1", "1", "1", " "], "a reason of 1 to 500 characters is needed"),
        (["override", "ml-101", "tiny-lab", "s-2", "1", "1", "x"], "s-2 has no submission of tiny-lab"),
        (["override", "ml-101", "tiny-lab", "s-9", "1", "1", "x"], "'s-9' is not on the roster of ml-101"),
        (["override", "ml-101", "big-lab", "s-1", "1", "1", "x"], "ml-101 has no lab 'big-lab'"),
        (["override", "ml-102", "tiny-lab", "s-1", "1", "1", "x"], "there is no course 'ml-102'"),
        (["extend", "ml-101", "tiny-lab", "s-1", "2w"], "'2w' is no time"),
        (["extend", "ml-101", "tiny-lab", "s-1", "9999d"], "more than 3650 days in all"),
        (["freeze", "ml-101", "tiny-lab", "s-2"], "s-2 has no submission of tiny-lab"),
        (["appeals", "ml-102"], "there is no course 'ml-102'"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_changed(server: Server, arguments: list[str], told: str) -> None:
    with pytest.raises(PushmarkError, match=told) as refused:
        server.type(*arguments)
    assert refused.value.next_step
    assert server.kinds() == []
