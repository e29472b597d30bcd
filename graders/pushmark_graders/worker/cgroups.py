"""Control groups: bounds on all of a worker's processes together, where the host has cgroup v2 (Linux).

The grader makes one group per worker and removes it; the worker's first process joins it. How they work:
https://docs.kernel.org/admin-guide/cgroup-v2.html.
"""

import contextlib
import itertools
import os
import time
from functools import lru_cache
from pathlib import Path

NEEDED = frozenset({"memory", "pids", "cpu"})
PERIOD = 100_000
"""Microseconds over which processor time is counted; the kernel's own default."""

_numbers = itertools.count(1)


class Unavailable(Exception):
    """There is no cgroup v2 to use here; the message says what is missing."""


@lru_cache(maxsize=1)
def parent() -> Path:
    """The group below which workers get theirs, made on first use. Raises Unavailable."""
    mount = _mount()
    if missing := sorted(NEEDED - set((mount / "cgroup.controllers").read_text().split())):
        raise Unavailable(f"cgroup v2 at {mount} has no controller {', '.join(missing)}")
    group = mount / "pushmark"
    try:
        _offer(mount)
        group.mkdir(exist_ok=True)
        _offer(group)
    except OSError as error:
        raise Unavailable(f"{group} cannot be made: {error.strerror}") from None
    return group


def _mount() -> Path:
    """Where the host has mounted cgroup v2: not at /sys/fs/cgroup itself, where version 1 is in use too."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mounts").read_text().splitlines():
            _, place, kind, *_ = line.split()
            if kind == "cgroup2":
                return Path(place)
    raise Unavailable("no cgroup v2 is mounted")


def _offer(group: Path) -> None:
    """Hand the controllers on to the groups below."""
    file = group / "cgroup.subtree_control"
    if lacking := NEEDED - set(file.read_text().split()):
        file.write_text(" ".join(f"+{name}" for name in sorted(lacking)))


def make(memory_mb: int, processes: int, processors: float) -> Path:
    """A new group: memory in MiB without swap, processes, and processors (0: as many as there are).

    Raises Unavailable.
    """
    group = parent() / f"worker-{os.getpid()}-{next(_numbers)}"
    try:
        group.mkdir()
        (group / "memory.max").write_text(str(memory_mb << 20))
        (group / "pids.max").write_text(str(processes))
        for name, value in (("memory.swap.max", "0"), ("memory.oom.group", "1")):
            if (group / name).exists():  # neither is there on every kernel
                (group / name).write_text(value)
        if processors:
            (group / "cpu.max").write_text(f"{int(processors * PERIOD)} {PERIOD}")
    except OSError as error:
        remove(group)
        raise Unavailable(f"{group} cannot be set up: {error.strerror}") from None
    return group


def join(group: str) -> None:
    """Move this process, and so all that it starts, into the group. Raises OSError."""
    Path(group, "cgroup.procs").write_text("0")


def remove(group: Path, seconds: float = 5.0) -> None:
    """Kill whatever is left in the group and remove it."""
    with contextlib.suppress(OSError):
        (group / "cgroup.kill").write_text("1")  # Linux 5.14; the worker's own end has killed them all before
    until = time.monotonic() + seconds
    while group.exists() and time.monotonic() < until:
        try:
            group.rmdir()
        except OSError:
            time.sleep(0.002)
