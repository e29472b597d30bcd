"""nbgrader: `nbgrader autograde ps1` on the whole cohort, from the command line of a course's folder.

One process grades one submission after the other: "Does nbgrader support parallel autograding of assignments? Not
yet" (https://nbgrader.readthedocs.io/en/stable/user_guide/faq.html), so one core is at work at a time. The
assignment was made with `nbgrader generate_assignment`; a submission is its notebook, in which each check is a
locked cell of autograder tests, and the learner's module beside it. Points are those of `nbgrader export`. Each run
begins with the gradebook as it was before any grading, so that it need not be forced. A cell may take longer than its
half minute, so that a busy machine fails nobody.
"""

import csv
import json
import shutil
import subprocess
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from peer_graders import base, cohort

REQUIREMENTS = ("nbgrader==0.9.6",)
ASSIGNMENT = "ps1"
NOTEBOOK = f"{ASSIGNMENT}.ipynb"
INTRO = "import learner\nimport numpy as np"
CONFIG = f"""c = get_config()
c.CourseDirectory.course_id = "course"
c.ExecutePreprocessor.timeout = {cohort.LONG_SECONDS}
"""


class Nbgrader:
    name = "nbgrader"

    def prepare(self, folder: Path, wanted: cohort.Cohort) -> cohort.Command:
        self._python = cohort.environment(self.name, *REQUIREMENTS)
        self._course = folder / "course"
        source = self._course / "source" / ASSIGNMENT
        source.mkdir(parents=True)
        (self._course / "nbgrader_config.py").write_text(CONFIG)
        (source / NOTEBOOK).write_text(json.dumps(_notebook(wanted)))
        self._env = base.plain_variables(self._python, folder)
        made = self._run("generate_assignment", ASSIGNMENT)
        if made.returncode != 0:
            raise base.Unavailable(f"nbgrader generate_assignment: {made.stderr.strip()[-cohort.MOST_SHOWN :]}")
        self._gradebook = self._course / "gradebook.db"
        self._before = Path(shutil.copy(self._gradebook, folder / "gradebook.db"))
        released = (self._course / "release" / ASSIGNMENT / NOTEBOOK).read_text()
        for name, text in wanted.learners.items():
            base.lay({NOTEBOOK: released, cohort.MODULE: text}, self._course / "submitted" / name / ASSIGNMENT)
        return cohort.Command([*self._program, "autograde", ASSIGNMENT], self._env, self._course)

    @property
    def _program(self) -> list[str]:
        return [str(self._python), "-m", "nbgrader"]

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        argv = [*self._program, *arguments]
        return subprocess.run(argv, cwd=self._course, env=self._env, capture_output=True, text=True, check=False)

    def versions(self) -> dict[str, str]:
        return base.versions(self._python, "nbgrader")

    def clear(self) -> None:
        shutil.copy(self._before, self._gradebook)
        shutil.rmtree(self._course / "autograded", ignore_errors=True)

    def points(self, output: str) -> dict[str, float]:
        del output
        if self._run("export", "--to=grades.csv").returncode != 0:
            return {}
        with (self._course / "grades.csv").open(newline="") as file:
            return marks(csv.DictReader(file))


def marks(rows: Iterable[Mapping[str, str]]) -> dict[str, float]:
    """The score of each student who has one, from the rows of `nbgrader export`: it has rows for all others too."""
    return {row["student_id"]: float(row["score"]) for row in rows if float(row["score"])}


def _notebook(wanted: cohort.Cohort) -> dict[str, Any]:
    checks = [
        _cell(f"test_{number}", textwrap.dedent(body), points=wanted.points_each)
        for number, body in enumerate(wanted.bodies)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [_cell("intro", INTRO, points=0), *checks]
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _cell(name: str, source: str, *, points: int) -> dict[str, Any]:
    """A locked cell; with points, one of autograder tests."""
    about: dict[str, Any] = {
        "grade": points > 0, "grade_id": name, "locked": True, "schema_version": 3, "solution": False, "task": False,
    }  # fmt: skip
    if points:
        about["points"] = points
    return {
        "cell_type": "code", "id": name, "metadata": {"nbgrader": about}, "source": source, "outputs": [],
        "execution_count": None,
    }  # fmt: skip
