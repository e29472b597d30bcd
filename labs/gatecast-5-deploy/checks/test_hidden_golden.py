"""Two hundred golden questions on days that the seed chooses; the features are made in the grader."""

from golden import APP, bodies, compare, draw, raw_tables
from pushmark_graders.checks import task


@task(
    2,
    points=20,
    hidden=True,
    needs=["sample-questions", "answers-cost-a-twentieth"],
    hint="Ask about rare cases: an aircraft that nobody knows, no news for a day, an event in that very minute.",
)
def test_golden_questions(submission, hidden, training, lab, seed):
    """Two hundred questions get the answers that the submission's own model gives on the batch code's features."""
    questions, tables = draw(raw_tables(lab.data), days=8, each=25, seed=seed)
    table = hidden.gatecast("features").build(tables, questions)
    chances = submission.module("gatecast_serve.model").probabilities(table)
    service = submission.service(APP)
    compare(service, bodies(questions), chances)
