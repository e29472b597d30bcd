"""The last step of both workflows, run as the shell runs it: one sentence and one exit status for each outcome."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

WORKFLOWS = Path(__file__).parents[2] / ".github" / "workflows"
JOBS = {"practice-grade.yml": "grade", "train.yml": "train"}


def outcome_step(workflow: str) -> dict[str, Any]:
    steps = yaml.safe_load((WORKFLOWS / workflow).read_text())["jobs"][JOBS[workflow]]["steps"]
    step: dict[str, Any] = next(step for step in steps if step.get("name") == "Say how it went")
    return step


@pytest.mark.parametrize("workflow", JOBS)
@pytest.mark.parametrize(
    ("status", "ends", "says"),
    [
        ("0", 0, "public checks passed."),
        ("1", 1, "::error title=Pushmark::"),
        ("2", 2, "The lab or its settings need mending."),
        ("3", 3, "That is our fault, not yours: run the job again."),
        ("", 3, "That is our fault, not yours: run the job again."),
        ("139", 3, "That is our fault, not yours: run the job again."),
    ],
)
def test_each_outcome_has_its_sentence_and_exit_status(workflow: str, status: str, ends: int, says: str) -> None:
    step = outcome_step(workflow)
    assert step["env"].keys() == {"STATUS"}
    done = subprocess.run(
        ["bash", "-e", "-c", step["run"]], env={"STATUS": status}, capture_output=True, text=True, check=False
    )
    assert done.returncode == ends
    assert says in done.stdout
    assert done.stdout.count("\n") == 1
