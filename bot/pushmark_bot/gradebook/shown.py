"""How a regrading is shown: a row for each attempt that moves, why it does, and what is left to do."""

from typing import Literal

import msgspec
from pushmark_graders.report.printing import Page
from pushmark_graders.report.words import amount, change, count
from rich.console import Console

from pushmark_bot.gradebook.moves import Change, Move

LONGEST = 10
"""So many changes are shown of an attempt; `--json` has all."""


class NotRegraded(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt without a new result; what it had still counts."""

    learner: str
    attempt: int
    commit: str
    message: str


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a regrading found and did. `regraded` counts attempts with a new report, `from_before`
    those of them that an earlier run had graded, and `stored` those whose results changed."""

    schema: Literal["pushmark/regrade/v1"] = "pushmark/regrade/v1"
    course: str
    lab: str
    version: str
    regraded: int
    from_before: int
    applied: bool
    allow_lower: bool
    stored: int
    moves: list[Move]
    not_regraded: list[NotRegraded]


def show(summary: Summary) -> None:
    """Print it for a person, on standard output."""
    page = Page(Console(highlight=False, markup=False))
    for move in summary.moves:
        _show_move(page, move, allow_lower=summary.allow_lower)
    for lost in summary.not_regraded:
        page.line(f"{lost.learner}, attempt {lost.attempt}: not graded anew")
        page.line(lost.message, indent=2)
    if summary.moves or summary.not_regraded:
        page.line()
    page.line(_in_all(summary))
    page.line(_next_step(summary))


def _show_move(page: Page, move: Move, *, allow_lower: bool) -> None:
    was = f"{amount(move.points_before)} of {amount(move.max_before)}"
    now = f"{amount(move.points_after)} of {amount(move.max_after)}"
    keeps = ", keeps the better" if move.direction == "down" and not allow_lower else ""
    page.line(f"{move.learner}, attempt {move.attempt}: {was} -> {now}{keeps}")
    for one in move.changes[:LONGEST]:
        page.line(_in_words(one), indent=2)
    if len(move.changes) > LONGEST:
        page.line(f"and {count(len(move.changes) - LONGEST, 'more change')}", indent=2)
    if move.grade_before is not None and move.grade_after is not None:
        moved = change(move.grade_after, move.grade_before)
        page.line(f"grade: {amount(move.grade_before)} -> {amount(move.grade_after)} ({moved})", indent=2)


def _in_words(one: Change) -> str:
    states = f"{one.before or 'new'} -> {one.after or 'gone'}"
    points = change(one.points_after, one.points_before)
    why = f": {one.why}" if one.why else ""
    return f"{one.id} ({one.title}): {states}, {points}{why}"


def _in_all(summary: Summary) -> str:
    ways = [move.direction for move in summary.moves]
    same = summary.regraded - ways.count("up") - ways.count("down")
    lost = f", {len(summary.not_regraded)} not graded anew" if summary.not_regraded else ""
    moved = f"{ways.count('up')} up, {ways.count('down')} down, {same} the same{lost}"
    return f"{moved}, under {summary.lab} {summary.version}."


def _next_step(summary: Summary) -> str:
    if summary.applied:
        return f"{count(summary.stored, 'new result')} stored; the server publishes what learners see of it."
    return "Nothing was changed. The same command with --apply stores this, and has it published."
