"""Task 1: what the gate may rely on, whatever it sends."""

from typing import Any

from golden import APP, ask, raw_tables
from pushmark_graders.checks import expect, task

BAD = {
    "nothing": {},
    "no flight": {"lead_minutes": 180},
    "a text": {"flight_id": "1234"},
    "a flight below 1": {"flight_id": 0},
    "half a flight": {"flight_id": 12.5},
    "too late to ask": {"flight_id": 1234, "lead_minutes": 119},
    "a day ahead": {"flight_id": 1234, "lead_minutes": 1440},
    "no aircraft's name": {"flight_id": 1234, "tailnum": "'; drop table"},
    "a field that nobody knows": {"flight_id": 1234, "lead": 180},
}


@task(1, points=2, hint="What does `curl` get from your service? The README shows the question and the answer.")
def test_answers_a_question(submission, lab):
    """A question about a flight is answered with its id and a probability."""
    flight = int(raw_tables(lab.data)["flights"]["flight_id"].iloc[100_000])
    service = submission.service(APP)
    ask(service, {"flight_id": flight})
    ask(service, {"flight_id": flight, "lead_minutes": 400, "tailnum": "N14228"})


@task(1, points=4, needs=["answers-a-question"], hint="A load balancer asks `GET /health` before it sends anybody.")
def test_health_says_ready(submission):
    """GET /health answers 200 with status ok and the name of the model."""
    service = submission.service(APP)
    response = service.get("/health")
    expect.equal(response.status, 200, "GET /health should be answered with status 200:")
    answer: Any = response.json
    expect.that(isinstance(answer, dict), "GET /health should be answered with an object.")
    expect.equal(answer.get("status"), "ok", "GET /health: `status`:")
    named = isinstance(answer.get("model"), str) and answer["model"] != ""
    expect.that(named, "GET /health should name the model in service: `model`.")


@task(
    1,
    points=8,
    needs=["answers-a-question"],
    hint="FastAPI answers 422 by itself where a pydantic model declares it. Which fields, of which type and range?",
)
def test_bad_questions_are_422(submission):
    """A question that breaks the contract is answered with 422, and never with an answer or a crash."""
    service = submission.service(APP)
    for name, body in BAD.items():
        response = service.post("/predict", body)
        expect.equal(response.status, 422, f"{response.label} ({name}) should be answered with status 422:")


@task(1, points=3, needs=["answers-a-question"], hint="Right in form and not there: which status is that?")
def test_unknown_flight_is_404(submission):
    """A flight that is not in the timetable is answered with 404."""
    service = submission.service(APP)
    for flight in (999_999_999, 336_776):
        response = service.post("/predict", {"flight_id": flight})
        expect.equal(response.status, 404, f"{response.label} should be answered with status 404:")
