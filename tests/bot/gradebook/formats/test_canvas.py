"""Canvas's own export, filled in: an assignment's column changes, and not one character else."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from pushmark_bot.course import roster
from pushmark_bot.gradebook.book import Book, Lab, Learner
from pushmark_bot.gradebook.formats.canvas import CanvasError, filled

from tests.bot.gradebook.formats.conftest import LAB, PUBLISHED, mark

EXPORT = (PUBLISHED / "canvas-export.csv").read_bytes().decode()


def course(*identifiers: str, graded: tuple[str, ...] = (), emails: bool = False) -> Book:
    """A course with these learners, of whom some have a grade."""
    learners = [Learner(identifier=one, email=f"{one}@school.example" if emails else "") for one in identifiers]
    marks = {one: mark(one) for one in graded}
    return Book(course="ml-101", title="", organisation="", labs=[LAB], learners=learners, marks={LAB.slug: marks})


def test_points_go_into_the_column_and_all_else_stays_to_the_character() -> None:
    done = filled(EXPORT, "canvas.csv", course("101", "102", graded=("101", "102")), LAB)
    expected = EXPORT.replace('evening",,4.50', 'evening",4.25,4.50').replace("North,7.00,", "North,4.25,")
    assert done.text == expected
    assert (done.column, done.filled, done.left, done.possible) == ("Count words (4711)", 2, 2, "10.00")


def test_the_roster_that_was_imported_from_the_file_is_found_in_it_again(tmp_path: Path) -> None:
    people = roster.read(PUBLISHED / "canvas-export.csv")
    assert [one.identifier for one in people] == ["102", "101", "103", "109"], "no row that is nobody"
    assert people[0].name == 'Learner, Another "A."'
    identifiers = [one.identifier for one in people]
    done = filled(EXPORT, "canvas.csv", course(*identifiers, graded=("101", "102", "103", "109")), LAB)
    assert done.missing == []
    assert done.filled == 3, "and who is excused stays excused"


@pytest.mark.parametrize("identifiers", [("101", "102"), ("u-101", "u-102"), ("U-101", "S-2@school.example")])
def test_a_learner_is_known_by_any_of_canvas_s_identifiers(identifiers: tuple[str, ...]) -> None:
    assert filled(EXPORT, "canvas.csv", course(*identifiers, graded=identifiers), LAB).filled == 2


def test_or_by_the_address_with_which_they_sign_in() -> None:
    assert filled(EXPORT, "canvas.csv", course("s-1", "s-2", graded=("s-1", "s-2"), emails=True), LAB).filled == 2


def test_who_is_graded_and_not_in_the_file_is_named() -> None:
    done = filled(EXPORT, "canvas.csv", course("101", "s-9", graded=("101", "s-9")), LAB)
    assert done.missing == ["s-9"]


def test_a_file_with_semicolons_decimal_commas_and_a_mark_stays_like_that() -> None:
    headings = "\ufeffStudent;ID;SIS Login ID;Section;Count words (1)\r\n"
    text = headings + "    Points Possible;;;;10,00\r\nA;101;;North;\r\n"
    done = filled(text, "canvas.csv", course("101", graded=("101",)), LAB)
    assert done.text == text.replace("North;\r\n", "North;4,25\r\n")


def test_a_decimal_comma_between_commas_is_quoted() -> None:
    text = 'Student,ID,Count words (1)\n    Points Possible,,"10,00"\nA,101,\n'
    assert filled(text, "canvas.csv", course("101", graded=("101",)), LAB).text.endswith('A,101,"4,25"\n')


def test_another_column_is_named_with_or_without_its_number() -> None:
    book = course("101", graded=("101",))
    for column in ("Old quiz", "Old quiz (4712)"):
        assert filled(EXPORT, "canvas.csv", book, LAB, column).column == "Old quiz (4712)"


HEAD = "Student,ID,SIS User ID,SIS Login ID,Section,Count words (4711)\n    Points Possible,,,,,10\n"


@pytest.mark.parametrize(
    ("text", "column", "told"),
    [
        ("", "", "canvas.csv: the file is empty"),
        ("name,points\na,1\n", "", "canvas.csv: line 1: no column ID, SIS User ID or SIS Login ID"),
        (HEAD.replace("Count words", "Other"), "", "line 1: no column is called 'tiny-lab' or 'Count words'"),
        (HEAD, "Quiz", "line 1: no column is called 'Quiz'"),
        (EXPORT, "Final Score", "line 3: column Final Score: Canvas takes no points there: (read only)"),
        (HEAD.split("\n", maxsplit=1)[0] + "\nA,101,,,N,\n", "", "canvas.csv: no row `Points Possible`"),
        (HEAD + "A,101,,,N\n", "", "canvas.csv: line 3: 5 cells, where the headings are 6"),
        (HEAD + '"A,101,,,N,\n', "", "canvas.csv: line 3: a quote is open"),
        (HEAD + '"A"x,101,,,N,\n', "", "canvas.csv: line 3: 'x' after a closing quote"),
        (HEAD + "A,101,,,N,\nB,101,,,N,\n", "", "canvas.csv: line 4: 101 is also in line 3"),
        (HEAD + '"A\n\nB",101,102,,N,\n', "", "canvas.csv: line 3: the row may be that of 101 or 102"),
        (HEAD.replace("Section", "Count words (4)"), "", "line 1: 2 columns are called 'Count words'"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_the_next_step(text: str, column: str, told: str) -> None:
    with pytest.raises(CanvasError) as refused:
        filled(text, "canvas.csv", course("101", "102", graded=("101", "102")), LAB, column)
    assert told in refused.value.what
    assert refused.value.next_step


def test_the_lab_s_own_name_is_looked_for_first() -> None:
    named = Lab(slug="old-quiz", title="Count words", max=10)
    text = EXPORT.replace("Old quiz (4712)", "old-quiz (4712)")
    book = course("101", graded=())
    with_mark = replace(book, labs=[named], marks={"old-quiz": {"101": mark("101")}})
    assert filled(text, "canvas.csv", with_mark, named).column == "old-quiz (4712)"
