"""Task 3: time, beside the starter's in the same job. The grader reads it from outside of the service."""

from golden import APP, ask, bodies, draw, raw_tables
from pushmark_graders.checks import task


def measured(budget, submission, starter, lab):
    questions, _ = draw(raw_tables(lab.data), days=4, each=16, seed=5)
    return budget.measure(ask, submission.service(APP), starter.service(APP), bodies(questions), each=4)


@task(3, points=12, needs=["sample-questions"], hint="Profile one answer. Which line scans a table that never changes?")
def test_answers_cost_a_twentieth(submission, starter, budget, lab):
    """An answer takes at most a twentieth of the starter's processor time."""
    budget.cpu(measured(budget, submission, starter, lab), at_most=1 / 20)


@task(
    3,
    points=10,
    needs=["answers-cost-a-twentieth"],
    hint="Lookups are cheap now, so what is left is the model: 200 trees in Python, or one call of ONNX Runtime?",
)
def test_answers_cost_a_fortieth(submission, starter, budget, lab):
    """An answer takes at most a fortieth of the starter's processor time."""
    budget.cpu(measured(budget, submission, starter, lab), at_most=1 / 40)


@task(3, points=5, needs=["answers-cost-a-twentieth"], hint="The mean is fine and some answers are slow: which ones?")
def test_slow_answers_are_rare(submission, starter, budget, lab):
    """Of a hundred answers 95 take at most a tenth of the time that the starter's slowest ones take."""
    budget.latency(measured(budget, submission, starter, lab), at_most=1 / 10)
