"""CSV for Moodle's *Import grades*: who it is by ID number and e-mail, a column of points and one of feedback per lab.

In Moodle, map *ID number* or *Email address*, and each column to its grade item; `Feedback: ...` maps to the feedback.
"""

from pushmark_graders.report.words import count

from pushmark_bot.gradebook.book import Book, Mark
from pushmark_bot.gradebook.cells import number, written


def made(book: Book) -> str:
    """The text of the file. A learner without a grade has empty cells, which Moodle leaves as they are."""
    labs = [title for lab in book.labs for title in (f"Assignment: {lab.title}", f"Feedback: {lab.title}")]
    rows = [["ID number", "Email address", *labs]]
    for learner in book.learners:
        marks = [book.mark(lab.slug, learner.identifier) for lab in book.labs]
        cells = [cell for mark in marks for cell in (number(mark.points if mark else None), _feedback(mark))]
        rows.append([learner.identifier, learner.email, *cells])
    return written(rows)


def _feedback(mark: Mark | None) -> str:
    if mark is None or mark.counted is None:
        return ""
    one = mark.counted
    parts = [f"{number(one.points)} of {number(one.max)} points"]
    parts += [f"{number(one.penalty)} taken off for lateness ({count(one.days_late, 'day')})"] if one.penalty else []
    parts += [f"task {task.number}: {number(task.points)} of {number(task.max)}" for task in one.tasks]
    where = f"{mark.repository} #{mark.pull}" + (f" at {one.sha[:10]}" if one.sha else "")
    return "; ".join([*parts, where])
