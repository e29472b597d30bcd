"""`pushmark lab calibrate` as an author meets it: bounds that `pushmark lab lint` then proves."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

TINY = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
PUSHMARK = Path(sys.executable).with_name("pushmark")
HIDDEN = '''

def hidden_set(seed, lab):
    """Two thousand rows whose sign is the label, but for luck."""
    import numpy as np
    from pushmark_graders.checks import HiddenSet

    draw = np.random.default_rng(seed)
    rows = draw.normal(size=2000)
    return HiddenSet({"rows": rows}, (rows + draw.normal(size=2000) > 0).astype(int))
'''
METRIC = """
[[metrics]]
name = "auc"
title = "AUC"
predict = "tiny.words:predict"
function = "roc_auc"
hint = "Which rows?"
points = 10
baseline = 0.1  # nobody knows
target = 0.99
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny lab without honest solutions and mutants, and with a metric whose bounds are wrong."""
    folder = Path(shutil.copytree(TINY, tmp_path_factory.mktemp("labs") / "labs" / "tiny-lab"))
    for name in ("honest", "mutants"):
        shutil.rmtree(folder / name)
    append(folder / "hidden.py", HIDDEN)
    append(folder / "lab.toml", METRIC)
    append(folder / "starter" / "src" / "tiny" / "words.py", "\n\ndef predict(rows):\n    return 0 * rows\n")
    append(folder / "solution" / "src" / "tiny" / "words.py", "\n\ndef predict(rows):\n    return rows\n")
    return folder


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


def pushmark(lab: Path, command: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [PUSHMARK, "lab", command, lab, *arguments],
        env=kept | {"XDG_CACHE_HOME": str(lab.parent.parent / "cache")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def verdicts(lab: Path) -> dict[str, list[str]]:
    return {
        one["name"]: one["problems"] for one in json.loads(pushmark(lab, "lint", "--json", "--repeats", "1").stdout)
    }


def test_bounds_that_lint_refuses_are_measured_written_and_proved(lab: Path) -> None:
    before, design = (lab / "lab.toml").read_text(), (lab / "design.md").read_text()
    refused = verdicts(lab)
    assert refused["solution"]
    assert refused["starter"]
    assert len(refused["thresholds"]) == 2

    ran = pushmark(lab, "calibrate", "--seeds", "2")
    assert ran.returncode == 0, ran.stderr
    assert "2 of 2: " in ran.stderr
    assert "auc: lab.toml says baseline 0.1, target 0.99, step 0.01; --write would put baseline 0.5" in ran.stdout
    assert (lab / "lab.toml").read_text() == before
    page = (lab / "design.md").read_text()
    assert page.startswith(design.rstrip())
    assert "| solution | 4 | 0." in page

    ran = pushmark(lab, "calibrate", "--seeds", "2", "--write", "--json", "--quiet")
    assert (ran.returncode, ran.stderr) == (0, "")
    (told,) = json.loads(ran.stdout)
    (wrote,) = tomllib.loads((lab / "lab.toml").read_text())["metrics"]
    assert {key: wrote[key] for key in told["proposed"]} == told["proposed"]
    assert "  # nobody knows\n" in (lab / "lab.toml").read_text()
    assert (lab / "design.md").read_text() == page
    assert not any(verdicts(lab).values())


def test_a_lab_without_metrics_has_nothing_to_calibrate() -> None:
    ran = pushmark(TINY, "calibrate")
    assert ran.returncode == 2
    assert "this lab has no metrics" in ran.stderr
