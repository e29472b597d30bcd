"""Merges two changes of one text, as git does: what only one side changed is taken, what both changed is a conflict."""

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

MOST_PAIRS = 300_000
"""Texts with more equal lines across than this are not merged: comparing them could take for ever."""


def merge(base: str, ours: str, theirs: str) -> str | None:
    """The text with both changes, or None when they touch the same lines.

    Lines that follow each other directly are the same place, as for git.
    """
    before, mine, other = (text.splitlines(keepends=True) for text in (base, ours, theirs))
    if _pairs(before, mine) > MOST_PAIRS or _pairs(before, other) > MOST_PAIRS:
        return None
    merged: list[str] = []
    at = (0, 0, 0)
    for start, left, right, length in _common(before, mine, other):
        part = _decide(before[at[0] : start], mine[at[1] : left], other[at[2] : right])
        if part is None:
            return None
        merged += part
        merged += before[start : start + length]
        at = (start + length, left + length, right + length)
    return "".join(merged)


def _pairs(one: Sequence[str], other: Sequence[str]) -> int:
    counted = Counter(other)
    return sum(number * counted[line] for line, number in Counter(one).items())


def _decide(base: list[str], ours: list[str], theirs: list[str]) -> list[str] | None:
    """A stretch between lines that all three share."""
    if ours in (base, theirs):
        return theirs
    return ours if theirs == base else None


def _common(base: list[str], ours: list[str], theirs: list[str]) -> list[tuple[int, int, int, int]]:
    """Stretches that all three share: where they begin in each, and their length. The last one is empty, at the end."""
    left = SequenceMatcher(None, base, ours, autojunk=False).get_matching_blocks()
    right = SequenceMatcher(None, base, theirs, autojunk=False).get_matching_blocks()
    found: list[tuple[int, int, int, int]] = []
    i = j = 0
    while i < len(left) and j < len(right):
        one, other = left[i], right[j]
        start = max(one.a, other.a)
        end = min(one.a + one.size, other.a + other.size)
        if start < end:
            found.append((start, one.b + start - one.a, other.b + start - other.a, end - start))
        if one.a + one.size < other.a + other.size:
            i += 1
        else:
            j += 1
    return [*found, (len(base), len(ours), len(theirs), 0)]
