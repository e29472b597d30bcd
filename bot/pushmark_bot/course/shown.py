"""What counts, in words: what the pull request says beside a report, which itself stays as it was stored."""

from datetime import timedelta

import msgspec
from pushmark_graders.report.text import prose
from pushmark_graders.report.words import amount, count

from pushmark_bot.course.score import Counted

MOST_SETTINGS = 20


class Remarks(msgspec.Struct, frozen=True, kw_only=True):
    """What is published beside a report: `lines` of Markdown below its headline, and a few words for a title."""

    lines: tuple[str, ...] = ()
    brief: str = ""


NO_REMARKS = Remarks()


def remarks(shown: Counted, grade: Counted | None) -> Remarks:
    """What is to be said of the attempt that is `shown`, where another may be the `grade`; nothing where they agree."""
    said = lines(shown)
    other = grade is not None and (grade.number, grade.again) != (shown.number, shown.again)
    if said:
        said = [f"**{_points(shown)} count.**" if not other else f"**It would count {_points(shown)}.**", *said]
    if grade is not None and other:
        said.append(
            f"**Attempt {grade.number} counts, with {_points(grade)}.**"
            if grade.number
            else f"**It does not count: it came too late or too early.** {_points(grade)} count."
        )
    counts = grade if grade is not None and other else shown
    brief = f"{_points(counts)} count" if said else ""
    return Remarks(lines=tuple(said), brief=brief)


def lines(counts: Counted) -> list[str]:
    """What lateness and staff did to an attempt's points, a line each."""
    said = []
    if counts.days_late:
        cost = f"\N{MINUS SIGN}{amount(counts.penalty)}" if counts.penalty else "at no cost"
        said.append(f"Late: {count(counts.days_late, 'day')}, {cost}")
    set_by_staff = [task for task in counts.tasks if task.setting is not None]
    said += [
        f"Task {task.number}: set by staff to {amount(task.points)} of {amount(task.max)}, "
        f"the grader gave {amount(task.earned)}: {prose(task.setting.reason, 200)}"
        for task in set_by_staff[:MOST_SETTINGS]
        if task.setting is not None
    ]
    if len(set_by_staff) > MOST_SETTINGS:
        said.append(f"{len(set_by_staff) - MOST_SETTINGS} more tasks: set by staff")
    return said


def days(time: timedelta) -> str:
    """A time in days and hours, rounded up to the hour: "2 days", "1 day 12 h"."""
    hours = -(-time // timedelta(hours=1))
    whole, rest = divmod(hours, 24)
    parts = [count(whole, "day")] if whole else []
    return " ".join(parts + ([f"{rest} h"] if rest or not whole else []))


def _points(counts: Counted) -> str:
    return f"{amount(counts.points)} of {amount(counts.max)} points"
