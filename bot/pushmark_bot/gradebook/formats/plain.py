"""Our own forms: a row for each learner and lab as CSV, and everything as JSON (`pushmark/grades/v1`)."""

from typing import Any

import msgspec

from pushmark_bot.gradebook.book import Book, Lab, Learner, Mark
from pushmark_bot.gradebook.cells import number, written

COLUMNS = (
    "identifier", "name", "email", "section", "login", "lab", "state", "points", "max", "earned", "penalty",
    "days_late", "set_by_staff", "attempts", "attempt", "commit", "received", "repository", "pull",
)  # fmt: skip


def as_csv(book: Book) -> str:
    """A row for each learner and lab, in that order."""
    rows = [_row(one, lab, book.mark(lab.slug, one.identifier)) for one in book.learners for lab in book.labs]
    return written([COLUMNS, *rows])


def as_json(book: Book) -> str:
    """The whole gradebook."""
    whole = {"schema": "pushmark/grades/v1", **msgspec.to_builtins(book)}
    whole["marks"] = [_mark(one) for of_lab in book.marks.values() for one in of_lab.values()]
    return msgspec.json.format(msgspec.json.encode(whole)).decode() + "\n"


def state(mark: Mark | None) -> str:
    """What there is, in words that do not change."""
    if mark is None:
        return "no submission"
    if mark.counted is None:
        return "not graded"
    return "graded" if mark.row else "set by staff"


def _row(learner: Learner, lab: Lab, mark: Mark | None) -> list[str]:
    counted = mark.counted if mark is not None else None
    known = [learner.identifier, learner.name, learner.email, learner.section, learner.login, lab.slug, state(mark)]
    if mark is None or counted is None:
        where = ["", "", "", mark.repository, str(mark.pull)] if mark is not None else [""] * 5
        return [*known, "", number(lab.max), "", "", "", "", str(mark.attempts if mark is not None else 0), *where]
    return [
        *known,
        number(counted.points),
        number(counted.max),
        number(counted.earned),
        number(counted.penalty),
        str(counted.days_late),
        " ".join(map(str, mark.set_by_staff)),
        str(mark.attempts),
        str(counted.number or ""),
        counted.sha,
        mark.received.isoformat() if mark.received is not None else "",
        mark.repository,
        str(mark.pull),
    ]


def _mark(mark: Mark) -> dict[str, Any]:
    counted = mark.counted
    said: dict[str, Any] = {
        "lab": mark.lab,
        "learner": mark.learner,
        "state": state(mark),
        "repository": mark.repository,
        "pull": mark.pull,
        "attempts": mark.attempts,
        "held_back": mark.held_back,
    }
    if counted is None:
        return said
    return said | {
        "points": counted.points,
        "max": counted.max,
        "earned": counted.earned,
        "penalty": counted.penalty,
        "days_late": counted.days_late,
        "standing": counted.standing,
        "attempt": counted.number,
        "commit": counted.sha,
        "received": mark.received,
        "tasks": msgspec.to_builtins(counted.tasks),
        "metrics": {"points": counted.metrics, "max": counted.metrics_max},
    }
