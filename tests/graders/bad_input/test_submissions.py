"""A faulty submission: its author reads what happened, where, and what to do; the state says whose fault it is."""

import textwrap
from collections.abc import Callable

import pytest

from tests.graders.bad_input.conftest import TINY, Files

LAB = (TINY / "lab.toml").read_text()
WORDS = "src/tiny/words.py"
SOLUTION = (TINY / "solution" / WORDS).read_text()
QUICK = {"lab.toml": LAB.replace("call_seconds = 5.0", "call_seconds = 1.0")}


def count_that(body: str) -> Files:
    """The solution, but `count` has another body."""
    head = SOLUTION.index("    return dict(Counter")
    rest = SOLUTION[head:].split("\n", 1)[1]
    return {WORDS: SOLUTION[:head] + textwrap.indent(textwrap.dedent(body).strip(), "    ") + "\n" + rest}


FAULTY: dict[str, Files] = {
    "syntax-error": {WORDS: SOLUTION.replace("-> dict[str, int]:", "-> dict[str, int]")},
    "missing-module": {WORDS: None},
    "missing-function": {WORDS: SOLUTION.replace("def top", "def topp")},
    "not-a-function": {WORDS: SOLUTION + "\n\ntop = 3\n"},
    "not-utf8": {WORDS: SOLUTION.encode().replace(b"Which", b"Caf\xe9: which")},
    "missing-import": {WORDS: "import wordz\n" + SOLUTION},
    "raises": count_that('raise ValueError(f"cannot count {text!r}")'),
    "exits": count_that("import sys\nsys.exit(3)"),
    "dies": count_that("import os\nos._exit(0)"),
    "crashes": count_that("import os\nos.kill(os.getpid(), 11)"),
    "recursion": count_that("return count(text)"),
    "huge-allocation": count_that("return len(bytearray(5 << 30))"),
    "nothing-returned": count_that("dict(Counter(text))"),
    "wrong-type": count_that("return 3"),
    "not-plain-data": count_that("return {word: object() for word in text.split()}"),
    "object-returned": count_that("return iter(text.split())"),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_submission_is_told_what_happened_and_where(
    name: str, grade: Callable[..., str], golden: Callable[[str, str], None]
) -> None:
    told = grade(submission=FAULTY[name])
    assert told.startswith("exit status 0\n")
    golden(f"submission-{name}.txt", told)


SLOW: dict[str, Files] = {
    "infinite-loop": count_that("while True:\n    pass"),
    "endless-output": count_that("while True:\n    print('counting', text)"),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_submission_without_end_is_stopped_and_told_the_limit(
    name: str, grade: Callable[..., str], golden: Callable[[str, str], None]
) -> None:
    told = grade(lab=QUICK, submission=SLOW[name])
    assert told.startswith("exit status 0\n")
    golden(f"submission-{name}.txt", told)


NOT_TAKEN_IN: dict[str, tuple[Files, str]] = {
    "no-such-folder": ({}, "nowhere"),
    "a-file": ({}, "submission/src/tiny/words.py"),
    "too-many-files": ({f"src/tiny/part{number}.py": "" for number in range(60)}, "submission"),
    "too-big": ({"src/tiny/table.py": "x" * 1_000_001}, "submission"),
}


@pytest.mark.parametrize("name", NOT_TAKEN_IN)
def test_what_cannot_be_taken_in_is_named_with_the_next_step(
    name: str, grade: Callable[..., str], golden: Callable[[str, str], None]
) -> None:
    files, at = NOT_TAKEN_IN[name]
    told = grade(submission=files, at=at)
    assert told.startswith("exit status 2\nError: ")
    golden(f"submission-{name}.txt", told)
