"""The oracles of the attack tests can fail: an unsafe grader loses to the same corpus, and each encoding is seen."""

import base64
import json
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.attacks import oracles
from tests.attacks.cases import corpus, lay, lay_twin
from tests.attacks.conftest import Arena, Lab

UNSAFE = Path(__file__).with_name("unsafe_grader.py")
CANARY = "CANARY-secret-5f0e"
LABEL = "3.0719283746501928"


def graded_unsafely(lab: Lab, submission: Path, place: Path) -> tuple[float, dict[str, bytes]]:
    """Points and learner-visible sinks of a submission that runs in its grader's own process."""
    out, printed = place / "result.json", place / "printed"
    with printed.open("wb") as stream:
        argv = [sys.executable, "-I", str(UNSAFE), str(lab.folder), str(submission), str(out)]
        subprocess.run(
            argv, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, timeout=30, check=False, cwd=submission
        )
    found = json.loads(out.read_text())
    return found["points"], {"result": out.read_bytes(), "printed": printed.read_bytes()}


def attacked(lab: Lab, place: Path, name: str) -> tuple[float, float, dict[str, bytes]]:
    attack = next(one for one in corpus() if one.id == name)
    lay_twin(attack.twin, place / "twin")
    lay(attack, place / "attack", {"SINK": "9", "VICTIM": str(place)})
    twin, _ = graded_unsafely(lab, place / "twin", place)
    points, sinks = graded_unsafely(lab, place / "attack", place)
    return points, twin, sinks


@pytest.mark.parametrize("name", ["always-equal", "keeps-hidden-rows", "frames", "memory", "patched-mathematics"])
def test_the_twin_oracle_sees_an_unsafe_grader_give_points_away(name: str, lab: Lab, tmp_path: Path) -> None:
    points, twin, _ = attacked(lab, tmp_path, name)
    assert oracles.twin(points, twin)


@pytest.mark.parametrize("name", ["tells-hidden-inputs", "frames", "memory"])
def test_the_leak_oracle_sees_an_unsafe_grader_tell_secrets(name: str, lab: Lab, tmp_path: Path) -> None:
    _, _, sinks = attacked(lab, tmp_path, name)
    assert oracles.leaks(sinks, lab.canaries)


def test_the_host_oracle_sees_daemons_and_files(arena: Arena, tmp_path: Path) -> None:
    leaves = "import os, time; open(os.environ['TMPDIR'] + '/left', 'w').close(); os.fork() or time.sleep(60)"
    starter = arena.start_program([sys.executable, "-I", "-c", leaves], tmp_path)
    assert starter.survivors
    assert starter.left_behind
    assert oracles.host(
        survivors=starter.survivors, left_behind=[], changed=[], received=0, seconds=1.0, limit=1.0
    ) + oracles.host(survivors=[], left_behind=[], changed=["x"], received=1, seconds=9.0, limit=1.0)


def test_no_score_is_no_good_score() -> None:
    assert oracles.twin(float("nan"), 3.0)
    assert not oracles.twin(3.0, 3.0)


@given(before=st.binary(max_size=40), after=st.binary(max_size=40))
def test_a_canary_is_found_wherever_it_stands_and_however_it_is_encoded(before: bytes, after: bytes) -> None:
    told = before + CANARY.encode() + after
    forms = [told, told[::-1], told.hex().encode(), base64.b64encode(told), base64.b64encode(zlib.compress(told))]
    forms += [zlib.compress(told).hex().encode(), base64.b64encode(told.hex().encode())]
    for form in forms:
        assert oracles.leaks({"sink": b"text: " + form + b" more"}, {"secret": CANARY})


def test_a_label_is_found_with_fewer_digits() -> None:
    for form in (LABEL, LABEL[:13], LABEL[::-1], f"X{LABEL.replace('.', '_')}", LABEL.encode().hex()):
        assert oracles.leaks({"sink": form.encode()}, {"label": LABEL}), form
    assert not oracles.leaks({"sink": LABEL[:9].encode()}, {"label": LABEL})


def test_every_payload_is_python_that_would_run() -> None:
    for path in Path(__file__).parent.glob("corpus/*/files/**/*.py"):
        compile(path.read_text().replace("{{SINK}}", "9"), str(path), "exec")
