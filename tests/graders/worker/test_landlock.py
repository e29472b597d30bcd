"""Landlock in a real process: what is on the list can be used, and nothing else."""

import json
import os
import subprocess
import sys

import pytest
from pushmark_graders.worker import landlock

PROGRAM = """
import json, os, signal, socket, sys
from pushmark_graders.worker import landlock, privileges

folder, outside = sys.argv[1], int(sys.argv[2])


def tried(step):
    try:
        return step() or "done"
    except OSError as error:
        return type(error).__name__


privileges.forbid_new_privileges()
landlock.restrict([
    (folder + "/read", landlock.READ),
    (folder + "/own", landlock.OWN),
    (folder + "/one-file", landlock.READ),
    ("/dev/null", landlock.USE),
    (folder + "/does-not-exist", landlock.READ),
])
print(json.dumps({
    "read": tried(lambda: open(folder + "/read/file").read()),
    "list": tried(lambda: os.listdir(folder + "/read")),
    "change what may be read": tried(lambda: open(folder + "/read/file", "a").close()),
    "one file": tried(lambda: open(folder + "/one-file").read()),
    "its folder": tried(lambda: os.listdir(folder)),
    "other file": tried(lambda: open(folder + "/other-file").read()),
    "cut other file": tried(lambda: os.truncate(folder + "/other-file", 0)),
    "own": tried(lambda: open(folder + "/own/new", "w").close()),
    "own folder": tried(lambda: os.mkdir(folder + "/own/folder")),
    "move within own": tried(lambda: os.rename(folder + "/own/new", folder + "/own/folder/moved")),
    "move out": tried(lambda: os.rename(folder + "/own/folder/moved", folder + "/read/moved")),
    "null": tried(lambda: open("/dev/null", "w").write("x")),
    "zero": tried(lambda: open("/dev/zero").close()),
    "bind": tried(lambda: socket.socket().bind(("127.0.0.1", 0))),
    "signal": tried(lambda: os.kill(outside, 0)),
    "signal to itself": tried(lambda: os.kill(os.getpid(), 0)),
    "/": tried(lambda: os.listdir("/")),
}))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp("landlock")
    for name in ("read", "own"):
        (folder / name).mkdir()
    for name in ("read/file", "one-file", "other-file"):
        (folder / name).write_text("x")
    argv = [sys.executable, "-I", "-c", PROGRAM, str(folder), str(os.getpid())]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (folder / "other-file").read_text() == "x"
    result: dict[str, object] = json.loads(done.stdout)
    return result


needs = pytest.mark.skipif(landlock.abi() < 4, reason="the kernel has no Landlock with network rules")


@needs
def test_what_is_listed_can_be_used_as_listed(found: dict[str, object]) -> None:
    assert found["read"] == found["one file"] == "x"
    assert found["list"] == ["file"]
    assert {found[name] for name in ("own", "own folder", "move within own", "signal to itself")} == {"done"}
    assert found["null"] == 1


@needs
def test_what_is_not_listed_cannot_be_used(found: dict[str, object]) -> None:
    denied = ["change what may be read", "its folder", "other file", "cut other file", "zero", "bind", "/"]
    assert {name: found[name] for name in denied} == dict.fromkeys(denied, "PermissionError")
    assert found["move out"] in ("OSError", "PermissionError")


@pytest.mark.skipif(landlock.abi() < 6, reason="the kernel's Landlock does not judge signals")
def test_signals_do_not_leave_the_sandbox(found: dict[str, object]) -> None:
    assert found["signal"] == "PermissionError"


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6, 9])
def test_older_kernels_are_asked_only_for_what_they_know(version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    class Recorder:
        def syscall(self, *arguments: object) -> int:
            asked.append(arguments)
            return os.open(os.devnull, os.O_RDONLY)

    monkeypatch.setattr(landlock, "Kernel", Recorder)
    monkeypatch.setattr(landlock, "abi", lambda: version)
    landlock.restrict([("/usr", landlock.OWN), ("/dev/null", landlock.USE)])
    (_, attributes, size, _), *rules, _ = asked
    assert isinstance(attributes, bytes)
    handled, network, scopes = (int.from_bytes(attributes[at : at + 8], "little") for at in (0, 8, 16))
    assert handled.bit_length() == {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)
    assert (bool(network), bool(scopes)) == (version >= 4, version >= 6)
    assert getattr(size, "value", size) == (8 if version < 4 else 16 if version < 6 else 24)
    for _, _, _, rule, _ in rules:
        assert isinstance(rule, bytes)
        assert not int.from_bytes(rule[:8], "little") & ~handled


def test_where_there_is_no_landlock_its_version_is_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refuses:
        def syscall(self, *_arguments: object) -> int:
            raise OSError(38, "not implemented")

    monkeypatch.setattr(landlock, "Kernel", Refuses)
    assert landlock.abi() == 0
