"""Decides what of a corrected starter goes into a learner's repository, and says so: pure functions over files.

Three trees are compared: the starter as the learner got it, the learner's files now, and the corrected starter. What
the learner did not touch is taken; what both changed is merged line by line; where that cannot be, the learner's stays.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence

import msgspec

from pushmark_bot.github.organisation import Change, File
from pushmark_bot.provision import diff3

Files = Mapping[str, File]
PLAIN = ("100644", "100755")
LARGEST = 512 * 1024
MOST_LINES = 80
"""How much of a change is quoted; the whole of it is in the template."""
LONGEST_BODY = 60_000


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A file that the correction changes, and how it is in the three trees; None where it is not. `blocked`: the
    learner has a folder where the file would be, or a file where its folder would be."""

    path: str
    base: File | None
    ours: File | None
    theirs: File | None
    blocked: bool = False

    @property
    def untouched(self) -> bool:
        """Whether the learner has it as they got it."""
        return self.ours == self.base and not self.blocked


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """A file that stays as the learner has it; `diff` is what the correction would do."""

    path: str
    diff: str


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What a pull request brings: files taken whole, files merged with the learner's changes, and what it leaves."""

    changes: Sequence[Change] = ()
    binary: Mapping[str, bytes] = {}
    taken: Sequence[str] = ()
    merged: Sequence[str] = ()
    conflicts: Sequence[Conflict] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to bring and nothing to say."""
        return not self.changes and not self.binary and not self.conflicts


def differences(base: Files, ours: Files, theirs: Files) -> list[Difference]:
    """What the correction changes, and the learner does not have yet."""
    folders = {parent for path in ours for parent in _parents(path)}
    found = [
        Difference(
            path=path,
            base=base.get(path),
            ours=ours.get(path),
            theirs=theirs.get(path),
            blocked=path in folders or any(parent in ours for parent in _parents(path)),
        )
        for path in sorted({*base, *theirs})
    ]
    return [one for one in found if one.theirs not in (one.base, one.ours)]


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:at]) for at in range(1, len(parts))]


def offer(found: Sequence[Difference], read: Callable[[File], bytes]) -> Offer:
    """Decide about each file; `read` gives its content."""
    changes: list[Change] = []
    binary: dict[str, bytes] = {}
    taken, merged, conflicts = [], [], []
    for one in found:
        content = read(one.theirs) if one.theirs is not None else None
        text = _text(content)
        if one.untouched:
            taken.append(one.path)
            if one.theirs is not None and text is None:
                binary[one.path] = content or b""
            mode = one.theirs.mode if one.theirs is not None else PLAIN[0]
            if one.theirs is None or text is not None:
                changes.append(Change(path=one.path, mode=mode, text=text))
            continue
        both = _merged(one, text, read)
        if both is not None and one.ours is not None:
            merged.append(one.path)
            changes.append(Change(path=one.path, mode=one.ours.mode, text=both))
        else:
            conflicts.append(Conflict(path=one.path, diff=_diff(one, text, read)))
    return Offer(changes=changes, binary=binary, taken=taken, merged=merged, conflicts=conflicts)


def _merged(one: Difference, theirs: str | None, read: Callable[[File], bytes]) -> str | None:
    if one.base is None or one.ours is None or theirs is None or one.ours.mode not in PLAIN:
        return None
    base, ours = _text(read(one.base)), _text(read(one.ours))
    if base is None or ours is None:
        return None
    return diff3.merge(base, ours, theirs)


def _text(content: bytes | None) -> str | None:
    """A file as text, unless it is none, or very long."""
    if content is None or len(content) > LARGEST or b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _diff(one: Difference, theirs: str | None, read: Callable[[File], bytes]) -> str:
    """What the correction does to a file: all of it is the template's, nothing the learner's."""
    base = _text(read(one.base)) if one.base is not None else ""
    if one.theirs is None:
        return "the file is taken away"
    if base is None or theirs is None:
        return "the file is no text"
    lines = list(difflib.unified_diff(base.splitlines(), theirs.splitlines(), "before", "after", lineterm=""))
    more = [f"... and {len(lines) - MOST_LINES} more lines"] if len(lines) > MOST_LINES else []
    return "\n".join([*lines[:MOST_LINES], *more])


def body(lab: str, made: Offer, instead_of: int | None) -> str:
    """The text of the pull request."""
    parts = [
        f"The starter of **{lab}** was corrected. This brings the correction to you; none of your changes is lost.",
        "Read it, and merge it when you like. You need not.",
    ]
    if instead_of is not None:
        parts.append(f"It takes the place of #{instead_of}, and has what that one brought.")
    parts += _listed("As in the corrected starter", made.taken)
    parts += _listed("Merged with what you changed in them: please look at these", made.merged)
    if made.conflicts:
        parts.append(
            "**Left as you have them**, because the correction and you changed the same lines. "
            "This is what the correction does; take over what you want of it:"
        )
        parts += [f"{_code(one.path)}\n\n{_fenced(one.diff)}" for one in made.conflicts]
    text = "\n\n".join(parts) + "\n"
    return text if len(text) <= LONGEST_BODY else text[: LONGEST_BODY - 100] + "\n\n... and more: see the template.\n"


def _listed(title: str, paths: Sequence[str]) -> list[str]:
    return [f"{title}:\n\n" + "\n".join(f"- {_code(path)}" for path in paths)] if paths else []


def _code(path: str) -> str:
    quote = "`" * (_longest_run(path) + 1)
    return f"{quote}{path}{quote}" if "`" not in path else f"{quote} {path} {quote}"


def _fenced(text: str) -> str:
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}diff\n{text}\n{fence}"


def _longest_run(text: str) -> int:
    longest = run = 0
    for sign in text:
        run = run + 1 if sign == "`" else 0
        longest = max(longest, run)
    return longest
