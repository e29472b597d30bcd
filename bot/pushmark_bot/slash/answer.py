"""What the bot says to commands: a reaction, or words in one comment for each pull request, edited in place.

Its first line is a hidden marker. It shows the last answers, the newest open and on top.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from pushmark_graders.report.text import code, fold, html

from pushmark_bot.github import Reaction
from pushmark_bot.slash.grammar import Command

MARKER = "<!-- pushmark:answers -->"
KEPT = 5
LONGEST = 8_000
_CUT = "\n\n_The rest does not fit._"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a command: whether it is to be done, and what is said of it.

    `command` is the one to do, where what was typed leaves something to be chosen.
    """

    act: bool = False
    text: str = ""
    reaction: Reaction | None = None
    command: Command | None = None


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A command that was answered in words."""

    line: str
    login: str
    at: datetime
    answer: str


def refused(why: str) -> Answer:
    """Nothing is done. The reaction is for who does not see that an old comment was edited."""
    return Answer(text=why, reaction="confused")


def compose(said: Sequence[Said]) -> str:
    """The comment's body; `said` has the newest first."""
    newest, *earlier = said[:KEPT]
    folded = [fold(f"{html(one.line, 80)}, {moment(one.at)}", [_cut(one.answer)]) for one in earlier]
    top = f"{code(newest.line, 80)} from {code(newest.login)}, {moment(newest.at)}"
    return "\n\n".join([f"{MARKER}\n{top}", _cut(newest.answer), *folded]) + "\n"


def is_ours(author: str, written_by: str, body: str) -> bool:
    """Whether a comment is that of our answers."""
    return written_by.lower() == author.lower() and body.replace("\r\n", "\n").split("\n", 1)[0] == MARKER


def moment(at: datetime) -> str:
    """A moment as everybody reads it alike."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit("\n", 1)[0] + _CUT
