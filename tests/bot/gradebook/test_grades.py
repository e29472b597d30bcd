"""`course grades` as an instructor types it, over a course that was graded for real."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pushmark_bot.cli import app
from pushmark_bot.db.tables import Assignment, Extension, Override, Person, Submission
from pushmark_graders.errors import PushmarkError
from sqlalchemy import select

from tests.bot.gradebook.conftest import COURSE, SLUG, Class
from tests.bot.gradebook.formats.conftest import PUBLISHED

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,tiny-lab (9)\n"
    "    Points Possible,,,,,10\n"
    '"One, Learner",1,s-1,,north,\n'
    '"Two, Learner",2,s-2,,north,3\n'
    '"Guest, A",4,s-4,,north,\n'
)


def typed(cohort: Class, *arguments: str) -> Result:
    """Type `pushmark-bot course grades` on the server, on a wide terminal."""
    config = ("--config", str(cohort.folder / "pushmark-bot.toml"))
    environment = os.environ | {"COLUMNS": "200"}
    return CliRunner().invoke(app, ["course", "grades", *arguments, *config], env=environment)


def said(cohort: Class, *arguments: str) -> str:
    """What a command that succeeds prints on standard output."""
    done = typed(cohort, *arguments)
    assert done.exception is None, done.exception
    return done.stdout


def refused(cohort: Class, *arguments: str) -> PushmarkError:
    """Why a command is refused."""
    done = typed(cohort, *arguments)
    assert isinstance(done.exception, PushmarkError), done.output
    return done.exception


def words(text: str) -> list[str]:
    """The lines of a table, without its gaps."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def test_a_course_is_a_row_for_each_learner(cohort: Class) -> None:
    with cohort.database.session() as session:
        session.add(Assignment(course_id=1, slug="next-lab", lab="labs/next-lab"))
    lines = words(said(cohort, COURSE))
    assert "Learner Name Section tiny-lab next-lab" in lines
    assert "s-1 Learner 1 north 10 of 10 no submission" in lines
    assert "s-2 Learner 2 north 6 of 10 no submission" in lines
    assert "tiny-lab: 3 of 3 learners graded, on average 5.33 of 10" in lines
    assert "next-lab: 0 of 3 learners graded" in lines


def test_a_lab_has_what_staff_and_lateness_did(cohort: Class) -> None:
    number = cohort.submission("s-2").id
    with cohort.database.session() as session:
        lab = session.get_one(Assignment, 1)
        lab.due, lab.late_per_day = cohort.now.replace(day=29), 0.1
        session.add(
            Override(submission_id=number, task=2, points=5, reason="seen", given_by="staff", given_at=cohort.now)
        )
        session.add(Extension(assignment_id=1, person_id=3, seconds=86400 * 9, given_by="staff", given_at=cohort.now))
    lines = words(said(cohort, COURSE, SLUG))
    assert any(line.startswith("s-1 Learner 1 9 of 10 10 -1 (1 day) 1 ") for line in lines), lines
    assert any(line.startswith("s-2 Learner 2 7.7 of 10 6 -0.3 (1 day) task 2 1 ") for line in lines), lines
    assert any(line.startswith("s-3 Learner 3 0 of 10 0 1 ") for line in lines), lines


def test_canvas_s_file_is_filled_in_beside_the_old_one(cohort: Class) -> None:
    file, out = cohort.folder / "canvas.csv", cohort.folder / "out" / "filled.csv"
    file.write_text(CANVAS)
    done = typed(cohort, COURSE, SLUG, "--format", "canvas", "--into", str(file), "--out", str(out))
    assert done.exception is None, done.exception
    assert out.read_text() == CANVAS.replace("s-1,,north,", "s-1,,north,10").replace("north,3", "north,6")
    assert file.read_text() == CANVAS
    assert "column tiny-lab (9): 2 filled in, 1 left as they were" in done.stderr
    assert f"graded, and not in {file}: s-3" in done.stderr


def test_a_roster_that_came_from_canvas_goes_back_to_canvas_row_by_row(cohort: Class) -> None:
    file, out = cohort.folder / "canvas.csv", cohort.folder / "filled.csv"
    file.write_bytes((PUBLISHED / "canvas-export.csv").read_bytes())
    config = ("--config", str(cohort.folder / "pushmark-bot.toml"))
    imported = CliRunner().invoke(app, ["course", "roster", COURSE, str(file), *config])
    assert imported.stdout.startswith("4 added, 0 changed, 0 as they were\n"), imported.output
    with cohort.database.session() as session:
        people = {one.identifier: one.id for one in session.scalars(select(Person))}
        for learner, identifier in (("s-1", "101"), ("s-2", "102"), ("s-3", "103")):
            session.get_one(Submission, cohort.submission(learner).id).person_id = people[identifier]
            session.get_one(Person, people[learner]).email = ""  # the address is that of who came from Canvas
    said(cohort, COURSE, SLUG, "--format", "canvas", "--into", str(file), "--out", str(out))
    before, after = file.read_text().splitlines(), out.read_text().splitlines()
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert [new for _, new in changed] == [before[3].replace(",,4.50", ",6,4.50"), before[4].replace(",7.00,", ",10,")]


def test_what_canvas_says_it_is_worth_is_compared(cohort: Class) -> None:
    file = cohort.folder / "canvas.csv"
    file.write_text(CANVAS.replace(",10\n", ",100\n"))
    done = typed(cohort, COURSE, SLUG, "--format", "canvas", "--into", str(file))
    assert "Canvas says that it is worth 100, the lab 10" in done.stderr


def test_a_form_of_many_files_is_a_folder_for_the_lab(cohort: Class) -> None:
    out = cohort.folder / "out"
    for form, ending in (("gradescope", "json"), ("classroom50", "json"), ("ctrf", "json"), ("junit", "xml")):
        said(cohort, COURSE, "--format", form, "--out", str(out / form))
        names = sorted(path.name for path in (out / form / SLUG).iterdir())
        assert names == [f"s-{number}.{ending}" for number in (1, 2, 3)]
    assert json.loads((out / "gradescope" / SLUG / "s-2.json").read_text())["score"] == 6
    assert json.loads((out / "classroom50" / SLUG / "s-1.json").read_text())["owner"] == "learner-1"


def test_nothing_is_written_over_unless_it_is_said(cohort: Class) -> None:
    out = cohort.folder / "grades.csv"
    said(cohort, COURSE, "--format", "csv", "--out", str(out))
    out.write_text("what somebody wrote")
    assert "is there already" in refused(cohort, COURSE, "--format", "csv", "--out", str(out)).what
    assert out.read_text() == "what somebody wrote"
    said(cohort, COURSE, "--format", "csv", "--out", str(out), "--force")
    assert out.read_text().startswith("identifier,")


def test_one_file_that_is_there_stops_a_folder_before_anything_is_written(cohort: Class) -> None:
    there = cohort.folder / "out" / SLUG / "s-3.xml"
    there.parent.mkdir(parents=True)
    there.write_text("mine")
    told = refused(cohort, COURSE, "--format", "junit", "--out", str(cohort.folder / "out"))
    assert "s-3.xml is there already" in told.what
    assert [*there.parent.iterdir()] == [there]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ml-102"], "there is no course 'ml-102'"),
        ([COURSE, "other"], "ml-101 has no lab 'other'"),
        ([COURSE, "--format", "junit"], "junit is a file for each submission"),
        ([COURSE, "--into", "canvas.csv"], "--into fills in a lab's column"),
        ([COURSE, SLUG, "--column", "Quiz"], "--column says which column"),
        ([COURSE, SLUG, "--format", "canvas", "--into", "gone.csv"], "gone.csv: no such file"),
        ([COURSE, "--format", "csv", "--out", "/proc/grades.csv"], "/proc/grades.csv cannot be written"),
        ([COURSE, "--format", "csv", "--out", "/"], "/ is a folder"),
    ],
)
def test_what_cannot_be_is_refused_with_the_next_step(cohort: Class, arguments: list[str], told: str) -> None:
    error = refused(cohort, *arguments)
    assert told in error.what
    assert error.next_step


def test_a_spreadsheet_that_is_called_csv_is_told_what_it_is(cohort: Class, tmp_path: Path) -> None:
    sheet = tmp_path / "canvas.csv"
    sheet.write_bytes(b"PK\x03\x04 and more")
    error = refused(cohort, COURSE, SLUG, "--format", "canvas", "--into", str(sheet))
    assert "this is a spreadsheet (.xlsx or .ods), not a CSV file" in error.what
    assert "save or export it as CSV" in error.next_step
