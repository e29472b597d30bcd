"""The oracles of the attack tests can fail: an unsafe grader loses to the same corpus, and each encoding is seen."""

import base64
import json
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.attacks import honest, oracles
from tests.attacks.arena import Arena, Lab
from tests.attacks.cases import corpus, lay, lay_twin
from tests.attacks.honest import Honest
from tests.attacks.judge import Judge

UNSAFE = Path(__file__).with_name("unsafe_grader.py")
CANARY = "CANARY-secret-5f0e"
SERVES = """
import socket

def add(numbers):
    socket.create_server(("127.0.0.1", 0)).close()
    return sum(numbers)
"""
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


def host(**seen: Any) -> list[str]:
    """The host oracle's sentences on a quiet grading that differs in what was `seen`."""
    nothing: dict[str, Any] = {"survivors": [], "left_behind": [], "changed": [], "received": 0}
    return oracles.host(**{**nothing, "seconds": 1.0, "limit": 1.0, "memory_mb": 90.0, **seen})


def test_the_host_oracle_sees_daemons_and_files(arena: Arena, tmp_path: Path) -> None:
    leaves = "import os, time; open(os.environ['TMPDIR'] + '/left', 'w').close(); os.fork() or time.sleep(60)"
    starter = arena.start_program([sys.executable, "-I", "-c", leaves], tmp_path)
    assert host(survivors=starter.survivors)
    assert host(left_behind=starter.left_behind)
    assert host(changed=["x"])
    assert host(received=1)
    assert host(seconds=9.0)
    assert not host()


def test_the_host_oracle_sees_a_grader_that_takes_too_much_memory(arena: Arena, tmp_path: Path) -> None:
    takes = "import time; x = b'x' * (700 << 20); del x; time.sleep(0.1)"
    taken = arena.start_program([sys.executable, "-I", "-c", takes], tmp_path).memory_mb
    assert taken > 700
    assert host(memory_mb=taken)


def test_the_memory_of_a_worker_is_not_taken_for_the_graders(arena: Arena, tmp_path: Path) -> None:
    child = "x = b'x' * (700 << 20)"
    starts = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    assert not host(memory_mb=arena.start_program([sys.executable, "-I", "-c", starts], tmp_path).memory_mb)


def test_another_learners_record_is_watched(arena: Arena, lab: Lab, tmp_path: Path) -> None:
    before = arena.fingerprints(lab, tmp_path)
    record = arena.victim / "report.json"
    kept = record.read_bytes()
    record.write_bytes(kept.replace(b"7", b"9"))
    changed = [name for name, print_ in arena.fingerprints(lab, tmp_path).items() if before[name] != print_]
    record.write_bytes(kept)
    assert changed == [str(record)]
    assert oracles.robbed(changed)


def test_an_honest_submission_that_the_sandbox_hinders_is_a_false_positive(
    judge: Judge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server on the loopback interface is forbidden by design, so it shows what a false positive looks like."""
    sums = tmp_path / "corpus" / "serves" / "files" / "src" / "shop" / "sums.py"
    sums.parent.mkdir(parents=True)
    sums.write_text(SERVES)
    monkeypatch.setattr(honest, "HERE", tmp_path)
    faults = judge.judge(Honest(id="serves", does="Serves.", kind="network")).faults
    assert any("without a sandbox passed" in fault for fault in faults), faults


def test_reports_that_differ_in_states_or_points_are_not_alike(judge: Judge) -> None:
    half, wrong = judge.twin("lab", "half"), judge.twin("lab", "wrong")
    assert len(oracles.alike(half, wrong, "its twin")) >= 4
    assert not oracles.alike(half, half, "its twin")
    assert oracles.expected(half, {"totals-add-up": "error"}, ["lab.toml"])


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
