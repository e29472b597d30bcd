"""`pushmark grade` with a course: attempts, what they cost, and what a learner never reads."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pushmark_graders.report.final import Final
from pushmark_graders.report.model import Report

PUSHMARK = Path(sys.executable).with_name("pushmark")
COMMITS = [letter * 40 for letter in "abcdef"]

METRIC = """
[[metrics]]
name = "auc"
title = "AUC of the forecast"
predict = "model:predict"
function = "roc_auc"
reference = "coin"
baseline = 0.0
target = 0.5
step = 0.05
points = 7
"""
LAB = {
    "hidden.py": """
    import numpy as np
    from pushmark_graders.checks import HiddenSet

    def hidden_set(seed, lab):
        draw = np.random.default_rng(seed)
        x = draw.normal(size=1001)
        labels = (x + draw.normal(size=1001) > 0.5).astype(int)
        return HiddenSet({"x": x}, labels, {"coin": draw.random(1001)})
    """,
    "checks/test_a.py": """
    from pushmark_graders.checks import expect, task

    @task(1, points=1)
    def test_predicts(submission):
        '''It predicts.'''
        expect.equal(len(submission.module("model").predict([1.0, 2.0])), 2)
    """,
    "checks/test_hidden_a.py": """
    from pushmark_graders.checks import expect, task

    @task(2, points=2, hidden=True)
    def test_secret(submission):
        '''It keeps still.'''
        submission.module("model").predict([0.0])
    """,
    "README.md": "Read.",
    "starter/notes.py": "",
    "solution/model.py": "",
}
MODEL = """
import numpy as np

def predict(x):
    return np.asarray(x) + 0.7 * np.random.default_rng(3).normal(size=len(x))
"""


@dataclass
class Ran:
    status: int
    out: str
    err: str


@dataclass
class Seat:
    """An instructor with a lab, a course, a ledger and a learner's repository."""

    lab: Path
    work: Path
    home: Path

    def write(self, source: str, per_day: int = 2, total: int = 3) -> None:
        (self.work / "model.py").write_text(source)
        attempts = f"[attempts]\nper_day = {per_day}\ntotal = {total}\n"
        (self.home / "course.toml").write_text(f'schema = 1\nslug = "ml"\n{attempts}')

    def command(self, commit: str, *arguments: str | Path) -> list[str | Path]:
        budget = ("--course", self.home / "course.toml", "--ledger", self.home / "ledger", "--learner", "Ada")
        return [PUSHMARK, "grade", self.lab, self.work, "--policy", "local", *budget, "--commit", commit, *arguments]

    def start(self, commit: str, *arguments: str | Path) -> "subprocess.Popen[str]":
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ}
        pipe = subprocess.PIPE
        return subprocess.Popen(
            self.command(commit, *arguments), stdout=pipe, stderr=pipe, text=True, env=kept | {"PUSHMARK_SEED": "mine"}
        )

    def grade(self, commit: str, *arguments: str | Path) -> Ran:
        started = self.start(commit, *arguments)
        out, err = started.communicate(timeout=120)
        return Ran(started.returncode, out, err)

    def attempts(self) -> list[dict[str, Any]]:
        found = list(self.home.glob("ledger/ml/*/*/attempts.json"))
        attempts: list[dict[str, Any]] = json.loads(found[0].read_text())["attempts"] if found else []
        return attempts


@pytest.fixture(scope="module")
def lab(write_lab: Callable[..., Path]) -> Path:
    return write_lab(LAB, METRIC)


@pytest.fixture
def seat(lab: Path, tmp_path: Path) -> Seat:
    (tmp_path / "work").mkdir()
    made = Seat(lab, tmp_path / "work", tmp_path)
    made.write(MODEL)
    return made


def test_the_budget_from_the_first_attempt_to_the_last(seat: Seat) -> None:
    first = seat.grade(COMMITS[0], "--json")
    assert first.status == 0, first.err
    report = msgspec.json.decode(first.out, type=Report)
    assert (report.attempt, report.attempts.left if report.attempts else None) == (1, 2)
    assert "a hidden check ran" in first.err
    assert not re.search(r"(passed|failed): hidden", first.err), "told before the attempt was settled"

    (seat.work / "model.py").write_text("raise SystemExit")
    again = seat.grade(COMMITS[0], "--json")
    assert again.out == first.out, "the same commit has the same outcome, and is not run"

    second = seat.grade(COMMITS[1])
    assert second.status == 0
    assert "attempt 2, 1 of 3 left, 0 of them now" in second.out

    third = seat.grade(COMMITS[2], "--json", "--out", seat.home / "none.json")
    assert (third.status, third.out) == (4, "")
    assert re.search(r"no attempt left at \S+ now: 2 of 2 in 24 hours are used, and nothing was run", third.err)
    assert re.search(r"grade again after \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, in 2[34] h", third.err)
    assert "preparing" not in third.err
    assert not (seat.home / "none.json").exists()
    assert [(one["number"], one["state"]) for one in seat.attempts()] == [(1, "graded"), (2, "graded")]


def test_the_fast_tier_is_free_and_going_on_from_it_takes_an_attempt(seat: Seat) -> None:
    def told(commit: str, *arguments: str) -> tuple[str, int, int | None, float]:
        ran = seat.grade(commit, "--json", *arguments)
        assert ran.status == 0, ran.err
        report = msgspec.json.decode(ran.out, type=Report)
        return report.tier, report.attempt, report.attempts.left if report.attempts else None, report.score.max

    assert told(COMMITS[0], "--tier", "fast") == ("fast", 1, 3, 1)
    seat.write("def predict(x):\n    return []\n")
    assert told(COMMITS[0], "--tier", "auto") == ("fast", 1, 3, 1)
    assert seat.attempts() == []
    seat.write(MODEL)
    assert told(COMMITS[1], "--tier", "auto") == ("full", 1, 2, 10)
    assert [one["state"] for one in seat.attempts()] == ["graded"]


def test_graders_at_once_never_overspend(seat: Seat) -> None:
    seat.write(MODEL, per_day=1, total=1)
    started = [seat.start(f"{at}" * 40, "--quiet") for at in range(4)]
    for one in started:
        one.communicate(timeout=300)
    assert sorted(one.returncode for one in started) == [0, 4, 4, 4]
    assert [one["number"] for one in seat.attempts()] == [1]


def test_a_killed_grader_has_taken_its_attempt_and_the_same_commit_takes_it_up_again(seat: Seat) -> None:
    seat.write("import time\ntime.sleep(8)\n" + MODEL, per_day=2, total=2)
    grader = seat.start(COMMITS[0])
    until = time.monotonic() + 60
    while not seat.attempts() and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(1)
    os.kill(grader.pid, signal.SIGKILL)
    grader.communicate()
    assert [(one["number"], one["state"]) for one in seat.attempts()] == [(1, "open")]

    seat.write(MODEL, per_day=2, total=2)
    again = seat.grade(COMMITS[0], "--json")
    assert msgspec.json.decode(again.out, type=Report).attempt == 1
    assert seat.grade(COMMITS[1]).status == 0
    assert seat.grade(COMMITS[2]).status == 4
    assert [(one["number"], one["state"]) for one in seat.attempts()] == [(1, "graded"), (2, "graded")]


def test_an_interrupted_grading_costs_no_attempt(seat: Seat) -> None:
    seat.write("import time\ntime.sleep(8)\n" + MODEL)
    grader = seat.start(COMMITS[0])
    until = time.monotonic() + 60
    while not seat.attempts() and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(1)
    grader.send_signal(signal.SIGINT)
    grader.communicate(timeout=60)
    assert grader.returncode == 130
    assert [one["state"] for one in seat.attempts()] == ["returned"]


def test_a_lab_that_breaks_costs_no_attempt_and_its_report_tells_nothing_hidden(
    seat: Seat, write_lab: Callable[..., Path]
) -> None:
    broken = {**LAB, "checks/test_hidden_a.py": LAB["checks/test_hidden_a.py"].replace("submission.module", "nonsense")}
    seat.lab = write_lab(broken, METRIC)
    seat.write(MODEL, per_day=1, total=1)
    for commit in COMMITS[:2]:
        ran = seat.grade(commit, "--json")
        assert ran.status == 3, ran.err
        report = msgspec.json.decode(ran.out, type=Report)
        assert [(one.state, one.measured) for one in report.metrics] == [("ungraded", None)]
    assert {one["state"] for one in seat.attempts()} == {"returned"}


def test_nothing_finer_than_the_step_and_nothing_of_the_final_half_is_in_any_sink(seat: Seat) -> None:
    files = {name: seat.home / name for name in ("report.json", "final.json", "evidence.json")}
    told = seat.grade(
        COMMITS[0], "--out", files["report.json"], "--final", files["final.json"], "--evidence", files["evidence.json"]
    )
    assert told.status == 0, told.err
    sinks = [told.out, told.err, files["report.json"].read_text(), files["evidence.json"].read_text()]
    sinks += [seat.grade(COMMITS[0], "--format", form).out for form in ("markdown", "json", "terminal")]

    final = msgspec.json.decode(files["final.json"].read_bytes(), type=Final).metrics[0]
    assert final.feedback_half is not None
    assert final.final_half is not None
    assert (final.feedback_half.rows, final.final_half.rows) == (501, 500)
    halves = (final.feedback_half, final.final_half)
    told_of_none = ("measured", "skill", "low", "high", "reference")
    for value in [getattr(half, name) for half in halves for name in told_of_none]:
        for shown in {f"{value:.{digits}f}" for digits in (3, 4, 6)}:
            if abs(float(shown) / 0.05 - round(float(shown) / 0.05)) > 1e-6:  # else it is a whole step by chance
                assert not [sink for sink in sinks if re.search(rf"(?<!\d){re.escape(shown)}", sink)], shown
    assert '"final' not in "".join(sinks)

    metric = msgspec.json.decode(files["report.json"].read_bytes(), type=Report).metrics[0]
    for number in (metric.measured, metric.reference, metric.low, metric.high):
        assert number is not None
        assert number / 0.05 == pytest.approx(round(number / 0.05))
    assert metric.points / 0.7 == pytest.approx(round(metric.points / 0.7)), "a step of skill is worth 0.7 points"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--course COURSE", "--ledger and --learner missing"),
        ("--ledger LEDGER --learner ada", "--course missing"),
        ("--stages LEDGER", "--learner missing"),
        ("--stages LEDGER --learner ada --ledger LEDGER", "--course missing"),
        ("--course COURSE --ledger LEDGER --learner ada", "--commit: expected a whole commit id, got ''"),
        ("--course COURSE --ledger LEDGER --learner ada --commit abc1234", "--commit: expected a whole commit id"),
        ("--course COURSE --ledger LEDGER --learner ada --commit COMMIT --previous x", "--previous is of no use"),
        ("--course nowhere.toml --ledger LEDGER --learner ada --commit COMMIT", "nowhere.toml: no such file"),
    ],
)
def test_half_a_budget_is_wrong_usage_and_nothing_is_graded(seat: Seat, arguments: str, said: str) -> None:
    places = {"COURSE": str(seat.home / "course.toml"), "LEDGER": str(seat.home / "ledger"), "COMMIT": COMMITS[0]}
    command: list[str | Path] = [
        PUSHMARK,
        "grade",
        seat.lab,
        seat.work,
        *(places.get(one, one) for one in arguments.split()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Next:" in done.stderr
    assert seat.attempts() == []
