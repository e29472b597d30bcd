"""Proves that the built template holds nothing that only the grader may know, and no history that could.

Looked for are hidden files, telling lines of them, the labels and reference predictions of the hidden set in their
order, and the numbers that the course's seed becomes; in every file, those of `.dvcstore` included, packed or not.
A lab's own repository has the solution in it, now or earlier: never publish that as the template.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from pushmark_graders.checks.hidden import HiddenSet
from pushmark_graders.grading import hidden_sets
from pushmark_graders.grading.catalogue import Check
from pushmark_graders.grading.seeds import derive_seed
from pushmark_graders.lab.build import Rendered
from pushmark_graders.lab.hidden_file import load_hidden
from pushmark_graders.lab.lint import contents
from pushmark_graders.lab.lint.verdict import Verdict
from pushmark_graders.lab.public import is_hidden
from pushmark_graders.lab.spec import SUITE, LabSpec
from pushmark_graders.lab.tracked import STORE

NAME = "template"
HISTORIES = frozenset({".git", ".hg", ".svn", ".bzr", ".jj"})
RUN = 64
"""Labels in a row that are looked for: of two classes, 2^-64 by chance where they are as frequent."""
RUNS = 8
SHORTEST_LINE = 40
_TEXT = re.compile(rb"[\t\x20-\x7e\x80-\xff]{%d,}" % SHORTEST_LINE)
_STORED = re.compile(r"([0-9a-f]{2})/([0-9a-f]{30})(\.dir)?$")
_TYPES = (np.int8, np.int16, np.int32, np.int64, np.float32, np.float64)
_SEPARATORS = (",", ", ", "\n", "\r\n", " ", "\t", ";", ",\n", "")


def prove(spec: LabSpec, base: Rendered, seed: str, checks: Sequence[Check]) -> Verdict:
    """The verdict on the template of a lab with these checks. Raises LabError when the hidden set cannot be made."""
    made = hidden_sets.make(spec, seed) if _has_hidden_set(spec) else None
    files = sorted(path for path in base.template.rglob("*") if path.is_file())
    problems = [*_history(base.template), *_hidden_names(spec, base.template, files)]
    lines, secrets = _secret_lines(spec), [*canaries(spec, seed, checks), *_numbers(made)]
    for path in files:
        where = path.relative_to(base.template)
        found = contents.read(path.read_bytes())
        leaks = {lines[line] for text in found.texts for line in _telling_lines(text) if line in lines}
        problems += [f"{where} shows lines of {leak}" for leak in sorted(leaks)]
        problems += [f"{where} holds {name}" for name in _held(found, secrets)]
    return Verdict(name=NAME, problems=problems, told=f"{len(files)} files, no history")


def _has_hidden_set(spec: LabSpec) -> bool:
    return (spec.root / "hidden.py").is_file() and hasattr(load_hidden(spec), "hidden_set")


def _history(template: Path) -> Iterator[str]:
    """What could hold an earlier state: a version control system's folder, or data that no pointer names."""
    for path in sorted(template.rglob("*")):
        if path.name in HISTORIES:
            yield f"{path.relative_to(template)} is a history: the template must begin without one"
    named = [path for path in template.rglob("*.dvc") if path.is_file()]
    pointers = "".join(path.read_text(encoding="utf-8", errors="replace") for path in named)
    for path in sorted((template / STORE).rglob("*")):
        stored = _STORED.search(path.as_posix())
        if path.is_file() and (stored is None or stored[1] + stored[2] not in pointers):
            yield f"{path.relative_to(template)} is data that no .dvc file names: an earlier table?"


def _hidden_names(spec: LabSpec, template: Path, files: Sequence[Path]) -> Iterator[str]:
    names = {path.name for path in _hidden_files(spec)} - {path.name for path in _public_files(spec)}
    for path in files:
        if path.name in names:
            yield f"{path.relative_to(template)} is a hidden file"


def _secret_lines(spec: LabSpec) -> dict[bytes, str]:
    """Telling lines that only hidden files have, and the file of each."""
    public = {line for path in _public_files(spec) for line in _telling_lines(_content(path))}
    return {
        line: str(path.relative_to(spec.root))
        for path in reversed(_hidden_files(spec))  # of several the first is named, which is the plainest
        for line in _telling_lines(_content(path))
        if line not in public
    }


def _public_files(spec: LabSpec) -> list[Path]:
    checks = [path for path in (spec.root / "checks").rglob("*.py") if not is_hidden(path)]
    pages = [spec.root / "README.md", spec.root / "hints.md"]
    return [*(spec.root / "starter").rglob("*"), *checks, *pages]


def _hidden_files(spec: LabSpec) -> list[Path]:
    checks = [path for path in (spec.root / "checks").rglob("*.py") if is_hidden(path)]
    solved = [
        path for folder in ("solution", "mutants", "honest", SUITE) for path in (spec.root / folder).rglob("*.py")
    ]
    return [*checks, *spec.root.glob("hidden.py"), *solved]


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _telling_lines(content: bytes) -> set[bytes]:
    """Lines long enough to say something; imports and short lines are everywhere."""
    lines = (line.strip() for line in _TEXT.findall(content))
    return {
        line
        for line in lines
        if len(line) >= SHORTEST_LINE and not line.startswith((b"import ", b"from ", b"#", b'"""'))
    }


Secret = tuple[str, list[bytes], np.ndarray | None]
"""What it is called, how it may be written, and its values as they may stand in a column."""


def canaries(spec: LabSpec, seed: str, checks: Sequence[Check]) -> list[Secret]:
    """The numbers that the course's seed becomes: whoever writes one of them down gives the hidden inputs away."""
    names = ["hidden-set", "final-rows", *(metric.name for metric in spec.metrics), *(check.id for check in checks)]
    return [
        (f"the number that the course's seed becomes for {name}", _written_number(derive_seed(seed, name)), None)
        for name in names
    ]


def _written_number(number: int) -> list[bytes]:
    return [str(number).encode(), hex(number)[2:].encode(), number.to_bytes(8, "little"), number.to_bytes(8, "big")]


def _numbers(made: HiddenSet | None) -> list[Secret]:
    """Runs of the hidden labels and of the reference predictions; a run that is nearly constant tells nothing."""
    if made is None:
        return []
    values = {"labels": made.labels, **{f"predictions of {name}": one for name, one in made.references.items()}}
    return [
        (f"hidden {name}", _written(run), run.astype(np.float64)) for name, one in values.items() for run in _runs(one)
    ]


def _runs(values: np.ndarray) -> Iterator[np.ndarray]:
    size = min(RUN, len(values))
    starts = np.unique(np.linspace(0, len(values) - size, RUNS).astype(int))
    for start in starts:
        run = values[start : start + size]
        commonest = np.unique(run, return_counts=True)[1].max()
        if commonest <= 0.9 * size:
            yield run


def _written(run: np.ndarray) -> list[bytes]:
    """The run as raw numbers of each usual type that holds it, and as text."""
    with np.errstate(invalid="ignore", over="ignore"):
        typed = [run.astype(kind) for kind in _TYPES]
    raw = [one.tobytes() for one in typed if (one.astype(np.float64) == run).all()]
    texts = [[f"{value:g}" for value in run], [repr(float(value)) for value in run]]
    return raw + [mark.join(words).encode() for words in texts for mark in _SEPARATORS]


def _held(found: contents.Contents, secrets: Sequence[Secret]) -> list[str]:
    columns = [column.tobytes() for column in found.columns]
    names = (
        name
        for name, written, run in secrets
        if any(one in text for one in written for text in found.texts)
        or (run is not None and any(run.tobytes() in column for column in columns))
    )
    return list(dict.fromkeys(names))
