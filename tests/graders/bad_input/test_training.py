"""A pipeline that does not get through: the learner reads in which stage, why, and what it printed last."""

from collections.abc import Callable

import pytest

from tests.graders.bad_input.conftest import TINY, Files

LAB = (TINY / "lab.toml").read_text().replace('["src/tiny/*.py"]', '["src/tiny/*.py", "dvc.yaml"]')
TRAINING = '\n[training]\nstages = ["learn"]\nseconds = {seconds}\n'
PIPELINE = "stages:\n  {stage}:\n    cmd: {command}\n"
CLAIM = "python -c \"open('metrics.json', 'w').write('{}')\""


def lab(seconds: float = 60.0) -> Files:
    return {
        "lab.toml": LAB + TRAINING.format(seconds=seconds),
        "starter/dvc.yaml": PIPELINE.format(stage="learn", command=CLAIM),
    }


BROKEN: dict[str, tuple[Files, str]] = {
    "missing-stage": (lab(), PIPELINE.format(stage="lern", command=CLAIM)),
    "no-pipeline": (lab(), "stages: {}\n"),
    "not-yaml": (lab(), "stages: [\n"),
    "stage-fails": (lab(), PIPELINE.format(stage="learn", command="python -c \"raise SystemExit('no data')\"")),
    "stage-hangs": (lab(5.0), PIPELINE.format(stage="learn", command='python -c "import time; time.sleep(60)"')),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_pipeline_is_told_where_and_why(
    name: str, grade: Callable[..., str], golden: Callable[[str, str], None]
) -> None:
    files, pipeline = BROKEN[name]
    told = grade(lab=files, submission={"dvc.yaml": pipeline})
    assert told.startswith("exit status 0\n")
    golden(f"training-{name}.txt", told)
