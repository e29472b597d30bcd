"""The page about keeping the gradebook works as it is written."""

import os
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from pushmark_bot.cli import app

from tests.bot.gradebook.conftest import SLUG, Class
from tests.bot.gradebook.test_classroom import HEAD, line
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "how-to" / "keep-the-gradebook.md"
CANVAS = "Student,ID,SIS User ID,SIS Login ID,Section,GateCast 2 (9)\n    Points Possible,,,,,10\nA,1,s-2,,north,\n"


def test_the_page_works_as_it_is_written(cohort: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(cohort.folder)
    Path("canvas.csv").write_text(CANVAS)
    row = line(1, assignment="Homework 2").replace("tiny-lab-learner-1", "tiny-lab-s-1")
    Path("homework-2.csv").write_text(f"{HEAD}\n{row}\n")
    cohort.mend("checks/test_words.py", '"The cat. the END")', '"the cat. the end")')
    lines = [line for block in blocks(PAGE) if block.language == "shell" for line in block.text.splitlines()]
    assert len(lines) == 9
    said = {}
    for typed in lines:
        program, *arguments = shlex.split(typed.replace("gatecast-2-features", SLUG))
        assert program == "pushmark-bot"
        done = CliRunner().invoke(app, arguments, env=dict(os.environ))
        assert done.exception is None, f"{typed}: {done.exception}"
        said[typed] = done.stdout
    assert Path("filled.csv").read_text() == CANVAS.replace("north,\n", "north,6\n")
    assert sorted(path.name for path in Path("gradescope", SLUG).iterdir()) == ["s-1.json", "s-2.json", "s-3.json"]
    assert "1 of 1 grades are new, 0 pull requests linked" in said[lines[6]], "s-1 had that submission already"
    assert "1 up, 0 down, 2 the same" in said[lines[7]]
    assert "1 new result stored" in said[lines[8]]
