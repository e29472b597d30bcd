"""A lab graded in two halves: the machine with learner code has no label, the one with labels no learner code."""

import dataclasses
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pushmark_graders import __version__
from pushmark_graders.errors import CouldNotGrade, LabError
from pushmark_graders.grading import parts
from pushmark_graders.grading.grade import grade
from pushmark_graders.grading.job import Job
from pushmark_graders.grading.session import Outcome
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.report.model import Report
from pushmark_graders.split.answering import PART_LIMITS, answer
from pushmark_graders.split.asking import ask
from pushmark_graders.split.proof import halves, prove, seconds_of
from pushmark_graders.split.scoring import score
from pushmark_graders.split.script import Question, Questions, Writer, read_message
from pushmark_graders.worker import launcher
from pushmark_graders.worker.policy import local
from pushmark_graders.worker.runtime import request_limits

METRIC = """
[[metrics]]
name = "error"
title = "Mean absolute error"
predict = "line:predict"
function = "mae"
points = 4
baseline = 1.0
target = 0.1
needs = ["slope-is-positive"]
"""

LAB = {
    "checks/test_line.py": """
    from pushmark_graders.checks import expect, task

    @task(1, points=2)
    def test_slope_is_positive(submission):
        '''The slope is positive.'''
        expect.that(submission.module("line").slope() > 0, "The slope is not positive.")
    """,
    "checks/test_hidden_line.py": """
    from pushmark_graders.checks import expect, task

    @task(1, points=3, hidden=True, hint="Think of zero.")
    def test_zero(submission, hidden, seed):
        '''Zero stays zero.'''
        expect.equal(submission.module("line").times(0.0, hidden.rows(seed)[0]), 0.0)

    @task(2, points=3, hidden=True, needs=["zero"])
    def test_model(submission, hidden, seed):
        '''A model that stays in the worker, and a table that is handed on.'''
        line = submission.module("line")
        model = line.fit(hidden.rows(seed))
        table = line.table(hidden.rows(seed))
        expect.equal(line.size(model, table, [table]), 100)
        expect.equal(model.name, "a line")
    """,
    "checks/test_hidden_more.py": """
    from pushmark_graders.checks import expect, task

    @task(2, points=1, hidden=True)
    def test_next_file(submission):
        '''Another file has a worker of its own.'''
        expect.equal(submission.module("line").slope(), 3.0)
    """,
    "hidden.py": """
    import numpy as np
    from pushmark_graders.checks import HiddenSet

    def rows(seed):
        return np.random.default_rng(seed).random(50)

    def hidden_set(seed, lab):
        x = rows(seed)
        return HiddenSet(inputs={"x": x}, labels=3 * x)
    """,
}
SOLUTION = """
class Line:
    name = "a line"

def slope():
    return 3.0

def times(a, b):
    return a * b

def fit(rows):
    return Line()

def table(rows):
    return {"rows": rows * 2}

def size(model, table, tables):
    assert isinstance(model, Line)
    return len(table["rows"]) + len(tables[0]["rows"])

def predict(x):
    return 3 * x
"""

Start = Callable[[str], Job]


@pytest.fixture(scope="module")
def start(
    write_lab: Callable[..., Path], write: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Start:
    """A job for a submission of `line.py`; all of them are of one lab."""
    spec = load_lab(write_lab(LAB, METRIC))
    template = tmp_path_factory.mktemp("template")

    def begin(text: str) -> Job:
        folder = write(tmp_path_factory.mktemp("submission"), {"line.py": text})
        return Job(
            spec=spec, base=template, data=template, submission=folder, policy=local(), seed="a secret", warm=False
        )

    return begin


@pytest.fixture(scope="module")
def asked(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lab's questions."""
    job = start(SOLUTION)
    file = tmp_path_factory.mktemp("asked") / "questions"
    ask(job, file)
    return file


def verdicts(report: Report) -> dict[str, str]:
    states = {check.id: str(check.state) for task in report.tasks for check in task.checks}
    return states | {metric.name: str(metric.state) for metric in report.metrics}


def answers_of(job: Job, asked: Path) -> io.BytesIO:
    file = io.BytesIO()
    answer(dataclasses.replace(job, seed="practice"), asked, seconds_of(job), file)
    file.seek(0)
    return file


SUBMISSIONS = {
    "the solution": SOLUTION,
    "a wrong number": SOLUTION.replace("a * b", "a * b + 1"),
    "an exception": SOLUTION.replace("return Line()", "raise KeyError('rows')"),
    "an exit": SOLUTION.replace("return Line()", "import os; os._exit(3)"),
    "an endless call": SOLUTION.replace("return Line()", "while True: pass"),
    "plain data where an object stays": SOLUTION.replace("return Line()", "return {'name': 'a line'}"),
    "an object where plain data is needed": SOLUTION.replace("return 3 * x", "return Line()"),
    "a missing function": SOLUTION.replace("def fit", "def fitted"),
    "a syntax error": "def slope(:",
    "nothing": "",
}


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_both_ways_give_the_same_verdicts(start: Start, asked: Path, name: str) -> None:
    job = start(SUBMISSIONS[name])
    whole, split = grade(job).report, halves(job, asked)
    assert verdicts(split) == verdicts(whole)
    assert split.score == whole.score
    assert [metric.measured for metric in split.metrics] == [metric.measured for metric in whole.metrics]
    assert split.status == whole.status == "graded"


def test_no_worker_starts_where_the_labels_are(start: Start, asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = start(SOLUTION)
    answers = answers_of(job, asked)

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a worker starts")

    monkeypatch.setattr(launcher, "Starting", forbidden)
    report = score(job, answers).report
    assert report.score.points == report.score.max == 13


def test_the_machine_with_learner_code_is_given_no_label(start: Start, asked: Path) -> None:
    job = start(SOLUTION)
    told = [question.plain() for question in Questions(asked, request_limits(job.spec.limits.frame_mb))]
    [labels] = [one["kwargs"]["x"] * 3 for one in told if one["kwargs"]]
    sent = Questions(asked, request_limits(job.spec.limits.frame_mb))
    assert labels.tobytes() not in b"".join(repr(one).encode() + raw(one) for one in sent)


def raw(question: Question) -> bytes:
    """All arrays of a question as they lie in memory."""
    values = [*question.args, *(question.kwargs or {}).values()]
    return b"".join(value.tobytes() for value in values if isinstance(value, np.ndarray))


def test_answers_of_another_seed_do_not_count(start: Start, asked: Path) -> None:
    job = start(SOLUTION)
    with pytest.raises(CouldNotGrade, match="what nobody had put to the submission"):
        score(dataclasses.replace(job, seed="another"), answers_of(job, asked))


@pytest.mark.parametrize("cut", [0, 3, 40, -1])
def test_answers_that_end_early_are_refused(start: Start, asked: Path, cut: int) -> None:
    job = start(SOLUTION)
    with pytest.raises(CouldNotGrade, match="answers"):
        score(job, io.BytesIO(answers_of(job, asked).getvalue()[:cut]))


def test_bytes_that_are_no_answers_are_refused(start: Start) -> None:
    for nonsense in (b"PMK1" + bytes(12) + b"rest", b"\x80\x04pickle", b"PMK1\xff\xff\xff\xff" + b"\xff" * 8):
        with pytest.raises(CouldNotGrade):
            score(start(SOLUTION), io.BytesIO(nonsense))


def test_a_forged_verdict_on_a_hidden_check_is_not_read(start: Start, asked: Path) -> None:
    """The other machine says what it likes of public checks alone."""
    job = start(SUBMISSIONS["a wrong number"])
    honest = answers_of(job, asked)
    part = parts.parse(read_message(honest, PART_LIMITS), __version__)
    part.outcomes["zero"] = Outcome(state="passed")
    part.outcomes["no-such-check"] = Outcome(state="passed")
    forged = io.BytesIO()
    Writer(forged).write(parts.dump(part), PART_LIMITS)
    forged.write(honest.read())
    forged.seek(0)
    report = score(job, forged).report
    assert verdicts(report)["zero"] == "failed"
    assert "no-such-check" not in verdicts(report)


def refused(write_lab: Callable[..., Path], write: Callable[..., Path], tmp_path: Path, check: str) -> str:
    """What an author reads of a lab with this hidden check."""
    spec = load_lab(write_lab({"checks/test_hidden_a.py": check, "hidden.py": "X = 1\n"}))
    (tmp_path / "template").mkdir()
    folder = write(tmp_path / "submission", {"line.py": SOLUTION})
    job = Job(spec=spec, base=tmp_path / "template", data=tmp_path, submission=folder, policy=local(), warm=False)
    file = tmp_path / "questions"
    other = write(tmp_path / "other", {"line.py": SOLUTION.replace("return 3.0", "return 5.0")})

    def build() -> None:
        ask(job, file)
        prove(dataclasses.replace(job, submission=other), file, "it")

    with pytest.raises(LabError) as caught:
        build()
    return str(caught.value)


def test_a_lab_whose_hidden_checks_measure_is_refused(
    write_lab: Callable[..., Path], write: Callable[..., Path], tmp_path: Path
) -> None:
    check = """
    from pushmark_graders.checks import task

    @task(1, points=1, hidden=True)
    def test_cost(submission):
        '''It is cheap.'''
        assert submission.meter.cpu_seconds() < 100
    """
    assert "measures what calls cost, which cannot be done on another machine" in refused(
        write_lab, write, tmp_path, check
    )


def test_a_lab_that_asks_what_answers_lead_to_is_refused(
    write_lab: Callable[..., Path], write: Callable[..., Path], tmp_path: Path
) -> None:
    check = """
    from pushmark_graders.checks import expect, task

    @task(1, points=1, hidden=True)
    def test_chain(submission):
        '''What is asked depends on what was answered.'''
        line = submission.module("line")
        expect.equal(line.times(line.slope() + 1, 1.0), 4.0)
    """
    assert "it gets other verdicts on chain" in refused(write_lab, write, tmp_path, check)
