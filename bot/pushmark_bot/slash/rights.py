"""Who may give a command: what GitHub says of somebody together with what the course's roster says.

Somebody on the roster as staff needs to be able to write to the repository: an old login that another person has taken
since cannot. Who is not on the roster counts as staff when they run the repository, as owners of the organisation do;
but not where the learner runs it too, because then the learner could have let them in.
"""

from typing import Literal

import msgspec

from pushmark_bot.github import Permission
from pushmark_bot.slash.grammar import FORMS, Name

Role = Literal["staff", "learner", "nobody"]
RUNS: tuple[Permission, ...] = ("admin", "maintain")
WRITES: tuple[Permission, ...] = ("admin", "maintain", "write")


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Who gave a command. `roster` is the role there, empty for who is not on it; `own` says whether the submission is
    theirs. `permission` is what GitHub lets them do, and `learner` what it lets the learner do, where that matters."""

    login: str
    permission: Permission
    roster: str = ""
    own: bool = False
    learner: Permission | None = None


def asks_about_learner(asker: Asker) -> bool:
    """Whether it matters what GitHub lets the learner do."""
    return not asker.roster and asker.permission in RUNS


def role(asker: Asker) -> Role:
    """What somebody is on this submission."""
    if asker.roster in ("staff", "owner") and asker.permission in WRITES:
        return "staff"
    if asks_about_learner(asker) and asker.learner is not None and asker.learner not in RUNS:
        return "staff"
    return "learner" if asker.own and asker.permission != "none" else "nobody"


def refusal(name: Name, asker: Asker) -> str:
    """Why somebody may not give this command, or nothing when they may."""
    who = role(asker)
    if who == "staff" or (who == "learner" and FORMS[name].who == "learner"):
        return ""
    if who == "learner":
        return f"`/{name}` is for staff. If you think that a check is wrong, say so with `{FORMS['appeal'].usage}`."
    if asker.roster in ("staff", "owner"):
        return "You are staff of this course, but may not write to this repository: ask its owner for that first."
    if asker.roster:
        return "This is somebody else's submission: commands work on your own."
    return "Commands are for the learner of this submission and for staff, and this account is neither on the roster."
