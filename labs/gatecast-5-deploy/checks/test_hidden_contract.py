"""More questions that break the contract, among them bodies that are no question at all."""

from golden import APP
from pushmark_graders.checks import expect, task

BODIES = (
    b'{"flight_id": true}',
    b'{"flight_id": null}',
    b'{"flight_id": -5}',
    b'{"flight_id": 1234, "lead_minutes": "180"}',
    b'{"flight_id": 1234, "lead_minutes": 180.5}',
    b'{"flight_id": 1234, "tailnum": "n14228"}',
    b'{"flight_id": 1234, "tailnum": 14228}',
    b'{"flight_id": 1234, "tailnum": ""}',
    b"[1234]",
    b'"1234"',
    b'{"flight_id": ',
    b"",
)


@task(1, points=3, hidden=True, needs=["bad-questions-are-422"], hint="True is a number to Python, and so is 12.0.")
def test_no_question_at_all_is_422(submission):
    """Whatever is sent in place of a question is answered with 422."""
    service = submission.service(APP)
    for body in BODIES:
        expect.equal(service.request("POST", "/predict", body).status, 422)
