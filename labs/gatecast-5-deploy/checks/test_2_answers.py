"""Task 2: a fast answer is worth nothing if it is another one."""

from golden import APP, bodies, compare, draw, raw_tables
from pushmark_graders.checks import task


@task(
    2,
    points=0,
    needs=["answers-a-question"],
    hint="Take the worst question apart: print its row from `gatecast.features.build` beside the row that you look up.",
)
def test_sample_questions(submission, lab, seed):
    """Forty questions get the answers that the submission's own model gives on the batch code's features."""
    questions, tables = draw(raw_tables(lab.data), days=2, each=20, seed=seed)
    table = submission.module("gatecast.features").build(tables, questions)
    chances = submission.module("gatecast_serve.model").probabilities(table)
    service = submission.service(APP)
    compare(service, bodies(questions), chances)
