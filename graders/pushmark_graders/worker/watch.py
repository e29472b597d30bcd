"""Watches how much all processes of a worker hold together, where no control group counts it (Linux).

Limits of a process are limits of each process. The supervisor adds up what they hold a few times a second.
"""

from collections.abc import Iterator
from pathlib import Path

_PAGE = 4096
_SOCKET_BYTES = 2 * 212_992
"""What one socket may keep unread: twice net.core.wmem_default."""


class Watch:
    """Looks at the process `first` and all its descendants."""

    def __init__(self, first: int, most_mb: int, *, own_network: bool) -> None:
        self._first = first
        self._most = most_mb << 20
        self._own_network = own_network

    def is_over(self) -> bool:
        """Whether they hold more than they may: resident memory, shared pages counted once, and full sockets."""
        found = list(_descendants(self._first))
        room = self._most - (_in_sockets(self._first) if self._own_network else 0)
        return sum(map(_resident, found)) > room and sum(map(_proportional, found)) > room


def _descendants(pid: int) -> Iterator[int]:
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        yield one
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            waiting += map(int, _read(children).split())


def _read(path: Path | str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""  # it ended meanwhile


def _resident(pid: int) -> int:
    fields = _read(f"/proc/{pid}/statm").split()
    return int(fields[1]) * _PAGE if len(fields) > 1 else 0


def _proportional(pid: int) -> int:
    """Resident memory in bytes with each shared page divided by its users; what is resident where that is secret."""
    for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) << 10
    return _resident(pid)


def _in_sockets(pid: int) -> int:
    """The most that the sockets of the process's network namespace can hold."""
    words = _read(f"/proc/{pid}/net/sockstat").split()
    return int(words[2]) * _SOCKET_BYTES if words[:2] == ["sockets:", "used"] else 0
