"""The gradebook in a terminal: a row for each learner, a column for each lab; with one lab, all about it."""

from pushmark_graders.report.printing import Page
from pushmark_graders.report.words import amount, count
from rich.console import Console

from pushmark_bot.gradebook.book import Book, Lab, Learner, Mark
from pushmark_bot.gradebook.formats.plain import state


def show(book: Book) -> None:
    """Print it on standard output."""
    page = Page(Console(highlight=False, markup=False))
    if len(book.labs) == 1:
        _one_lab(page, book, book.labs[0])
    else:
        _all_labs(page, book)
    for lab in book.labs:
        graded = [mark for mark in book.marks[lab.slug].values() if mark.points is not None]
        mean = sum(mark.points or 0.0 for mark in graded) / len(graded) if graded else 0.0
        worth = f" of {amount(lab.max)}" if lab.max is not None else ""
        average = f", on average {amount(mean)}{worth}" if graded else ""
        page.line(f"{lab.slug}: {len(graded)} of {count(len(book.learners), 'learner')} graded{average}")
    if book.earlier:
        page.line(f"{count(len(book.earlier), 'earlier grade')} imported: --format json has them")


def _all_labs(page: Page, book: Book) -> None:
    table = page.table("Learner", "Name", "Section", *(lab.slug for lab in book.labs))
    for one in book.learners:
        cells = [_points(book.mark(lab.slug, one.identifier)) for lab in book.labs]
        table.add_row(*map(page.text, (one.identifier, one.name, one.section, *cells)))
    page.show(table)


def _one_lab(page: Page, book: Book, lab: Lab) -> None:
    table = page.table("Learner", "Name", "Points", "Earned", "Late", "Set by staff", "Attempts", "Commit")
    for one in book.learners:
        table.add_row(*map(page.text, _row(one, book.mark(lab.slug, one.identifier))))
    page.show(table)


def _row(one: Learner, mark: Mark | None) -> list[str]:
    known = [one.identifier, one.name, _points(mark)]
    if mark is None or mark.counted is None:
        return [*known, "", "", "", str(mark.attempts) if mark is not None else "", ""]
    counted = mark.counted
    late = f"-{amount(counted.penalty)} ({count(counted.days_late, 'day')})" if counted.days_late else ""
    staff = ", ".join(f"task {number}" for number in mark.set_by_staff)
    return [*known, amount(counted.earned), late, staff, str(mark.attempts), counted.sha[:10]]


def _points(mark: Mark | None) -> str:
    if mark is None or mark.counted is None:
        return state(mark)
    held = " (held back)" if mark.held_back else ""
    return f"{amount(mark.counted.points)} of {amount(mark.counted.max)}{held}"
