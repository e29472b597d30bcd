"""The self-test proves each layer: with one of them off, exactly what that layer stops gets through."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.worker import launcher, probes, selftest
from pushmark_graders.worker.layers import LAYERS, NAMESPACES, WHERE_THE_HOST_HAS_THEM, Layer
from pushmark_graders.worker.policy import Policy, local, standard, strict
from pushmark_graders.worker.pool import Pool

EXAMINE = """
import json, sys
import msgspec
from msgspec.structs import replace
from pushmark_graders.worker import policy, selftest
verdicts = selftest.examine(replace(policy.local(), without=tuple(sys.argv[1:])))
print(msgspec.json.encode(verdicts).decode())
"""

TAKES_ALONG: dict[Layer, set[Layer]] = {
    "no new privileges": {"landlock", "seccomp"},
    "mount namespace": {"folder quota"},
}
"""Layers that rest on another one."""


def examined(python: str, without: tuple[Layer, ...], folder: Path) -> dict[str, Any]:
    """Layer to verdict, by an interpreter that workers without a root of their own can reach as well."""
    done = subprocess.run(
        [python, "-I", "-c", EXAMINE, *without],
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return {verdict["layer"]: verdict for verdict in json.loads(done.stdout)}


def own_layers() -> list[Layer]:
    return [
        layer
        for layer in LAYERS
        if layer not in WHERE_THE_HOST_HAS_THEM and (os.getuid() == 0 or layer != "own user id")
    ]


@pytest.fixture(scope="module")
def all_layers(python: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return examined(python, (), tmp_path_factory.mktemp("home"))


def test_with_all_layers_nothing_gets_through(all_layers: dict[str, Any]) -> None:
    if all_layers["pid namespace"]["state"] == "missing":
        pytest.skip("this user has no namespaces here")
    assert {layer: all_layers[layer]["state"] for layer in own_layers()} == dict.fromkeys(own_layers(), "holds")
    assert not any(verdict["got_through"] for layer, verdict in all_layers.items() if layer in own_layers())


@pytest.mark.parametrize("layer", own_layers())
def test_with_one_layer_off_exactly_what_it_stops_gets_through(
    layer: Layer, python: str, all_layers: dict[str, Any], tmp_path: Path
) -> None:
    if all_layers[layer]["state"] == "missing":
        pytest.skip("this user has no namespaces here")
    found = examined(python, (layer,), tmp_path)
    assert found[layer]["state"] == "off"
    through = {name for name, verdict in found.items() if verdict["got_through"]}
    allowed = {layer, *TAKES_ALONG.get(layer, set())} | ({"own user id"} - set(own_layers()))
    if os.getuid() != 0 and layer == "pid namespace":  # only root may mount /proc without it
        allowed |= {*NAMESPACES, "folder quota"}
    assert through == allowed


def test_with_every_layer_off_every_probe_gets_through(python: str, tmp_path: Path) -> None:
    found = examined(python, LAYERS, tmp_path)
    stopped = {
        name: (verdict["probes"], verdict["got_through"])
        for name, verdict in found.items()
        if name in own_layers() and len(verdict["got_through"]) != verdict["probes"]
    }
    if os.getuid() != 0:  # an ordinary user holds no capability, and may not write into the runtime to begin with
        assert stopped.pop("no capabilities", (1, []))[1] == []
        assert stopped.pop("mount namespace", (4, []))[0] == 4
    assert not stopped


def test_there_are_at_least_ten_probes_and_each_layer_has_one() -> None:
    assert len(probes.PROBES) >= 10
    assert {layer for layer, _, _ in probes.PROBES} == set(LAYERS)


def test_a_layer_that_does_not_hold_is_a_refusal_that_says_what_got_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def leaky(*_arguments: object) -> tuple[launcher.Hello, list[bool]]:
        return launcher.Hello(list(LAYERS), {}), [
            about == "sees a file of the grader's" for _, about, _ in probes.PROBES
        ]

    monkeypatch.setattr(launcher, "probe", leaky)
    with pytest.raises(CouldNotGrade, match=r"does not hold .*\(mount namespace: a worker sees a file"):
        selftest.prove(strict())


def test_a_policy_is_proved_once_for_each_kind_of_worker_and_only_if_it_asks_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def examine(policy: Policy, pool: Pool | None) -> list[selftest.Verdict]:
        asked.append(f"{policy.name}, {'warm' if pool else 'cold'}")
        return []

    monkeypatch.setattr(selftest, "examine", examine)
    monkeypatch.setattr(selftest, "_proved", set())
    with Pool() as pool:
        for policy in (local(), standard(), replace(standard(), memory_mb=77), strict()):
            selftest.prove(policy)
            selftest.prove(policy, pool)
    assert asked == ["standard, cold", "standard, warm", "strict, cold", "strict, warm"]
