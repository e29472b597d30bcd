"""A lab's `hints.md` as data: the numbered hints of each task, for whoever shows one at a time."""

import re
import textwrap
from pathlib import Path

_TASK = re.compile(r"#{1,6} +Task +(\d{1,3})\b")
_ITEM = re.compile(r"^\d+\.\s+")


def read_hints(lab: Path) -> dict[int, list[str]]:
    """The hints of a lab folder by task number, each as Markdown; none where there is no readable hints.md."""
    try:
        return parse((lab / "hints.md").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return {}


def parse(text: str) -> dict[int, list[str]]:
    """The hints of a page: below `## Task N`, each numbered item with the lines that follow it."""
    found: dict[int, list[list[str]]] = {}
    task = 0
    for line in text.splitlines():
        heading = _TASK.match(line)
        if heading is not None or line.startswith("#"):
            task = int(heading[1]) if heading is not None else 0
        elif task and _ITEM.match(line):
            found.setdefault(task, []).append([_ITEM.sub("", line)])
        elif found.get(task):
            found[task][-1].append(line)
    return {number: [_text(lines) for lines in items] for number, items in found.items()}


def _text(lines: list[str]) -> str:
    return f"{lines[0]}\n{textwrap.dedent(chr(10).join(lines[1:]))}".strip()
