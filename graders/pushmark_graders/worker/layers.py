"""The layers of the sandbox: what each is called, what it does, and what to do where it is missing.

A learner meets the names in the last line of a report, an operator in `pushmark doctor`.
"""

from typing import Literal, get_args

Layer = Literal[
    "own user id",
    "no capabilities",
    "no new privileges",
    "pid namespace",
    "mount namespace",
    "network namespace",
    "ipc namespace",
    "uts namespace",
    "folder quota",
    "resource limits",
    "landlock",
    "seccomp",
    "closed descriptors",
    "cgroup limits",
]

LAYERS: tuple[Layer, ...] = get_args(Layer)

NAMESPACES: tuple[Layer, ...] = (
    "pid namespace",
    "mount namespace",
    "network namespace",
    "ipc namespace",
    "uts namespace",
)

WHERE_THE_HOST_HAS_THEM: tuple[Layer, ...] = ("cgroup limits",)
"""Not every kernel offers these; where they are missing a watch over all of a worker's processes stands in."""

ABOUT: dict[Layer, str] = {
    "own user id": "a user id that no account, no other worker and no file of the host has; no groups",
    "no capabilities": "all capability sets empty, the bounding set included",
    "no new privileges": "no program that it starts can gain rights",
    "pid namespace": "it sees no process but its own, and all of them end with it",
    "mount namespace": "a file system of the read-only runtime, the submission and a private /tmp, /dev and /proc",
    "network namespace": "no network interface, and no abstract socket of the host",
    "ipc namespace": "no shared memory, semaphore or message queue of the host",
    "uts namespace": "a host name of its own",
    "folder quota": "its folder is in memory, with a limit on bytes and on files",
    "resource limits": "bounded memory, file size, open files and processes; no core dumps",
    "landlock": "the kernel refuses every file that is not listed, TCP ports, and signals to the outside",
    "seccomp": "the kernel refuses system calls that a submission does not need, and all network sockets",
    "closed descriptors": "it inherits its output and the socket to the grader, and nothing else",
    "cgroup limits": "memory without swap, processes and processor time of all its processes together",
}

NEXT_STEP: dict[Layer, str] = {
    "own user id": "run pushmark as root: it never runs learner code as root, but as a user of its own",
    "no capabilities": "run pushmark on Linux",
    "no new privileges": "run pushmark on Linux",
    "pid namespace": "run pushmark as root, or allow ordinary users to make user namespaces",
    "mount namespace": "run pushmark as root, or allow ordinary users to make user namespaces",
    "network namespace": "run pushmark as root, or allow ordinary users to make user namespaces",
    "ipc namespace": "run pushmark as root, or allow ordinary users to make user namespaces",
    "uts namespace": "run pushmark as root, or allow ordinary users to make user namespaces",
    "folder quota": "it comes with the mount namespace",
    "resource limits": "run pushmark on Linux",
    "landlock": "use Linux 6.7 or newer with landlock among the security modules (boot parameter lsm=landlock,...)",
    "seccomp": "install libseccomp (Debian and Ubuntu: sudo apt-get install libseccomp2)",
    "closed descriptors": "run pushmark on Linux",
    "cgroup limits": "run pushmark as root on a host with cgroup v2 (systemd 244 or newer mounts it at /sys/fs/cgroup)",
}
