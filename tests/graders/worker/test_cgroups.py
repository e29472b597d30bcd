"""Control groups: what is asked of the host, what is said where it has none, and that nothing of a group stays."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pushmark_graders.worker import cgroups


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    cgroups.parent.cache_clear()
    yield
    cgroups.parent.cache_clear()


@pytest.fixture
def hierarchy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files of a cgroup v2 mount, for what is written where."""
    (tmp_path / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    (tmp_path / "cgroup.subtree_control").write_text("memory pids\n")
    (tmp_path / "pushmark").mkdir()
    (tmp_path / "pushmark" / "cgroup.subtree_control").write_text("")
    monkeypatch.setattr(cgroups, "_mount", lambda: tmp_path)
    return tmp_path


def test_a_group_is_given_memory_processes_and_processors(hierarchy: Path) -> None:
    group = cgroups.make(512, 64, 1.5)
    assert group.parent == hierarchy / "pushmark"
    assert {name: (group / name).read_text() for name in ("memory.max", "pids.max", "cpu.max")} == {
        "memory.max": str(512 << 20),
        "pids.max": "64",
        "cpu.max": "150000 100000",
    }


def test_controllers_are_handed_down_only_where_they_are_not_yet(hierarchy: Path) -> None:
    cgroups.parent()
    assert (hierarchy / "cgroup.subtree_control").read_text() == "+cpu"
    assert (hierarchy / "pushmark" / "cgroup.subtree_control").read_text() == "+cpu +memory +pids"


def test_two_workers_have_two_groups(hierarchy: Path) -> None:
    assert cgroups.make(512, 64, 0.0) != cgroups.make(512, 64, 0.0)
    assert not list(hierarchy.glob("pushmark/*/cpu.max"))


def test_a_host_without_the_controllers_is_told_which_are_missing(hierarchy: Path) -> None:
    (hierarchy / "cgroup.controllers").write_text("hugetlb memory\n")
    with pytest.raises(cgroups.Unavailable, match="has no controller cpu, pids"):
        cgroups.make(512, 64, 0.0)


def test_a_hierarchy_that_may_not_be_written_to_is_told(hierarchy: Path) -> None:
    (hierarchy / "pushmark" / "cgroup.subtree_control").unlink()
    (hierarchy / "pushmark").rmdir()
    (hierarchy / "pushmark").write_text("a file in the way")
    with pytest.raises(cgroups.Unavailable, match="pushmark cannot be made"):
        cgroups.parent()


def real_mount() -> Path | None:
    try:
        mount = cgroups._mount()
    except cgroups.Unavailable:
        return None
    return mount if os.access(mount, os.W_OK) else None


@pytest.mark.skipif(real_mount() is None, reason="needs root and a mounted cgroup v2, with or without controllers")
def test_whatever_is_left_in_a_real_group_is_killed_and_the_group_removed() -> None:
    mount = real_mount()
    assert mount is not None
    group = mount / f"pushmark-test-{os.getpid()}"
    group.mkdir()
    ready, theirs = os.pipe()
    child = os.fork()
    if not child:
        cgroups.join(str(group))
        os.fork()
        os.write(theirs, b".")
        time.sleep(60)
    os.read(ready, 2)
    members = {int(line) for line in (group / "cgroup.procs").read_text().split()}
    assert child in members
    cgroups.remove(group)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert not group.exists()


def has_controllers() -> bool:
    try:
        cgroups.parent()
    except cgroups.Unavailable:
        return False
    finally:
        cgroups.parent.cache_clear()
    return True


@pytest.mark.skipif(not has_controllers(), reason="needs root and cgroup v2 with memory, pids and cpu")
def test_a_real_group_bounds_the_memory_of_all_its_processes_together() -> None:
    group = cgroups.make(64, 16, 0.0)
    child = os.fork()
    if not child:
        cgroups.join(str(group))
        for _ in range(4):
            if not os.fork():
                kept = os.urandom(1 << 20) * 40
                time.sleep(60)
                os._exit(len(kept))
        time.sleep(60)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    cgroups.remove(group)
    assert not group.exists()
