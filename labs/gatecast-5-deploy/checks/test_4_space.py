"""Task 4: the gate's device has little memory, is restarted often, and is updated over a thin line."""

from golden import APP, ask, bodies, draw, raw_tables
from pushmark_graders.checks import task

MEMORY_MB = 250
START_SECONDS = 2.0
SIZE_MB = 10


@task(4, points=10, needs=["sample-questions"], hint="`import pandas` alone: how much does it hold? And sklearn?")
def test_memory_fits_the_device(submission, budget, lab):
    """The service never holds more than 250 MiB."""
    questions, _ = draw(raw_tables(lab.data), days=1, each=20, seed=6)
    service = submission.service(APP)
    for body in bodies(questions):
        ask(service, body)
    budget.memory(service, at_most_mb=MEMORY_MB)


@task(4, points=5, needs=["memory-fits-the-device"], hint="python -X importtime -c 'import gatecast_serve.app'")
def test_start_is_quick(submission, budget, lab):
    """From nothing to the first answer the service takes at most 2 seconds of processor time."""
    flight = int(raw_tables(lab.data)["flights"]["flight_id"].iloc[100_000])
    service = submission.service(APP)
    ask(service, {"flight_id": flight})
    budget.start(service, at_most_seconds=START_SECONDS)


@task(4, points=3, needs=["memory-fits-the-device"], hint="What is in models/ that no answer needs? Is it compressed?")
def test_artefacts_are_small(submission, budget):
    """What the pipeline leaves in models/ has at most 10 MiB."""
    budget.size(submission, "models/**", at_most_mb=SIZE_MB)
