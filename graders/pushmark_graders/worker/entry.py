"""The worker's first lines, started by path with `python -I`: confine, then serve or exec.

Three processes: the *supervisor* (child of the grader; outside the new namespaces) waits and reports
the exit status; the *init* (first process of the new process namespace) builds the root and reaps;
the *worker* runs learner code. Where namespaces are not to be had there is no init, and the supervisor
adopts orphans and kills every descendant at the end.
"""

import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from pushmark_graders.worker import confine

SOCKET = 3
"""The descriptor under which the worker keeps its end of the socket."""
LAYER_MISSING = 97
"""Exit status of a worker that stopped before any learner code because a layer was refused."""


@dataclass(frozen=True)
class Config:
    """What the launcher passes as JSON; nothing in it is secret."""

    mode: str
    submission: str
    root: str
    readable: list[str]
    source: str
    argv: list[str]
    env: dict[str, str]
    uid: int
    namespaces: bool
    memory_mb: int
    file_mb: int
    open_files: int
    processes: int
    scratch_mb: int
    frame_mb: int


def main() -> NoReturn:
    config = Config(**json.loads(sys.argv[1]))
    _move_socket(int(sys.argv[2]))
    sys.argv = ["worker"]
    try:
        if sys.platform == "linux":
            (_with_namespaces if config.namespaces else _without_namespaces)(config)
        _work(config, layers=[])
    except confine.LayerMissing as missing:
        os.write(2, str(missing).encode())
        os._exit(LAYER_MISSING)


def _move_socket(inherited: int) -> None:
    if inherited != SOCKET:
        os.dup2(inherited, SOCKET, inheritable=False)
        os.close(inherited)
    os.set_inheritable(SOCKET, False)


def _with_namespaces(config: Config) -> NoReturn:
    confine.enter_namespaces()
    confine.die_with_parent()
    init = os.fork()
    if init:
        os.close(SOCKET)
        _leave_as(init)
    try:
        confine.die_with_parent()
        if os.getuid() == 0:
            confine.give_to_worker(config.submission, config.uid)
        confine.build_root(
            config.root, config.submission, config.readable, uid=config.uid, scratch_mb=config.scratch_mb
        )
    except confine.LayerMissing as missing:
        os.write(2, str(missing).encode())
        os._exit(LAYER_MISSING)
    worker = os.fork()
    if worker:
        os.close(SOCKET)
        _leave_as(worker)
    _work(config, layers=["pid namespace", "mount namespace", "network namespace"])


def _leave_as(child: int) -> NoReturn:
    """Reap until `child` ends, then end with its status: the namespace, and all in it, ends with its init."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == child:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _without_namespaces(config: Config) -> NoReturn:
    confine.adopt_orphans()
    if os.getuid() == 0:
        for folder in (config.submission, config.root):  # without a root of its own, the latter is the worker's home
            confine.give_to_worker(folder, config.uid)
    signal.signal(signal.SIGTERM, lambda _number, _frame: _end(143))
    confine.die_with_parent(signal.SIGTERM)  # not SIGKILL: what the worker started must go first
    worker = os.fork()
    if not worker:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _work(config, layers=[])
    os.close(SOCKET)
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == worker:
            _end(os.waitstatus_to_exitcode(status) & 0xFF)


def _end(status: int) -> NoReturn:
    """Kill every descendant, however deep it hides, then leave."""
    while children := _children(os.getpid()):
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    os._exit(status)


def _children(pid: int) -> list[int]:
    """Direct children; grandchildren become direct ones as their parents die, because we adopt orphans."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _work(config: Config, layers: list[str]) -> NoReturn:
    """Become the worker: no privileges, bounded, in the submission's folder."""
    if sys.platform == "linux":
        own_account = os.getuid() == 0
        confine.drop_privileges(config.uid)
        confine.die_with_parent()
        confine.limit_resources(
            memory_mb=config.memory_mb,
            file_mb=config.file_mb,
            open_files=config.open_files,
            processes=config.processes if own_account else None,
        )
        confine.close_all_but({SOCKET})
        layers = ["unprivileged user", *layers, "no new privileges", "resource limits"]
    folder = confine.SUBMISSION if "mount namespace" in layers else config.submission
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(config.env)
    if config.mode == "exec":
        _say_hello(layers)
        os.execvpe(config.argv[0], config.argv, config.env)  # noqa: S606  (no shell is wanted)
    from pushmark_graders.worker import runtime  # noqa: PLC0415  (after confinement: less to inherit)

    runtime.serve(SOCKET, folder=folder, source=config.source, layers=layers, frame_mb=config.frame_mb)


def _say_hello(layers: list[str]) -> None:
    """Tell the grader which layers are in force; the socket itself does not survive the exec."""
    import socket  # noqa: PLC0415  (after confinement: less to inherit)

    from pushmark_graders import frames  # noqa: PLC0415

    with socket.socket(fileno=SOCKET) as connection:
        frames.send(connection, layers, frames.Limits(), None)


if __name__ == "__main__":
    main()
