"""What the gradebook is written as: pure functions from a book, or from one graded submission, to text."""

from collections.abc import Callable

from pushmark_bot.gradebook.book import Book, Sheet
from pushmark_bot.gradebook.formats import canvas, classroom50, ctrf, gradescope, junit, moodle, plain

TABLES: dict[str, Callable[[Book], str]] = {
    "csv": plain.as_csv,
    "json": plain.as_json,
    "canvas": canvas.made,
    "moodle": moodle.made,
}
"""One text for all learners."""

EACH: dict[str, tuple[str, Callable[[Sheet], str]]] = {
    "gradescope": ("json", gradescope.made),
    "classroom50": ("json", classroom50.made),
    "ctrf": ("json", ctrf.made),
    "junit": ("xml", junit.made),
}
"""A file for each graded submission: how its name ends, and what is in it."""
