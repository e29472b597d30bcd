"""Pushmark: `pushmark grade` with the policy `strict`, as its documentation says for grades.

The submission is a repository. Learners see all that is printed and the whole report. A cohort is graded by
`pushmark regrade --each` with its defaults: on all cores, under the policy `standard`.
"""

import json
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from peer_graders import base, cohort

LAB = """
schema = 1
slug = "peers"
title = "Peers"
version = "1.0.0"
summary = "Four checks."
[[tasks]]
number = 1
title = "All"
[submission]
editable = ["student_code.py"]
"""

PUBLIC = '''"""What a learner may see."""

from pushmark_graders.checks import expect, task


@task(1, points=5)
def test_total(submission):
    """A basket costs the sum of its prices."""
    expect.equal(submission.module("student_code").total([1.5, 2.5]), 4.0)


@task(1, points=5)
def test_discount(submission):
    """A discount lowers the price by its share."""
    expect.close(submission.module("student_code").discount(10.0, 0.2), 8.0)
'''

HIDDEN = '''"""What only the grader asks. @SOURCE@"""

import random
import statistics

import numpy as np
from pushmark_graders.checks import expect, task

LABELS = {"key": "@LABELS@"}


@task(1, points=5, hidden=True)
def test_mean(submission):
    """The mean is right."""
    values = [random.randrange(1, 100) / 4 for _ in range(20)]
    expected = statistics.mean(values)
    expect.close(submission.module("student_code").mean(values), expected)


@task(1, points=5, hidden=True)
def test_predict(submission):
    """The forecast is right."""
    x = np.random.default_rng().uniform(0.0, 1.0, 30)
    expected = 3.0 * x + 1.0
    expect.close(submission.module("student_code").predict(x), expected)
'''


class Pushmark:
    name = "pushmark"
    one_file = False

    def prepare(self, folder: Path, canaries: base.Canaries) -> None:
        self._canaries = canaries
        self._home = folder / "home"
        self._home.mkdir()
        self._lab = folder / "labs" / "peers"
        for name in ("starter", "checks", "solution"):
            (self._lab / name).mkdir(parents=True)
        (self._lab / "lab.toml").write_text(LAB)
        (self._lab / "README.md").write_text("# Peers\n")
        (self._lab / "starter" / base.FILE).write_text(base.HALF)
        (self._lab / "solution" / base.FILE).write_text(base.SOLUTION)
        (self._lab / "checks" / "test_public.py").write_text(PUBLIC)
        (self._lab / "checks" / "test_hidden_all.py").write_text(canaries.fill(HIDDEN))

    def versions(self) -> dict[str, str]:
        return {"pushmark": version("pushmark")}

    def grade(self, files: Mapping[str, str], place: Path) -> base.Graded:
        base.lay(files, place / "repository")
        out = place / "report.json"
        program = Path(sys.executable).with_name("pushmark")
        argv = [str(program), "grade", str(self._lab), str(place / "repository"), "--policy", "strict",
                "--out", str(out)]  # fmt: skip
        env = base.variables(program, place, self._canaries) | {"XDG_CACHE_HOME": str(self._home)}
        ran = base.run(argv, cwd=place, env=env, log=place.with_suffix(".log"))
        if not out.exists():
            raise base.Unavailable(ran.output.strip()[-300:] or f"ended with status {ran.status}")
        text = out.read_text()
        return base.Graded(float(json.loads(text)["score"]["points"]), text + ran.output, ran.seconds)


class PushmarkCohort:
    """`lab` is a folder with the same checks as those of the cohort."""

    name = "pushmark regrade"

    def __init__(self, lab: Path) -> None:
        self._lab = lab

    def prepare(self, folder: Path, wanted: cohort.Cohort) -> cohort.Command:
        submissions = cohort.lay(wanted, folder / "submissions")
        self._reports = folder / "reports"
        program = Path(sys.executable).with_name("pushmark")
        argv = [str(program), "regrade", str(self._lab), "--each", str(submissions), "--out", str(self._reports),
                "--jobs", str(wanted.cores), "--jsonl", "--quiet"]  # fmt: skip
        env = base.plain_variables(program, folder) | {"XDG_CACHE_HOME": str(folder / "cache")}
        return cohort.Command(argv, env, folder)

    def versions(self) -> dict[str, str]:
        return {"pushmark": version("pushmark")}

    def clear(self) -> None:
        cohort.empty(self._reports)

    def points(self, output: str) -> dict[str, float]:
        told = [json.loads(line) for line in output.splitlines()]
        return {one["label"]: float(one["points"]) for one in told if one["points"] is not None and not one["cached"]}
