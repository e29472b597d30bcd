"""`pushmark doctor`: a verdict per layer, a next step for each missing one, and an exit status for scripts."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pushmark_graders.cli import cli
from pushmark_graders.errors import CouldNotGrade, PushmarkError
from pushmark_graders.worker.layers import LAYERS, NEXT_STEP

SATISFIED = "This machine satisfies the policy {}."
NOT_SATISFIED = "This machine does not satisfy the policy {}."


def doctor(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["doctor", *arguments], standalone_mode=False)


def policy(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text)
    return str(path)


def test_each_layer_has_a_verdict_and_the_policy_one_too() -> None:
    ended = doctor("--policy", "local")
    assert ended.return_value == 0
    assert [line.split("  ")[0] for line in ended.output.splitlines() if line.split("  ")[0] in LAYERS] == list(LAYERS)
    assert SATISFIED.format("local") in ended.output
    assert "probes on Linux" in ended.output


@pytest.mark.skipif(os.getuid() != 0, reason="only root can satisfy it")
def test_root_satisfies_the_strict_policy_here() -> None:
    ended = doctor()
    assert SATISFIED.format("strict") in ended.output
    assert ended.return_value == 0


def test_a_required_layer_that_is_off_or_missing_is_status_3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pushmark_graders.worker.launcher.cgroups.parent", no_cgroups)
    ended = doctor("--policy", policy(tmp_path, 'required = ["cgroup limits"]'))
    assert ended.return_value == 3
    assert NOT_SATISFIED.format("mine") in ended.output
    assert "no cgroup v2 is mounted" in ended.output
    assert "Next: run pushmark as root on a host with" in " ".join(ended.output.split())


def no_cgroups() -> Path:
    from pushmark_graders.worker import cgroups

    raise cgroups.Unavailable("no cgroup v2 is mounted")


def test_a_program_reads_the_verdicts_as_json(tmp_path: Path) -> None:
    ended = doctor("--json", "--policy", policy(tmp_path, 'extends = "standard"\nwithout = ["seccomp"]'))
    told: dict[str, Any] = json.loads(ended.output)
    layers = {one["layer"]: one for one in told["layers"]}
    assert (told["policy"], told["satisfied"]) == ("mine", True)
    assert list(layers) == list(LAYERS)
    assert layers["seccomp"]["state"] == "off"
    assert layers["resource limits"] == {
        "layer": "resource limits",
        "state": "holds",
        "probes": 4,
        "got_through": [],
        "reason": "",
        "next_step": "",
    }
    missing = [one for one in layers.values() if one["state"] == "missing"]
    assert all(one["next_step"] == NEXT_STEP[one["layer"]] and one["reason"] for one in missing)


def test_an_unknown_policy_is_wrong_usage() -> None:
    assert isinstance(doctor("--policy", "paranoid").exception, PushmarkError)
    assert not isinstance(doctor("--policy", "paranoid").exception, CouldNotGrade)


def test_windows_is_told_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    ended = doctor()
    assert isinstance(ended.exception, PushmarkError)
    assert "WSL 2" in ended.exception.next_step
