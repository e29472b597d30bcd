"""Reads the pages of the documentation: code blocks, what to do with them, tables, headings and links.

An author writes plain Markdown. A block of `sh` is commands that must all succeed; a block of `console` has
commands after `$ ` and what they print. A comment in front of a block says that it is a file's content
(`<!-- write: prices.py -->`) or takes the place of some text in one (`<!-- replace: prices.py | old text -->`).
"""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*) *$")
_DIRECTIVE = re.compile(r"^ *<!-- (?P<verb>write|replace): (?P<what>.+) -->$")
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block. `verb` and `what` come from the comment in front of it; both may be empty."""

    page: str
    line: int
    language: str
    text: str
    verb: str = ""
    what: str = ""


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    found: list[Block] = []
    lines = page.read_text(encoding="utf-8").splitlines()
    number, directive = 0, None
    while number < len(lines):
        opening = _FENCE.match(lines[number])
        if opening is None:
            directive = _DIRECTIVE.match(lines[number]) or (directive if not lines[number].strip() else None)
            number += 1
            continue
        end = next(at for at in range(number + 1, len(lines)) if lines[at].strip() == "```")
        text = textwrap.dedent("\n".join(lines[number + 1 : end])) + "\n"
        verb, what = (directive["verb"], directive["what"]) if directive else ("", "")
        found.append(Block(name_of(page), number + 1, opening["language"], text, verb, what))
        number, directive = end + 1, None
    return found


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    kept, inside = [], False
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.strip().startswith("```"):
            inside = not inside
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def inline_code(page: Path) -> list[str]:
    """Every piece of inline code of a page."""
    return _CODE.findall(prose(page))


def links(page: Path) -> list[str]:
    """The targets of every link and picture of a page."""
    return _LINK.findall(_CODE.sub("", prose(page)))


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in _HEADING.findall(prose(page))
    }


def section(page: Path, heading: str) -> str:
    """The text below a heading, up to the next heading of any level; "" where there is none."""
    parts = re.split(r"^#{1,6} (.+)$", prose(page), flags=re.MULTILINE)
    return next((text for title, text in zip(parts[1::2], parts[2::2], strict=True) if title.strip() == heading), "")


def rows(text: str) -> list[list[str]]:
    """The cells of the table rows in `text`, without headers and rulers."""
    table = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table]
    ruler = [set("".join(row)) <= set("-: ") for row in cells]
    return [row for at, row in enumerate(cells) if not ruler[at] and not (at + 1 < len(cells) and ruler[at + 1])]
