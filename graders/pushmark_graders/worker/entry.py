"""The worker's first lines, started by path with `python -I`: confine, then serve, exec or be probed.

Three processes: the *supervisor* (child of the grader; keeps the host's view) waits, watches and kills what is
left at the end; the *init* (first process of the new process namespace) builds the root and reaps; the
*worker* runs learner code. Each layer that the launcher wants is put in force here or named as missing.
"""

import base64
import contextlib
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
import types
from pathlib import Path
from typing import Any, Literal, NoReturn

from pushmark_graders.worker import landlock, namespaces, privileges, root, seccomp, tree
from pushmark_graders.worker.layers import LAYERS, NAMESPACES, Layer
from pushmark_graders.worker.watch import Watch

SOCKET = 3
"""The descriptor under which the worker keeps its end of the socket."""
LAYER_MISSING = 97
"""Exit status of a worker that stopped before any learner code because its namespaces were refused."""
TOO_MUCH = 98
"""Exit status of a worker whose submission does not fit into its folder."""
OUT_OF_MEMORY = 99
"""Exit status of a worker whose processes held more than they may, all together."""

ASKED_TO_END = 128 + 15
"""Exit status of a worker that was ended from outside."""

SPENT = struct.Struct("<dQ")
"""What follows a status that is told: seconds of processor time of all processes, and KiB of the largest one."""

WATCH_SECONDS = 0.1
COUNT_SECONDS = 0.5
"""How long killed processes have to end before the rest of their namespace goes too."""
_NUMBER = 4
_PROCESSES_COUNT_PER_NAMESPACE = (5, 14)
"""From this kernel on RLIMIT_NPROC does not count an ordinary user's other processes in a user namespace."""


class Config:
    """What the launcher tells the worker over the socket; nothing in it is secret."""

    platform: str
    mode: Literal["serve", "exec", "probe"]
    wanted: list[Layer]
    submission: str
    root: str
    readable: list[str]
    source: str
    argv: list[str]
    env: dict[str, str]
    planted: dict[str, Any]
    uid: int
    cgroup: str
    listener: int | None
    seccomp: str
    landlock_abi: int
    memory_mb: int
    total_memory_mb: int
    file_mb: int
    open_files: int
    processes: int
    scratch_mb: int
    folder_mb: int
    folder_files: int
    frame_mb: int

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


class Layers:
    """Which of the wanted layers are in force, and why the others are not."""

    def __init__(self, wanted: list[Layer]) -> None:
        self.wanted = wanted
        self.in_force: list[Layer] = []
        self.missing: dict[Layer, str] = {}

    def note(self, *layers: Layer) -> None:
        self.in_force += [layer for layer in layers if layer in self.wanted]


def main() -> NoReturn:
    _move_socket(int(sys.argv[1]))
    run(None)


def run(status: int | None) -> NoReturn:
    """Confine this process as it is told over `SOCKET`, and become a worker.

    `status` is a descriptor to tell the exit status on, where the parent is not the grader.
    """
    config = _receive()
    sys.argv = ["worker"]
    layers = Layers(config.wanted)
    if config.platform == "linux":
        _supervise(config, layers, status)
    _work(config, layers)


def send_config(connection: socket.socket, values: dict[str, Any]) -> None:
    """The grader's half of the first message. Raises OSError when the worker is gone."""
    text = json.dumps(values).encode()
    connection.sendall(len(text).to_bytes(_NUMBER, "little") + text)


def _receive() -> Config:
    with socket.socket(fileno=os.dup(SOCKET)) as connection, connection.makefile("rb", buffering=0) as stream:
        size = int.from_bytes(_exactly(stream, _NUMBER), "little")
        return Config(**json.loads(_exactly(stream, size)))


def _exactly(stream: Any, size: int) -> bytes:
    """Not a byte more: what follows belongs to the worker's own reader."""
    found = b""
    while len(found) < size and (chunk := stream.read(size - len(found))):
        found += chunk
    return found


def _move_socket(inherited: int) -> None:
    if inherited != SOCKET:
        os.dup2(inherited, SOCKET, inheritable=False)
        os.close(inherited)
    os.set_inheritable(SOCKET, False)


def _supervise(config: Config, layers: Layers, status: int | None) -> NoReturn:
    """Be the supervisor; the worker is a child of a child."""
    privileges.adopt_orphans()
    _join_cgroup(config, layers)
    try:
        own_user_namespace = _enter_namespaces(config, layers)
    except OSError as error:
        os.write(2, f"namespaces: {error}".encode())
        _tell(status, LAYER_MISSING)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD, signal.SIGTERM})
    if status is None:  # else who asks is not our parent, and may go on when that ends: see _nobody_reads
        privileges.die_with_parent(signal.SIGTERM)  # not SIGKILL: what the worker started must go first
    init = os.fork()
    if init == 0:
        if status is not None:
            os.close(status)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD, signal.SIGTERM})
        _begin(config, layers, own_user_namespace=own_user_namespace)
    _close_sockets(config)
    counted = "cgroup limits" in layers.in_force
    own_network = "network namespace" in layers.in_force
    watch = None if counted else Watch(init, config.total_memory_mb, own_network=own_network)
    _tell(status, _wait(init, watch, status))


def _join_cgroup(config: Config, layers: Layers) -> None:
    if config.cgroup:
        from pushmark_graders.worker import cgroups  # noqa: PLC0415  (only where there is one)

        cgroups.join(config.cgroup)
        layers.note("cgroup limits")


def _enter_namespaces(config: Config, layers: Layers) -> bool:
    made_user_namespace = namespaces.enter(config.wanted)
    layers.note(*(layer for layer in NAMESPACES if layer != "mount namespace"))
    return made_user_namespace


def _stop(status: int, said: str) -> NoReturn:
    os.write(2, said.encode())
    os._exit(status)


def _wait(child: int, watch: Watch | None, status: int | None) -> int:
    """Reap until `child` ends, the grader asks for the end or is gone, or too much is held; returns the exit status."""
    look = time.monotonic() + WATCH_SECONDS
    while True:
        pid, ended = os.waitpid(-1, os.WNOHANG)
        if pid == child:
            return os.waitstatus_to_exitcode(ended) & 0xFF
        if time.monotonic() >= look:  # whatever else happens: children that end without end must not keep us from it
            if watch is not None and watch.is_over():
                return OUT_OF_MEMORY
            if status is not None and _nobody_reads(status):
                return ASKED_TO_END
            look = time.monotonic() + WATCH_SECONDS
        if pid:
            continue
        received = signal.sigtimedwait({signal.SIGCHLD, signal.SIGTERM}, max(0.0, look - time.monotonic()))
        if received is not None and received.si_signo == signal.SIGTERM:
            return ASKED_TO_END


def _nobody_reads(descriptor: int) -> bool:
    """Whether the other end of a pipe is closed: the grader that asked for this worker is gone."""
    asked = select.poll()
    asked.register(descriptor, 0)
    return bool(asked.poll(0))


def _tell(status: int | None, code: int) -> NoReturn:
    """Leave nothing behind, say how it ended and what it took, and end."""
    _end_by_themselves()
    _kill_all()
    if status is not None:
        took = resource.getrusage(resource.RUSAGE_CHILDREN)
        with contextlib.suppress(OSError):
            os.write(status, bytes([code]) + SPENT.pack(took.ru_utime + took.ru_stime, took.ru_maxrss))
    os._exit(code)


def _end_by_themselves() -> None:
    """Kill what our children started, and give them a moment to end: what dies with an init takes its time along.

    The kernel counts no processor time of processes that it ends because the init of their namespace did.
    """
    for child in _children():
        for grandchild in _children(child):
            with contextlib.suppress(OSError):
                os.kill(grandchild, signal.SIGKILL)
    until = time.monotonic() + COUNT_SECONDS
    while time.monotonic() < until:
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.001)
        except ChildProcessError:
            return


def _kill_all() -> None:
    """Kill every descendant, however deep it hides. The end of an init is that of its whole namespace."""
    while children := _children():
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break


def _children(of: int | None = None) -> list[int]:
    """Direct children, ours by default; grandchildren become ours as their parents die, because we adopt orphans."""
    number = of or os.getpid()
    try:
        return [int(child) for child in Path(f"/proc/{number}/task/{number}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _begin(config: Config, layers: Layers, *, own_user_namespace: bool) -> NoReturn:
    """Be the init: build the root, start the worker, and end with it."""
    privileges.die_with_parent()
    try:
        if "mount namespace" in config.wanted:
            namespaces.leave_file_system()
            root.build(_root_of(config))
            layers.note("mount namespace", "folder quota")
        elif os.getuid() == 0:
            for folder in (config.submission, config.root):  # without a root of its own, the latter is its home
                root.give_to(folder, config.uid)
    except OSError as error:
        _stop(LAYER_MISSING, f"mount namespace: {error}")
    except tree.TooMuch as error:
        _stop(TOO_MUCH, f"{error.kind}\n{error.what}")
    if config.mode == "exec" and "folder quota" in layers.in_force:
        _hand_over_folder()
    worker = os.fork()
    if worker == 0:
        _work(config, layers, own_user_namespace=own_user_namespace)
    _close_sockets(config)
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == worker:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _close_sockets(config: Config) -> None:
    """Leave both to the worker alone: when it ends, whoever waits at the other ends is told."""
    os.close(SOCKET)
    if config.listener is not None:
        os.close(config.listener)


def _root_of(config: Config) -> root.Root:
    return root.Root(
        folder=config.root,
        submission=config.submission,
        readable=config.readable,
        uid=config.uid,
        scratch_mb=config.scratch_mb,
        quota="folder quota" in config.wanted,
        folder_mb=config.folder_mb,
        folder_files=config.folder_files,
    )


def _hand_over_folder() -> None:
    """Give the grader the open folder, so that it can read what a program left there once all processes are gone."""
    folder = os.open(root.SUBMISSION, os.O_RDONLY | os.O_DIRECTORY)
    with socket.socket(fileno=os.dup(SOCKET)) as connection:
        socket.send_fds(connection, [b"."], [folder])
    os.close(folder)


def _work(config: Config, layers: Layers, *, own_user_namespace: bool = False) -> NoReturn:
    """Become the worker: confined for good, in the submission's folder."""
    rooted = "mount namespace" in layers.in_force
    folder = root.SUBMISSION if rooted else config.submission
    if config.platform == "linux":
        _give_up(config, layers, own_user_namespace=own_user_namespace)
        _close_doors(config, layers, [folder, "/tmp" if rooted else config.root, "/dev/shm"])
    elif "resource limits" in config.wanted:
        _limit(config, layers, processes=None)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(config.env)
    if config.mode == "exec":
        _say_hello(layers)
        os.execvpe(config.argv[0], config.argv, config.env)  # noqa: S606  (no shell is wanted)
    if config.mode == "probe":
        from pushmark_graders.worker import probes  # noqa: PLC0415

        probes.serve(SOCKET, hello(layers), config.planted)
    from pushmark_graders.worker import runtime  # noqa: PLC0415  (after confinement: less to inherit)

    sys.modules["__main__"] = types.ModuleType("__main__")  # else multiprocessing runs this file again in its children
    runtime.serve(SOCKET, folder=folder, source=config.source, hello=hello(layers), frame_mb=config.frame_mb)


def _give_up(config: Config, layers: Layers, *, own_user_namespace: bool) -> None:
    """Privileges and more than a fair share; the order matters, for each step takes the right to the one before."""
    if "no capabilities" in config.wanted:
        privileges.shrink_bounding_set()
    own_account = "own user id" in config.wanted
    if own_account:
        privileges.become(config.uid)
        layers.note("own user id")
    privileges.die_with_parent()
    if "resource limits" in config.wanted:
        counted_apart = own_account or (own_user_namespace and _kernel() >= _PROCESSES_COUNT_PER_NAMESPACE)
        _limit(config, layers, processes=config.processes if counted_apart else None)
    if "closed descriptors" in config.wanted:
        privileges.close_all_but({SOCKET} if config.listener is None else {SOCKET, config.listener})
        layers.note("closed descriptors")
    if "no capabilities" in config.wanted:
        privileges.drop_capabilities()
        layers.note("no capabilities")
    if "no new privileges" in config.wanted:
        privileges.forbid_new_privileges()
        layers.note("no new privileges")


def _limit(config: Config, layers: Layers, processes: int | None) -> None:
    privileges.limit_resources(
        memory_mb=config.memory_mb, file_mb=config.file_mb, open_files=config.open_files, processes=processes
    )
    layers.note("resource limits")


def _kernel() -> tuple[int, ...]:
    return tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2] if part.isdigit())


def _close_doors(config: Config, layers: Layers, own: list[str]) -> None:
    """Landlock and seccomp, the last steps."""
    if "landlock" in config.wanted:
        version = landlock.abi()
        if version < max(config.landlock_abi, 1):
            layers.missing["landlock"] = (
                f"the kernel has version {version} of Landlock, the policy asks for {config.landlock_abi}"
                if version
                else "the kernel has no Landlock, or it is not among the security modules"
            )
        else:
            _try("landlock", layers, lambda: landlock.restrict(root.landlock_rules(config.readable, own)))
    if config.seccomp:
        _try("seccomp", layers, lambda: seccomp.install(base64.b64decode(config.seccomp)))


def _try(layer: Layer, layers: Layers, step: Any) -> None:
    try:
        step()
        layers.note(layer)
    except OSError as error:
        layers.missing[layer] = str(error)


def hello(layers: Layers) -> dict[str, Any]:
    """The worker's first message: the layers in force, and why others are not."""
    in_force = [layer for layer in LAYERS if layer in layers.in_force]
    return {"layers": in_force, "missing": dict(layers.missing)}


def _say_hello(layers: Layers) -> None:
    """Tell the grader which layers are in force; the socket itself does not survive the exec."""
    from pushmark_graders import frames  # noqa: PLC0415  (after confinement: less to inherit)

    with socket.socket(fileno=SOCKET) as connection:
        frames.send(connection, hello(layers), frames.Limits(), None)


if __name__ == "__main__":
    main()
