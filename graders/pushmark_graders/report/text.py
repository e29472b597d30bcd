r"""Makes text that a learner's code produced inert before a person sees it.

A traceback, a file name or a run's name may hold anything: mentions, images, HTML, a fake hidden
marker, terminal escapes, letters that run backwards. In the comment all of it appears as plain
characters that do nothing. Control and invisible characters are shown as Python escapes (`\u200b`),
because a zero-width space in a column name is a fault worth seeing.

Two places hold free text on GitHub without interpreting it: code spans and fenced blocks. Learner
text goes there (`code`, `fence`) and nowhere else. `prose` and `html` are for sentences written by a
lab's author or by the grader; they keep code spans, escape the rest, and stay safe when a sentence
quotes a hostile name. GitHub looks for mentions, issue numbers and addresses *after* it has decoded
backslashes and entities, so these are broken with a zero-width space, not only escaped.
"""

import html as html_entities
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

ZERO_WIDTH_SPACE = "&#8203;"
MAX_LINE = 400
MAX_MARKS = 4
"""Combining marks kept on one letter: enough for every written language, too few to paint over lines."""

Keep = Literal["ends", "tail"]

_ANSI = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[ -/]*[0-~])|\x9b[0-?]*[ -/]*[@-~]"
)
_LINE_ENDS = re.compile("\r\n|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNUSUAL = re.compile(r"[^\n\t\x20-\x7e]")
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_ACTIVE = re.compile(
    r"""(?P<break>
        @                                # mentions, e-mail addresses, owner/repo@commit
      | \#(?=\d) | (?<=gh)-(?=\d)        # issue references
      | :(?=//|[\w+-]+(?::|$))           # addresses, emoji names
      | (?<=www)(?=\.)
    )
    | (?P<commit>(?<![0-9a-z])[0-9a-f]{7,}(?![0-9a-z]))
    | (?P<dollar>\$)                     # mathematics
    | (?P<syntax>[\\`*\[\]<>&|~!^{}] | (?<![0-9a-z])_ | _(?![0-9a-z]))""",
    re.VERBOSE | re.IGNORECASE,
)
_BLOCK_START = re.compile(r"([#+\-=:>]|\d+[.)])")


def clean(text: str) -> str:
    """Return `text` without terminal escapes, with invisible and control characters written out.

    Line ends become newlines, what a progress bar overwrote on a line is gone, tabs stay. The
    result encodes to UTF-8 and holds no bidirectional control.
    """
    text = _LINE_ENDS.sub("\n", _ANSI.sub("", text))
    if "\r" in text:
        text = "\n".join(_last_written(row) for row in text.split("\n"))
    text = _UNUSUAL.sub(lambda match: _visible(match[0]), text)
    return text if text.isascii() or not any(map(_is_mark, set(text))) else _thin_marks(text)


def _last_written(row: str) -> str:
    return next((part for part in reversed(row.split("\r")) if part), "")


@lru_cache(maxsize=4096)
def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category not in {"Cc", "Cf", "Cs", "Cn"} and character not in _BLANK_LETTERS and not _is_selector(character):
        return character
    point = ord(character)
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def _is_selector(character: str) -> bool:
    # U+FE0F alone asks for the coloured form of an emoji; the others can carry hidden bytes.
    return "\ufe00" <= character <= "\ufe0e" or "\U000e0100" <= character <= "\U000e01ef"


@lru_cache(maxsize=4096)
def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Me"}


def _thin_marks(text: str) -> str:
    kept: list[str] = []
    run = 0
    for character in text:
        run = run + 1 if _is_mark(character) else 0
        if run <= MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def one_line(text: str, limit: int = 300) -> str:
    """Return the cleaned text on one line of at most `limit` characters, with `...` where it was cut."""
    line = " ".join(clean(text[: 4 * limit]).split())
    return line if len(line) <= limit and len(text) <= 4 * limit else line[: limit - 3].rstrip() + "..."


def code(text: str, limit: int = 120) -> str:
    """Return learner text as a Markdown code span. Not for table cells: a pipe would end the cell."""
    content = one_line(text, limit) or "(empty)"
    mark = "`" * (_longest_run(content) + 1)
    pad = " " if content[0] == "`" or content[-1] == "`" else ""
    return f"{mark}{pad}{content}{pad}{mark}"


def cell(text: str, limit: int = 80) -> str:
    """Return learner text for a table's cell: a code span, or escaped characters where it holds a pipe."""
    content = one_line(text, limit)
    return _escape(content) if "|" in content else code(content, limit)


def fold(summary: str, body: list[str]) -> str:
    """Return a folded block; the blank lines around the body let GitHub read it as Markdown."""
    return "\n\n".join([f"<details>\n<summary>{summary}</summary>", *(part for part in body if part), "</details>"])


def fence(text: str, *, limit: int = 2_000, lines: int = 40, keep: Keep = "ends") -> str:
    """Return learner text as a fenced block, or "" when there is none.

    The fence is longer than any run of backticks inside. At most `limit` characters on `lines`
    lines are kept, both ends or the tail, and a line in brackets says how much was cut.
    """
    content = shorten(text, limit=limit, lines=lines, keep=keep)
    if not content:
        return ""
    mark = "`" * max(3, _longest_run(content) + 1)
    return f"{mark}text\n{content}\n{mark}"


def shorten(text: str, *, limit: int, lines: int = 40, keep: Keep = "ends") -> str:
    """Return cleaned text cut to about `limit` characters and `lines` lines, saying how much was cut.

    `ends` keeps a third from the start and two thirds from the end, where a traceback says what
    went wrong; `tail` keeps the end alone.
    """
    share = 0 if keep == "tail" else limit // 3
    lost = 0
    if len(text) > 4 * limit:  # bounds the work on a flood before looking at each character
        head, tail = text[: 2 * limit], text[-2 * limit :]
        lost = len(text) - 4 * limit
        text = f"{head}\n{tail}" if share else tail
        lost += 0 if share else 2 * limit
    width = min(MAX_LINE, limit // 3)
    rows = [_clip_row(row.rstrip(), width) for row in clean(text).strip("\n").split("\n")]
    body = "\n".join(rows).rstrip()
    if len(body) <= limit and len(rows) <= lines and not lost:
        return body
    top = _take(rows, share, lines // 3)
    bottom = _take(rows[len(top) :][::-1], limit - share, lines - lines // 3)[::-1]
    lost += len(body) - sum(len(row) + 1 for row in top + bottom)
    return "\n".join([*top, f"[... {max(lost, 1):,} characters cut here ...]", *bottom])


def _clip_row(row: str, width: int) -> str:
    return row if len(row) <= width + 40 else f"{row[:width]} [... {len(row) - width:,} more on this line]"


def _take(rows: list[str], limit: int, count: int) -> list[str]:
    taken: list[str] = []
    for row in rows[:count]:
        limit -= len(row) + 1
        if limit < 0:
            break
        taken.append(row)
    return taken


def prose(text: str, limit: int = 600) -> str:
    """Return an author's or the grader's sentence as inline Markdown: code spans work, nothing else does."""
    line = one_line(text, limit)
    start = _BLOCK_START.match(line)
    if start:  # a sentence that starts like a list item or a heading is still a sentence
        return (
            _spans(line[: start.end() - 1])
            + f"&#{ord(line[start.end() - 1])};{ZERO_WIDTH_SPACE}"
            + _spans(line[start.end() :])
        )
    return _spans(line)


def spans(line: str) -> Iterator[tuple[bool, str]]:
    """Split a sentence at its code spans; each part comes with whether it is code."""
    position = 0
    for span in _CODE_SPAN.finditer(line):
        yield False, line[position : span.start()]
        yield True, span[2]
        position = span.end()
    yield False, line[position:]


def _spans(line: str) -> str:
    # Inside a table a pipe ends the cell even in a code span; as escaped text it cannot.
    parts = [code(part, len(line)) if is_code and "|" not in part else _escape(part) for is_code, part in spans(line)]
    return "".join(parts)


def _escape(text: str) -> str:
    return _ACTIVE.sub(lambda match: "&#124;" if match[0] == "|" else _inert(match, f"\\{match[0]}"), text)


def _inert(match: re.Match[str], escaped: str) -> str:
    if match["dollar"]:
        return "<span>$</span>"
    if match["commit"]:
        digits = match[0]
        return ZERO_WIDTH_SPACE.join(digits[at : at + 6] for at in range(0, len(digits), 6))
    return escaped if match["syntax"] else match[0] + ZERO_WIDTH_SPACE


def html(text: str, limit: int = 300) -> str:
    """Return an author's sentence for a raw HTML element such as `<summary>`, code spans as `<code>`."""
    return "".join(
        f"<code>{html_entities.escape(part.strip())}</code>" if is_code else _escape_html(part)
        for is_code, part in spans(one_line(text, limit))
    )


def _escape_html(text: str) -> str:
    return _ACTIVE.sub(lambda match: _inert(match, html_entities.escape(match[0])), text)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
