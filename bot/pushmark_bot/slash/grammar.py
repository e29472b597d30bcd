"""What people may type on a pull request, and the exact grammar of it.

A command is the first line of a comment, begins with `/`, and is one of `FORMS`. What is nearly a command gets an
answer that shows the form; any other comment is talk among people and none of our business.
"""

import re
from datetime import timedelta
from typing import Literal

import msgspec

LONGEST_REASON = 500
LONGEST_LINE = 1_000
MOST_POINTS = 100_000.0
_LOGIN = r"@?(?P<login>[A-Za-z0-9](?:[A-Za-z0-9]|-(?=[A-Za-z0-9])){0,38})"
_TIME = r"(?P<amount>[1-9]\d{0,3})(?P<unit>[dh])"
_REASON = rf"(?P<reason>[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]{{0,{LONGEST_REASON - 1}}})"

Name = Literal["grade", "hint", "status", "appeal", "score", "extend", "regrade", "release", "freeze"]
Who = Literal["learner", "staff"]


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """One command: who may give it, how it is written, and what it does."""

    who: Who
    usage: str
    does: str
    pattern: str


FORMS: dict[Name, Form] = {
    "grade": Form(who="learner", usage="/grade", does="grades the newest commit in full", pattern=r""),
    "hint": Form(
        who="learner",
        usage="/hint [TASK]",
        does="shows the next hint of a task, or of the first that is not done",
        pattern=r"(?: (?P<task>\d{1,3}))?",
    ),
    "status": Form(who="learner", usage="/status", does="says what is graded, what is due, what is left", pattern=r""),
    "appeal": Form(
        who="learner",
        usage="/appeal CHECK REASON",
        does="asks staff to look at a check",
        pattern=rf" (?P<check>[a-z0-9][a-z0-9-]{{0,99}}) {_REASON}",
    ),
    "score": Form(
        who="staff",
        usage="/score TASK POINTS REASON",
        does="sets the points of a task",
        pattern=rf" (?P<task>\d{{1,3}}) (?P<points>\d{{1,6}}(?:\.\d{{1,2}})?) {_REASON}",
    ),
    "extend": Form(
        who="staff",
        usage="/extend @USER 2d",
        does="gives a learner more time: days (d) or hours (h)",
        pattern=rf" {_LOGIN} {_TIME}",
    ),
    "regrade": Form(
        who="staff",
        usage="/regrade [all]",
        does="grades the newest attempt anew, or all attempts",
        pattern=r"(?P<all> all)?",
    ),
    "release": Form(who="staff", usage="/release", does="shows the learner the held-back result", pattern=r""),
    "freeze": Form(
        who="staff",
        usage="/freeze [off]",
        does="takes no more pushes of this pull request, or takes them again",
        pattern=r"(?P<off> off)?",
    ),
}


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asked for. Fields that the command does not have are None, or empty."""

    name: Name
    task: int | None = None
    points: float | None = None
    check: str = ""
    reason: str = ""
    login: str = ""
    extra: timedelta | None = None
    everything: bool = False
    off: bool = False

    @property
    def who(self) -> Who:
        """Who may give it: staff may give all."""
        return FORMS[self.name].who


class Malformed(msgspec.Struct, frozen=True):
    """Nearly a command; `usage` is how it would be right."""

    name: Name
    usage: str


def read(body: str) -> Command | Malformed | None:
    """The command of a comment, or None for a comment that is none."""
    line = first_line(body)
    found = re.match(r"/([a-z]+)(?=\s|$)", line)
    name = next((known for known in FORMS if found is not None and known == found[1]), None)
    if found is None or name is None:
        return None
    matched = re.fullmatch(FORMS[name].pattern, line[found.end() :])
    if matched is None:
        return Malformed(name, FORMS[name].usage)
    return _command(name, matched.groupdict())


def time(text: str) -> timedelta | None:
    """A time as `/extend` has it, such as `2d` or `36h`; None for anything else."""
    found = re.fullmatch(_TIME, text)
    return _time(found.groupdict()) if found is not None else None


def _time(given: dict[str, str | None]) -> timedelta | None:
    unit = timedelta(days=1) if given.get("unit") == "d" else timedelta(hours=1)
    return int(given.get("amount") or 0) * unit or None


def first_line(body: str) -> str:
    """What of a comment may be a command: no more of it than the longest command has."""
    return body[:LONGEST_LINE].replace("\r\n", "\n").split("\n", 1)[0].rstrip()


def _command(name: Name, given: dict[str, str | None]) -> Command:
    return Command(
        name=name,
        task=int(given["task"] or 0) if given.get("task") else None,
        points=float(given["points"] or 0) if given.get("points") else None,
        check=given.get("check") or "",
        reason=given.get("reason") or "",
        login=given.get("login") or "",
        extra=_time(given),
        everything=bool(given.get("all")),
        off=bool(given.get("off")),
    )
