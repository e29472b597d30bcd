"""Starts and ends workers. Nothing else in the package knows how a worker is confined.

A person meets this module as one line of the report (which layers were in force), as the message of a check
whose worker died, ran out of time or flooded the protocol, and as a refusal to grade in too weak a sandbox.
"""

import base64
import contextlib
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NoReturn

import msgspec

from pushmark_graders import frames, process
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.worker import accounts, cgroups, entry, seccomp, tree
from pushmark_graders.worker.launched import Launched
from pushmark_graders.worker.layers import LAYERS, NAMESPACES, NEXT_STEP, Layer
from pushmark_graders.worker.output import Output
from pushmark_graders.worker.policy import Policy
from pushmark_graders.worker.pool import Forked, Pool, Unavailable
from pushmark_graders.worker.surroundings import runtime_folders, worker_environment

HELLO_SECONDS = 30.0
"""How long a worker may take to confine itself; it takes a tenth of a second on a quiet machine."""

_COME_TOGETHER: tuple[Layer, ...] = (*NAMESPACES, "folder quota")
"""Where one of these is refused, a worker starts again without all of them."""


_EVERYWHERE: tuple[Layer, ...] = ("resource limits",)
"""Layers that do not need Linux."""


class Hello(msgspec.Struct, frozen=True):
    """The worker's first word: the layers in force, and why others are not."""

    layers: list[Layer]
    missing: dict[Layer, str]


@dataclass(frozen=True, kw_only=True)
class Program:
    """What a worker becomes once it is confined: our runtime, another program, or the self-test's probes."""

    mode: Literal["serve", "exec", "probe"]
    source: str = "."
    argv: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    on_line: Callable[[str], None] | None = None
    planted: dict[str, Any] = field(default_factory=dict)
    pool: Pool | None = None
    listener: int | None = None
    alone: bool = False


def begin(
    policy: Policy, submission: Path, *, source: str, pool: Pool | None = None, alone: bool = False
) -> "Starting":
    """Begin to start a worker that answers calls on its socket, in a copy of `submission`; warm if `pool` has one.

    One that is `alone` can start threads and no processes, where seccomp is in force.

    Raises CouldNotGrade when no process can be started, and tree.TooMuch when the copy would be too large.
    """
    return Starting(policy, submission, Program(mode="serve", source=source, pool=pool, alone=alone))


def execute(
    policy: Policy,
    submission: Path,
    argv: list[str],
    *,
    env: dict[str, str],
    on_line: Callable[[str], None] | None,
    listener: int | None = None,
    alone: bool = False,
) -> tuple[Launched, list[Layer]]:
    """Start a program in place of that; what it leaves in its folder can be collected once it has stopped.

    `listener` is the descriptor of a listening socket that the program gets under the same number; `alone` as above.
    """
    program = Program(mode="exec", argv=argv, env=env, on_line=on_line, listener=listener, alone=alone)
    launched, hello = Starting(policy, submission, program).finish()
    return launched, hello.layers


def probe(
    policy: Policy, submission: Path, planted: dict[str, Any], pool: Pool | None = None
) -> tuple[Hello, list[bool]]:
    """Start a worker that tries to get out, and return which of the probes got through."""
    launched, hello = Starting(policy, submission, Program(mode="probe", planted=planted, pool=pool)).finish()
    try:
        told = frames.receive(launched.socket, frames.Limits(), time.monotonic() + HELLO_SECONDS)
        return hello, msgspec.convert(told, list[bool])
    except (OSError, EOFError, frames.FrameError, msgspec.ValidationError):
        said = launched.output.take()
        raise CouldNotGrade(f"the self-test of the sandbox broke: {said.strip()[-2000:]}", "report this") from None
    finally:
        launched.end()


class Starting:
    """A worker on its way: it confines itself while we do something else, and before any learner code runs."""

    def __init__(self, policy: Policy, submission: Path, program: Program) -> None:
        self._policy = policy
        self._submission = submission
        self._program = program
        self._missing: dict[Layer, str] = {}
        self._wanted = [layer for layer in LAYERS if layer not in policy.without]
        if sys.platform != "linux":
            self._missing = {layer: "only Linux has it" for layer in self._wanted if layer not in _EVERYWHERE}
            self._wanted = [layer for layer in self._wanted if layer in _EVERYWHERE]
        if os.getuid() != 0 and "own user id" in self._wanted:
            self._missing["own user id"] = "pushmark does not run as root"
            self._wanted.remove("own user id")
        self._launch = self._try()

    def finish(self) -> tuple[Launched, Hello]:
        """Wait for the worker's word on its layers; without namespaces where the platform refuses them.

        Raises CouldNotGrade when a layer that the policy requires is missing or the worker does not come up, and
        tree.TooMuch when its folder would be too large.
        """
        try:
            hello = self._hello()
        except _Refused as refused:
            self._missing |= {layer: str(refused) for layer in _COME_TOGETHER if layer in self._wanted}
            self._wanted = [layer for layer in self._wanted if layer not in _COME_TOGETHER]
            _check_required(self._policy, self._wanted, self._missing)
            self._launch = self._try()
            hello = self._hello()
        try:
            _check_required(self._policy, hello.layers, hello.missing)
        except CouldNotGrade:
            self.end()
            raise
        return self._launch.worker, hello

    def end(self) -> None:
        """Kill it, whether it came up or not. May be called twice."""
        self._launch.worker.end()

    def _try(self) -> "_Launch":
        return _Launch(self._policy, self._submission, self._program, self._wanted).run()

    def _hello(self) -> Hello:
        launch = self._launch
        try:
            deadline = time.monotonic() + HELLO_SECONDS
            if self._program.mode == "exec" and "folder quota" in launch.wanted:
                launch.take_folder(HELLO_SECONDS)
            told = frames.receive(launch.worker.socket, frames.Limits(max_bytes=1 << 20), deadline)
            hello = msgspec.convert(told, Hello)
        except (OSError, EOFError, frames.FrameError, msgspec.ValidationError):
            _did_not_start(launch.worker)
        if "mount namespace" in hello.layers:
            _remove(launch.scratch)  # its root is in memory now; a grader that is killed leaves no folder behind
        why = {**self._missing, **launch.missing, **hello.missing}
        return Hello(hello.layers, {layer: why[layer] for layer in LAYERS if layer in why})


class _Refused(Exception):
    """The platform refused namespaces; nothing of the learner's has run."""


def _did_not_start(worker: Launched) -> NoReturn:
    status, said = worker.exit_status(), worker.output.take().strip()
    worker.end()
    if status == entry.LAYER_MISSING:
        raise _Refused(said)
    if status == entry.TOO_MUCH:
        kind, _, what = said.partition("\n")
        raise tree.TooMuch(what, kind)
    next_step = "report this to Pushmark"
    if "ModuleNotFoundError" in said:  # the worker reads no PYTHONPATH and no user's own packages
        next_step = "install pushmark in a virtual environment: python -m venv .venv"
    elif os.getuid() == 0:
        next_step = (
            f"run pushmark as an ordinary user, or install it and Python where every user may read ({sys.prefix})"
        )
    raise CouldNotGrade(f"a worker did not start (status {status}): {said[-2000:]}", next_step)


def _check_required(policy: Policy, there: list[Layer], missing: dict[Layer, str]) -> None:
    lacking = [layer for layer in policy.required if layer not in there]
    if lacking:
        told = "; ".join(f"{layer} ({missing.get(layer, 'this platform has none')})" for layer in lacking)
        raise CouldNotGrade(
            f"this machine cannot give what policy {policy.name!r} requires: {told}",
            f"{NEXT_STEP[lacking[0]]}, or choose a weaker policy; `pushmark doctor --policy {policy.name}` shows more",
        )


class _Launch:
    """One attempt to start a worker: gathers what it needs and notes what has to go with it."""

    def __init__(self, policy: Policy, submission: Path, program: Program, wanted: list[Layer]) -> None:
        self.wanted = list(wanted)
        self.missing: dict[Layer, str] = {}
        self._policy = policy
        self._submission = submission
        self._program = program
        self._belongings = contextlib.ExitStack()

    def run(self) -> "_Launch":
        with contextlib.ExitStack() as undo:
            undo.callback(self._belongings.close)
            self.worker = self._spawn()
            undo.pop_all()
        return self

    def take_folder(self, seconds: float) -> None:
        """Receive the open folder in which a program will run. Raises OSError or EOFError."""
        self.worker.socket.settimeout(seconds)
        _, descriptors, _, _ = socket.recv_fds(self.worker.socket, 1, 1)
        if not descriptors:
            raise EOFError
        self.worker.folder = descriptors[0]
        self._belongings.callback(os.close, descriptors[0])

    def _spawn(self) -> Launched:
        self.scratch = Path(tempfile.mkdtemp(prefix="root-", dir=self._submission.parent))
        self._belongings.callback(_remove, self.scratch)
        filters, group = self._filter(), self._group()
        folder = self._submission if "folder quota" in self.wanted else self._copy()
        environment = worker_environment("/tmp" if "mount namespace" in self.wanted else str(self.scratch))
        ours, child = self._connect(folder, environment)
        self._belongings.callback(ours.close)
        assert child.stdout is not None
        output = Output(
            child.stdout, self._policy.output_kb << 10, self._program.on_line, end=self._program.mode == "exec"
        )
        launched = Launched(child, ours, output, self._belongings)
        launched.folder = None if folder == self._submission else folder
        with contextlib.suppress(OSError):  # it ended already: its output says why
            entry.send_config(ours, self._config(folder, environment, filters, group))
        return launched

    def _connect(self, folder: Path, environment: dict[str, str]) -> tuple[socket.socket, process.Process | Forked]:
        """Our end of a socket, and the process that will be the worker: it alone holds the other end."""

        def cold(theirs: socket.socket, _folder: Path) -> process.Process:
            return process.spawn(
                [sys.executable, "-I", entry.__file__],
                socket_for_child=theirs,
                others_for_child=self._other_descriptors(),
                env=environment,
            )

        for start in (self._warm, cold):  # a socket each: a server that ends while it forks leaves somebody who reads
            ours, theirs = socket.socketpair()
            with contextlib.ExitStack() as undo, theirs:
                undo.callback(ours.close)
                child = start(theirs, folder)
                if child is not None:
                    undo.pop_all()
                    break
        assert child is not None
        return ours, child

    def _warm(self, connection: socket.socket, folder: Path) -> Forked | None:
        """A worker of the pool, where it has one that would behave as a cold one does."""
        pool = self._program.pool
        if pool is None or self._program.mode == "exec":
            return None
        with contextlib.suppress(Unavailable):
            if pool.suits(_top_level(folder / self._program.source)):
                return pool.spawn(connection)
        pool.served_all = False
        return None

    def _config(self, folder: Path, environment: dict[str, str], filters: bytes, group: str) -> dict[str, Any]:
        limits = (
            "landlock_abi", "memory_mb", "total_memory_mb", "file_mb", "open_files", "processes", "scratch_mb",
            "folder_mb", "folder_files", "frame_mb",
        )  # fmt: skip
        return {
            "platform": sys.platform,
            "mode": self._program.mode,
            "wanted": self.wanted,
            "submission": str(folder),
            "root": str(self.scratch),
            "readable": runtime_folders(),
            "source": self._program.source,
            "argv": self._program.argv,
            "env": environment | self._program.env,
            "planted": self._program.planted | {"cgroup": group},
            "uid": self._user_id(),
            "cgroup": group,
            "listener": self._program.listener,
            "seccomp": base64.b64encode(filters).decode(),
            **{name: getattr(self._policy, name) for name in limits},
        }

    def _user_id(self) -> int:
        if os.getuid() != 0 or "own user id" not in self.wanted:
            return os.getuid()
        account = accounts.take()
        self._belongings.callback(account.release)
        return account.uid

    def _filter(self) -> bytes:
        if "seccomp" not in self.wanted:
            return b""
        try:
            return seccomp.program(alone=self._program.alone)
        except seccomp.Unavailable as error:
            self._miss("seccomp", str(error))
            return b""

    def _group(self) -> str:
        if "cgroup limits" not in self.wanted:
            return ""
        policy = self._policy
        try:
            group = cgroups.make(policy.total_memory_mb, policy.processes, policy.processors)
        except cgroups.Unavailable as error:
            self._miss("cgroup limits", str(error))
            return ""
        self._belongings.callback(cgroups.remove, group)
        return str(group)

    def _miss(self, layer: Layer, reason: str) -> None:
        self.wanted.remove(layer)
        self.missing[layer] = reason

    def _copy(self) -> Path:
        """The submission's folder for a worker whose folder is not in memory: its own, on disk."""
        copy = Path(tempfile.mkdtemp(prefix="worker-", dir=self._submission.parent))
        self._belongings.callback(_remove, copy)
        tree.private_copy(self._submission, copy, max_bytes=self._policy.folder_mb << 20)
        return copy

    def _other_descriptors(self) -> list[int]:
        """The socket that a service listens on; and for the self-test a descriptor that a worker must not keep."""
        if self._program.mode != "probe":
            return [] if self._program.listener is None else [self._program.listener]
        descriptor = os.open(self._program.planted["secret"], os.O_RDONLY)
        self._belongings.callback(os.close, descriptor)
        return [descriptor]


def _top_level(source: Path) -> list[str]:
    """The names under which a submission's own modules would be imported."""
    try:
        return [name.partition(".")[0] for name in os.listdir(source)]
    except OSError:
        return []


def _remove(folder: Path) -> None:
    with contextlib.suppress(OSError):
        tree.remove(folder)
