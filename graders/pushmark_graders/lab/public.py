"""What a learner may see of a lab: its files without everything that only the grader knows.

The learner's `lab.toml` has no metrics, because a metric is measured on the hidden set; the README
ends with how to work in the repository; hints are folded, so that one is read at a time.
"""

import json
import re
import textwrap
from pathlib import Path
from typing import Any

import msgspec

from pushmark_graders.lab.spec import LabSpec

HIDDEN_FILES = ("hidden_*.py", "test_hidden_*.py")
_LEFT_BEHIND = ("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis")
_FENCE = re.compile(r"^\s*(```|~~~)")
_ITEM = re.compile(r"^\d+\.\s+")


def is_hidden(path: Path) -> bool:
    """Whether a file below `checks/` stays with the grader."""
    return any(path.match(pattern) for pattern in HIDDEN_FILES)


def is_left_behind(path: Path) -> bool:
    """Whether a tool wrote this file beside an author's own ones."""
    return path.suffix == ".pyc" or any(part in _LEFT_BEHIND for part in path.parts)


def lab_toml(spec: LabSpec) -> str:
    """The learner's edition of `lab.toml`: metrics are left out, all else says the same."""
    head = "# The learner's edition of this lab. Grading uses the instructor's: a change here changes no grade.\n"
    return head + _table(msgspec.structs.replace(spec, metrics=[], root=Path()), "")


def _table(value: msgspec.Struct, path: str) -> str:
    """A struct as TOML: its plain keys, then its tables; what equals the default is left out."""
    plain: list[str] = []
    tables: list[str] = []
    for field in msgspec.structs.fields(value):
        item: Any = getattr(value, field.name)
        if field.name == "root" or item is None or (not field.required and item == field.default):
            continue
        name = f"{path}{field.name}"
        if isinstance(item, msgspec.Struct):
            tables.append(f"\n[{name}]\n{_table(item, name + '.')}")
        elif isinstance(item, list) and item and isinstance(item[0], msgspec.Struct):
            tables += [f"\n[[{name}]]\n{_table(entry, name + '.')}" for entry in item]
        elif item != []:
            plain.append(f"{field.name} = {_value(item)}\n")
    return "".join(plain + tables)


def _value(item: str | bool | int | float | list[str]) -> str:
    """JSON's strings, numbers, booleans and lists of these are TOML's too, but for one control character."""
    return json.dumps(item, ensure_ascii=False).replace("\x7f", "\\u007f")


def readme(lab: str, working: str) -> str:
    """The lab's README, followed by the template's page with its headings one level down."""
    return f"{lab.rstrip()}\n\n{_demoted(working).strip()}\n"


def _demoted(text: str) -> str:
    lines, in_code = [], False
    for line in text.splitlines():
        if _FENCE.match(line):
            in_code = not in_code
        lines.append(f"#{line}" if line.startswith("#") and not in_code else line)
    return "\n".join(lines)


def hints(text: str) -> str:
    """Each numbered hint of a task as a fold of its own; a file that has folds already stays as it is."""
    if "<details" in text:
        return text
    lines: list[str] = []
    item: list[str] = []
    number = 0
    for line in [*text.splitlines(), "#"]:
        if line.startswith("#") or _ITEM.match(line):
            lines += _fold(number, item)
            item = []
            number = 0 if line.startswith("#") else number + 1
        if number:
            item.append(_ITEM.sub("", line))
        else:
            lines.append(line)
    return "\n".join(lines[:-1]).rstrip() + "\n"


def _fold(number: int, item: list[str]) -> list[str]:
    if not number:
        return []
    rest = textwrap.dedent("\n".join(item[1:]))
    body = f"{item[0]}\n{rest}".strip()
    return ["<details>", f"<summary>Hint {number}</summary>", "", *body.splitlines(), "", "</details>", ""]
