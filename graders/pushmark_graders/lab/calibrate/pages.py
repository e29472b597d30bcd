"""Writes a calibration into an author's files, and nothing else in them: every other byte stays as it is."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from pushmark_graders import atomic
from pushmark_graders.errors import LabError
from pushmark_graders.lab.calibrate.proposal import Bounds, Calibration, Row
from pushmark_graders.lab.spec import FILE

BEGIN = "<!-- calibration: begin; `pushmark lab calibrate` writes what is between these two lines anew -->"
END = "<!-- calibration: end -->"
PAGE = "design.md"
_HEADER = re.compile(r"^\s*\[\[?[^\]=]*\]\]?\s*(#.*)?$")
_METRIC = re.compile(r"^\s*\[\[\s*metrics\s*\]\]\s*(#.*)?$")


def section(calibrations: Sequence[Calibration], seeds: str) -> str:
    """What is between the marks: a table for each metric, and its bounds."""
    parts = [f"`pushmark lab calibrate`, course seeds {seeds}, both halves of the hidden rows each."]
    for one in calibrations:
        parts.append(
            "\n".join(
                [
                    f"**{one.metric}**, skill:",
                    "",
                    "| submission | halves | mean | sd | lowest | highest | noise |",
                    "|---|---|---|---|---|---|---|",
                    *map(_cells, one.rows),
                ]
            )
        )
        follows = one.problem if one.proposed is None else in_words(one.proposed)
        parts.append(f"lab.toml: {in_words(one.stated)}. What follows from the measurements: {follows}.")
    return "\n\n".join(parts)


def in_words(bounds: Bounds) -> str:
    return f"baseline {bounds.baseline:g}, target {bounds.target:g}, step {bounds.step:g}"


def _cells(row: Row) -> str:
    numbers = (row.mean, row.deviation, row.lowest, row.highest, row.noise)
    cells = ["" if number is None else f"{number:.4f}" for number in numbers]
    return f"| {row.name} | {row.halves or ''} | {' | '.join(cells)} |"


def marked(page: str, text: str) -> str:
    """The page with `text` between its marks, which are put at its end where it has none. Raises LabError."""
    made = f"{BEGIN}\n{text}\n{END}"
    marks = [line for line in page.splitlines() if line.strip().startswith("<!-- calibration:")]
    if not marks:
        return f"{page.rstrip()}\n\n## Calibration\n\n{made}\n" if page.strip() else f"{made}\n"
    if [mark.strip() for mark in marks] != [BEGIN, END]:
        raise LabError(
            [f"{PAGE}: expected one line `{BEGIN}` and behind it one line `{END}`"],
            "mend or remove these lines; nothing was changed",
        )
    before, _, rest = page.partition(BEGIN)
    return before + made + rest.partition(END)[2]


def bounded(text: str, proposals: Mapping[str, Bounds]) -> str:
    """lab.toml with the bounds of these metrics; comments and all other lines stay. Raises LabError."""
    lines = text.splitlines(keepends=True)
    names = [metric["name"] for metric in tomllib.loads(text).get("metrics", [])]
    starts = [at for at, line in enumerate(lines) if _METRIC.match(line)]
    if len(starts) == len(names):
        for start, name in reversed(list(zip(starts, names, strict=True))):
            if name in proposals:
                _set_keys(lines, start, proposals[name])
    changed = "".join(lines)
    if not _says(changed, text, proposals):
        raise LabError(
            [f"{FILE}: its metrics are not written as one `key = value` on each line"],
            "write the bounds there yourself; nothing was changed",
        )
    return changed


def _set_keys(lines: list[str], start: int, bounds: Bounds) -> None:
    """Set the keys of the table that begins at line `start`; one that is missing goes behind the table's head."""
    end = next((at for at in range(start + 1, len(lines)) if _HEADER.match(lines[at])), len(lines))
    for key, value in msgspec.structs.asdict(bounds).items():
        pattern = re.compile(rf"^(\s*{key}\s*=\s*)[^\s#]+(.*)$", re.DOTALL)
        found = {at: match for at in range(start + 1, end) if (match := pattern.match(lines[at]))}
        if not found:
            lines[start] += f"{key} = {value:.12g}\n"
        for at, match in found.items():
            lines[at] = f"{match[1]}{value:.12g}{match[2]}"


def _says(changed: str, before: str, proposals: Mapping[str, Bounds]) -> bool:
    """Whether the new text has these bounds, and everything else as it was."""
    try:
        got, wanted = tomllib.loads(changed), tomllib.loads(before)
    except tomllib.TOMLDecodeError:
        return False
    for metric in wanted.get("metrics", []):
        bounds = proposals.get(metric["name"])
        metric.update(msgspec.structs.asdict(bounds) if bounds is not None else {})
    return got == wanted


def write(path: Path, text: str) -> None:
    """Replace a file as a whole. Raises LabError when the disk refuses."""
    try:
        atomic.write(path, text.encode(), mode=path.stat().st_mode & 0o777 if path.exists() else None)
    except OSError as error:
        raise LabError([f"{path} cannot be written: {error.strerror}"], "make it writable") from None
