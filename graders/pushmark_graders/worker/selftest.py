"""Proves the sandbox before anything is graded in it: a worker of our own tries to get out.

A layer that the kernel granted but that does not hold is a reason not to grade. `pushmark doctor` shows the
verdict per layer; `grade` asks once, before the first learner byte is read.
"""

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from pushmark_graders import temporary
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.worker import launcher, probes
from pushmark_graders.worker.layers import LAYERS, NEXT_STEP, Layer
from pushmark_graders.worker.policy import Policy
from pushmark_graders.worker.pool import Pool

SMALL = {"folder_mb": 2, "folder_files": 64, "file_mb": 8, "scratch_mb": 2}
"""Limits that a probe can reach in no time; the mechanism is the same for larger ones."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one layer: `off` on purpose, `missing`, `leaky` when a probe got through, or `holds`."""

    layer: Layer
    state: str
    probes: int = 0
    got_through: list[str] = []
    reason: str = ""
    next_step: str = ""


_LIMITS = ("folder_mb", "folder_files", "memory_mb", "file_mb", "open_files")
_proved: set[tuple[object, ...]] = set()


def prove(policy: Policy, pool: Pool | None = None) -> None:
    """Run the self-test if the policy asks for it: once per process, set of layers and kind of worker.

    Raises CouldNotGrade.
    """
    about = (policy.name, policy.required, policy.without, policy.landlock_abi, pool is not None)
    if not policy.self_test or about in _proved:
        return
    leaky = [verdict for verdict in examine(policy, pool) if verdict.state == "leaky"]
    if leaky:
        told = "; ".join(f"{one.layer}: a worker {', and '.join(one.got_through)}" for one in leaky)
        raise CouldNotGrade(
            f"the sandbox does not hold on this machine ({told})",
            "grade on another machine, and report this: SECURITY.md says how",
        )
    _proved.add(about)


def examine(policy: Policy, pool: Pool | None = None) -> list[Verdict]:
    """One verdict per layer, in order.

    Raises CouldNotGrade when a layer that the policy requires is missing.
    """
    tried = replace(policy, **SMALL)
    with temporary.folder() as folder, _planted(tried, folder) as planted:
        submission = folder / "submission"
        submission.mkdir()
        hello, through = launcher.probe(tried, submission, planted, pool)
    found: dict[Layer, list[str]] = {layer: [] for layer in LAYERS}
    for (layer, about, _), got_through in zip(probes.PROBES, through, strict=True):
        if got_through:
            found[layer].append(about)
    return [_judge(policy, layer, hello, found[layer]) for layer in LAYERS]


def _judge(policy: Policy, layer: Layer, hello: launcher.Hello, got_through: list[str]) -> Verdict:
    count = sum(1 for owner, _, _ in probes.PROBES if owner == layer)
    if layer in policy.without:
        return Verdict(layer=layer, state="off", probes=count, got_through=got_through)
    if layer not in hello.layers:
        reason = hello.missing.get(layer, "the platform has none")
        return Verdict(
            layer=layer,
            state="missing",
            probes=count,
            got_through=got_through,
            reason=reason,
            next_step=NEXT_STEP[layer],
        )
    return Verdict(layer=layer, state="leaky" if got_through else "holds", probes=count, got_through=got_through)


@contextmanager
def _planted(policy: Policy, folder: Path) -> Iterator[dict[str, Any]]:
    """Things that a confined worker must not reach: a secret, an open folder, sockets, a descriptor."""
    folder.chmod(0o755)
    secret, open_folder = folder / "secret", folder / "open"
    secret.write_text(secrets.token_hex(8))
    secret.chmod(0o644)
    open_folder.mkdir()
    open_folder.chmod(0o777)
    name = f"pushmark-{secrets.token_hex(8)}"
    with socket.create_server(("127.0.0.1", 0)) as server, closing(socket.socket(socket.AF_UNIX)) as abstract:
        if Path("/proc/self/ns").exists():
            abstract.bind("\0" + name)
            abstract.listen()
        yield {
            "secret": str(secret),
            "open_folder": str(open_folder),
            "abstract": name,
            "port": server.getsockname()[1],
            "pid": os.getpid(),
            "uid": os.getuid(),
            "gid": os.getgid(),
            "namespaces": {path.name: path.stat().st_ino for path in Path("/proc/self/ns").glob("*")},
            "cgroup": "",
            **{
                name: getattr(policy, name)
                for name in ("folder_mb", "folder_files", "memory_mb", "file_mb", "open_files")
            },
        }
