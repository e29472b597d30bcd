"""Scores a review: the learner's findings about code in which the author hid defects, and decoys that are right.

The learner writes one entry per finding (file, line, severity, category, evidence, fix). The author knows where
the defects are, and what only looks like one. A key belongs into a hidden check: a message tells sums, never places.

Rows that people score, for what no program can, are read from a file of staff in the same way.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from pushmark_graders.checks import plain_yaml
from pushmark_graders.checks.expect import Unmet
from pushmark_graders.checks.plain_yaml import Entry, NotPlain, Value
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.report.text import one_line
from pushmark_graders.submission.errors import Unreadable
from pushmark_graders.submission.submitted import SubmittedFiles, label, place

SEVERITIES = ("low", "medium", "high", "critical")
"""From least to most severe."""

MOST_FINDINGS = 200

_FIELDS = ("file", "line", "severity", "category", "evidence", "fix")
_LONGEST = {"file": 300, "category": 60}
_TEXT = 5_000
_SHOWN = 5
_FAR = 1e6
"""Stands for no match in the assignment: more than any sum of distances, which are at most `tolerance` each."""


@dataclass(frozen=True)
class Finding:
    """One entry of a review. `line` counts from 1; all texts are the learner's own.

    `evidence` and `fix` are for people: they must be there, and no program scores them.
    """

    file: str
    line: int
    severity: str
    category: str
    evidence: str
    fix: str


@dataclass(frozen=True)
class Defect:
    """A seeded fault in the lines from `line` to `last` (0: the same).

    A finding must name one of `categories`, written in small letters; without any, each will do.
    """

    file: str
    line: int
    severity: str
    categories: tuple[str, ...] = ()
    last: int = 0


@dataclass(frozen=True)
class Decoy:
    """Code in the lines from `line` to `last` (0: the same) that looks wrong and is right."""

    file: str
    line: int
    last: int = 0


@dataclass(frozen=True)
class Key:
    """What a review is scored against: `lines` is the number of lines under review, in all files together.

    A finding may be `tolerance` lines off. Raises ValueError where the score would mean nothing: no defect, a severity
    that is not in `severities` (least first), a defect and a decoy that one finding could hit both, or defects so dense
    that half of all lines count as one.
    """

    defects: tuple[Defect, ...]
    lines: int
    decoys: tuple[Decoy, ...] = ()
    tolerance: int = 3
    severities: tuple[str, ...] = SEVERITIES

    def __post_init__(self) -> None:
        if not self.defects or self.tolerance < 0:
            raise ValueError("expected at least one defect, and a tolerance of 0 or more")
        for defect in self.defects:
            if defect.severity not in self.severities:
                raise ValueError(
                    f"{defect.file}:{defect.line}: expected one of {self.severities}, got {defect.severity!r}"
                )
            for decoy in self.decoys:
                if _apart(defect, decoy) <= 2 * self.tolerance:
                    raise ValueError(f"{decoy.file}:{decoy.line}: this decoy is too near the defect in {defect.line}")
        if self.chance >= 0.5:
            raise ValueError(
                f"a guess hits {self.chance:.0%} of the time; expected less: lower tolerance, or count `lines`"
            )

    @property
    def chance(self) -> float:
        """The share of lines within reach of a defect: how often a guess hits, at most."""
        reach = sum(max(one.last, one.line) - one.line + 1 + 2 * self.tolerance for one in self.defects)
        return reach / max(self.lines, 1)

    @property
    def cost(self) -> float:
        """What a finding that names nothing costs, in defects: half of one, or what makes a guess worth nothing.

        A guess that hits with probability p gains p - cost * (1 - p), which is 0 at cost = p / (1 - p).
        """
        return max(0.5, self.chance / (1 - self.chance))


@dataclass(frozen=True)
class Score:
    """What became of a review.

    `found` of `defects` were named; `false_positives` are findings that name nothing, `decoys_hit` such that accuse a
    decoy. `detection` and `order` are from 0 to 1, and so is `total`, in which the order has the share `order_weight`.
    """

    found: int
    defects: int
    false_positives: int
    decoys_hit: int
    detection: float
    order: float
    order_weight: float

    @property
    def total(self) -> float:
        return self.detection * (1 - self.order_weight + self.order_weight * self.order)

    def sentence(self) -> str:
        """The sums in words; never which defect was found."""
        return (
            f"Defects found: {self.found} of {self.defects}; findings that name nothing: {self.false_positives}; "
            f"findings that accuse right code: {self.decoys_hit}. "
            f"Detection {self.detection:.2f}, order of severity {self.order:.2f}."
        )


@dataclass(frozen=True)
class RubricRow:
    """A row that a person scored: `points` of `most`, and why."""

    row: str
    points: float
    most: float
    note: str


def read_findings(
    files: SubmittedFiles,
    name: str = "review.yaml",
    *,
    severities: Sequence[str] = SEVERITIES,
    most: int = MOST_FINDINGS,
) -> list[Finding]:
    """The entries below `findings:` in the submitted file `name`, in their order.

    Raises MissingFile when it is not there; Unreadable, with every fault and its line, when it is no YAML within
    bounds, holds more than `most` entries, or an entry lacks one of file, line, severity, category, evidence and fix.
    """
    problems: list[tuple[int, str]] = []
    entries = _entries(files, name, "findings", most)
    findings = [_finding(entry, severities, problems) for entry in entries]
    if problems:
        raise _unreadable(name, problems)
    return [finding for finding in findings if finding is not None]


def score(findings: Sequence[Finding], key: Key, *, order_weight: float = 0.25) -> Score:
    """Score findings against a key.

    A defect and a finding can match when the finding is in reach and of the right category. Each is matched at most
    once, so that as many defects as possible are found, and among these with the least distance in sum (the assignment
    problem, solved exactly: Kuhn 1955, The Hungarian method for the assignment problem).

    detection = (found - cost * false - hit) / defects, at least 0: a finding far from everything costs `key.cost`, one
    that accuses a decoy costs a whole defect, a second one for the same defect costs nothing. So findings on lines that
    were chosen without reading gain nothing on average, however many they are, and one on every line scores 0.

    order = the share of pairs of defects of different severity that the review rates in the right order (concordant
    pairs: Kendall 1938, A new measure of rank correlation). A pair of which one was not found, or that was rated alike,
    is not in the right order; so a wrong rating costs no more than a miss. Without such a pair it is 1.

    Raises ValueError when `order_weight` is not from 0 to 1.
    """
    if not 0 <= order_weight <= 1:
        raise ValueError(f"order_weight: expected a number from 0 to 1, got {order_weight}")
    matched = match(findings, key)
    used = set(matched.values())
    rest = [finding for index, finding in enumerate(findings) if index not in used]
    rest = [finding for finding in rest if not any(_reaches(finding, one, key.tolerance) for one in key.defects)]
    hit = sum(any(_reaches(finding, decoy, key.tolerance) for decoy in key.decoys) for finding in rest)
    false = len(rest) - hit
    gained = len(matched) - key.cost * false - hit
    rated = {defect: findings[finding].severity for defect, finding in matched.items()}
    return Score(
        found=len(matched),
        defects=len(key.defects),
        false_positives=false,
        decoys_hit=hit,
        detection=max(0.0, gained / len(key.defects)),
        order=_order(key, rated),
        order_weight=order_weight,
    )


def match(findings: Sequence[Finding], key: Key) -> dict[int, int]:
    """The index of the finding that each found defect is matched with, by the defect's index."""
    near = [
        index
        for index, finding in enumerate(findings)
        if any(_fits(finding, one, key.tolerance) for one in key.defects)
    ]
    costs = np.full((len(key.defects), len(near) + len(key.defects)), _FAR)
    for row, defect in enumerate(key.defects):
        for column, index in enumerate(near):
            if _fits(findings[index], defect, key.tolerance):
                costs[row, column] = _distance(findings[index], defect)
    return {
        row: near[column]
        for row, column in enumerate(_assign(costs))
        if column < len(near) and costs[row, column] < _FAR
    }


def expect_score(
    score: Score, at_least: float, sentence: str = "The review misses too much, or accuses too much."
) -> None:
    """Hold when the total is at least `at_least`, from 0 to 1; else tell the sums."""
    if score.total < at_least - 1e-9:
        raise Unmet(f"{sentence} {score.sentence()}", got=f"{score.total:.2f}", expected=f"at least {at_least:.2f}")


def read_rubric(path: Path, most: Mapping[str, float]) -> list[RubricRow]:
    """The rows that staff scored in the file `path`, in the order of `most`, which gives each row's highest points.

    An entry below `rows:` has `row`, `points` and, if you like, `note`. The file must be out of a learner's reach: give
    no path in the submission. Raises CouldNotGrade when it is missing, faulty or not complete; that costs no attempt.
    """
    next_step = f"give each of these rows its points in {path.name}: {', '.join(most)}"
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(plain_yaml.MOST_CHARACTERS + 1)
        found = plain_yaml.parse(text)
    except (OSError, UnicodeDecodeError) as error:
        raise CouldNotGrade(f"{path}: cannot be read ({type(error).__name__})", next_step) from None
    except NotPlain as error:
        raise CouldNotGrade(f"{path}, line {error.line}: {error.what}", next_step) from None
    rows = found.get("rows") if isinstance(found, Entry) else None
    entries = [row for row in rows if isinstance(row, Entry)] if isinstance(rows, list) else []
    scored = {row.row: row for entry in entries if (row := _rubric_row(path, entry, most, next_step)) is not None}
    if len(scored) != len(most) or len(entries) != len(most):
        lacking = [name for name in most if name not in scored]
        raise CouldNotGrade(f"{path}: expected each row once; missing: {', '.join(lacking) or 'none'}", next_step)
    return [scored[name] for name in most]


def expect_rubric(rows: Sequence[RubricRow], at_least: float, sentence: str = "The reviewers ask for more.") -> None:
    """Hold when the rows have at least `at_least` points in sum; else show each row's points and note."""
    points, most = sum(row.points for row in rows), sum(row.most for row in rows)
    if points < at_least - 1e-9:
        told = [f"  {row.row}, {row.points:g} of {row.most:g}: {one_line(row.note, 300) or 'no note'}" for row in rows]
        got, expected = f"{points:g} of {most:g} points", f"at least {at_least:g}"
        raise Unmet("\n".join([sentence, *told]), got=got, expected=expected)


def _entries(files: SubmittedFiles, name: str, top: str, most: int) -> list[Entry]:
    try:
        found = plain_yaml.parse(files.text(name))
    except NotPlain as error:
        raise _unreadable(name, [(error.line, error.what)]) from None
    listed: Value | None = found.get(top) if isinstance(found, Entry) else None
    if not isinstance(listed, list) or not all(isinstance(entry, Entry) for entry in listed):
        raise _unreadable(name, [(1, f"expected `{top}:` with a list of entries, each with {', '.join(_FIELDS)}")])
    if len(listed) > most:
        raise _unreadable(name, [(1, f"{len(listed):,} findings; at most {most:,} are read: keep those that matter")])
    return [entry for entry in listed if isinstance(entry, Entry)]


def _unreadable(name: str, problems: list[tuple[int, str]]) -> Unreadable:
    told = [f"  {label(name)}:{line}: {what}" for line, what in problems[:_SHOWN]]
    rest = [f"  ... and {len(problems) - _SHOWN:,} more"] if len(problems) > _SHOWN else []
    message = "\n".join([f"{label(name)} cannot be read. Mend these lines:", *told, *rest])
    return Unreadable(message, "a file is not as agreed", place(name, problems[0][0]))


def _finding(entry: Entry, severities: Sequence[str], problems: list[tuple[int, str]]) -> Finding | None:
    faults = [f"no `{field}`" for field in _FIELDS if not _text(entry, field)]
    line = _text(entry, "line")
    if line and not re.fullmatch("[1-9][0-9]{0,5}", line):
        faults.append(f"line: expected a whole number from 1, got {one_line(line, 40)}")
    severity = _text(entry, "severity").lower()
    if severity and severity not in severities:
        faults.append(f"severity: expected one of {', '.join(severities)}, got {one_line(severity, 40)}")
    faults += [
        f"{field}: expected at most {_LONGEST.get(field, _TEXT):,} characters"
        for field in _FIELDS
        if len(_text(entry, field)) > _LONGEST.get(field, _TEXT)
    ]
    if faults:
        problems.append((entry.line, "; ".join(faults)))
        return None
    category, file = _text(entry, "category").lower(), _text(entry, "file").replace("\\", "/").removeprefix("./")
    return Finding(file, int(line), severity, category, _text(entry, "evidence"), _text(entry, "fix"))


def _text(entry: Entry, field: str) -> str:
    found = entry.get(field, "")
    return found.strip() if isinstance(found, str) else ""


def _rubric_row(path: Path, entry: Entry, most: Mapping[str, float], next_step: str) -> RubricRow | None:
    row = _text(entry, "row")
    if row not in most:
        raise CouldNotGrade(f"{path}, line {entry.line}: no row is called {one_line(row, 60)!r}", next_step)
    try:
        points = float(_text(entry, "points"))
    except ValueError:
        points = math.nan
    if not 0 <= points <= most[row]:
        raise CouldNotGrade(f"{path}, line {entry.line}: points: expected 0 to {most[row]:g}", next_step)
    return RubricRow(row, points, most[row], _text(entry, "note"))


def _distance(finding: Finding, place: Defect | Decoy) -> int:
    """Lines between a finding and a place in the same file; 0 inside."""
    return max(place.line - finding.line, finding.line - max(place.line, place.last), 0)


def _reaches(finding: Finding, place: Defect | Decoy, tolerance: int) -> bool:
    return finding.file == place.file and _distance(finding, place) <= tolerance


def _fits(finding: Finding, defect: Defect, tolerance: int) -> bool:
    return _reaches(finding, defect, tolerance) and (not defect.categories or finding.category in defect.categories)


def _apart(defect: Defect, decoy: Decoy) -> float:
    """Lines between two places; infinite in different files."""
    if defect.file != decoy.file:
        return math.inf
    return max(decoy.line - max(defect.line, defect.last), defect.line - max(decoy.line, decoy.last), 0)


def _order(key: Key, rated: Mapping[int, str]) -> float:
    rank = {severity: place for place, severity in enumerate(key.severities)}
    true = [rank[defect.severity] for defect in key.defects]
    pairs = [pair for pair in combinations(range(len(true)), 2) if true[pair[0]] != true[pair[1]]]
    if not pairs:
        return 1.0
    said = {defect: rank[severity] for defect, severity in rated.items() if severity in rank}
    right = sum(
        one in said and other in said and (said[one] - said[other]) * (true[one] - true[other]) > 0
        for one, other in pairs
    )
    return right / len(pairs)


def _assign(costs: np.ndarray) -> list[int]:
    """The column of each row, each used once, with the least sum; shape (n, m) with n <= m.

    The Hungarian method with potentials, one shortest augmenting path per row (Jonker and Volgenant 1987): O(n^2 m).
    """
    rows, columns = costs.shape
    row_of = np.full(columns + 1, -1)  # the last column is where each row's path begins
    u, v = np.zeros(rows), np.zeros(columns + 1)
    for row in range(rows):
        row_of[columns] = row
        column = columns
        least, before = np.full(columns, np.inf), np.full(columns, columns)
        done = np.zeros(columns + 1, dtype=bool)
        while row_of[column] >= 0:
            done[column] = True
            reduced = costs[row_of[column]] - u[row_of[column]] - v[:columns]
            open_columns = ~done[:columns]
            better = open_columns & (reduced < least)
            least[better], before[better] = reduced[better], column
            nearest = int(np.argmin(np.where(open_columns, least, np.inf)))
            step = least[nearest]
            u[row_of[done]] += step
            v[done] -= step
            least[open_columns] -= step
            column = nearest
        while column != columns:
            row_of[column], column = row_of[before[column]], int(before[column])
    found = np.zeros(rows, dtype=int)
    found[row_of[:columns][row_of[:columns] >= 0]] = np.flatnonzero(row_of[:columns] >= 0)
    return [int(column) for column in found]
