"""Formats with one text for all learners."""

import csv
import io
import json
from collections.abc import Callable
from fnmatch import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pushmark_bot.gradebook.book import Book
from pushmark_bot.gradebook.cells import harmless, number, written
from pushmark_bot.gradebook.formats import TABLES, canvas, moodle

from tests.bot.gradebook.formats.conftest import PUBLISHED

Golden = Callable[[str, str], None]


def rows(text: str) -> list[list[str]]:
    """The cells of a CSV text."""
    return [*csv.reader(io.StringIO(text), strict=True)]


@pytest.mark.parametrize("form", TABLES)
def test_a_text_is_as_it_was(form: str, book: Book, golden: Golden) -> None:
    golden(f"{form}.{'json' if form == 'json' else 'csv'}", TABLES[form](book))


def test_moodle_knows_every_heading(book: Book) -> None:
    known = (PUBLISHED / "moodle-headings.txt").read_text().splitlines()
    [headings, *others] = rows(moodle.made(book))
    assert all(any(fnmatch(heading, one) for one in known) for heading in headings)
    assert {len(row) for row in others} == {len(headings)}, "Moodle refuses rows of another length"


def test_a_new_file_for_canvas_has_the_columns_of_canvas(book: Book) -> None:
    exported = rows((PUBLISHED / "canvas-export.csv").read_text())
    [headings, possible, *_] = rows(canvas.made(book))
    assert headings[:5] == exported[0][:5]
    assert possible[0] == exported[2][0] == "    Points Possible"


def test_json_has_earlier_grades_and_what_staff_set(book: Book) -> None:
    made = json.loads(TABLES["json"](book))
    assert made["schema"] == "pushmark/grades/v1"
    assert made["earlier"][0]["points"] == 8
    late = next(one for one in made["marks"] if one["learner"] == "s-2")
    assert late["tasks"][1]["setting"]["reason"] == "seen in person"
    assert late["points"] == 5.82


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 170 1", "'+49 170 1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1+1", "'\t=1+1"),
        (" =1+1", "' =1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("-1.5", "-1.5"),
        ("+3", "+3"),
        ("-1,5", "-1,5"),
        ("-1e3", "-1e3"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_a_formula_is_made_text_and_a_number_stays_one(text: str, cell: str) -> None:
    assert harmless(text) == cell


@given(st.text())
def test_no_cell_is_a_formula(text: str) -> None:
    first = harmless(text).lstrip()[:1]
    try:
        float(harmless(text).strip().replace(",", "."))
    except ValueError:
        assert first not in ("=", "+", "-", "@")


TEXT = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), min_size=1)


@given(st.lists(st.lists(TEXT, min_size=1), min_size=1))
def test_what_is_written_is_read_back(table: list[list[str]]) -> None:
    assert rows(written(table)) == [[harmless(cell) for cell in row] for row in table]


@given(st.floats(0, 1e6))
def test_points_are_written_to_two_places_without_separators(points: float) -> None:
    text = number(points)
    assert "," not in text
    assert float(text) == pytest.approx(points, abs=0.0051)
