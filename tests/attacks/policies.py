"""The policies under which cases are graded: the one that is asked for, and files with layers left out of it."""

import os
from collections.abc import Sequence
from pathlib import Path

from pushmark_graders.worker.layers import LAYERS, Layer
from pushmark_graders.worker.policy import load

FOLLOW: dict[Layer, tuple[Layer, ...]] = {"no new privileges": ("landlock", "seccomp")}
"""Layers that the kernel gives a process without rights only together with another."""


def usual() -> str:
    """What grades count under: every layer for root; what an ordinary user can have, for others."""
    return "strict" if os.getuid() == 0 else "standard"


def without(base: str, off: Sequence[Layer], folder: Path) -> str:
    """The path of a policy file that is the built-in `base` less the layers `off`; `base` itself where none is."""
    if not off:
        return base
    gone = {*off, *(layer for one in off for layer in FOLLOW.get(one, ()))}
    required = [layer for layer in load(base).required if layer not in gone]
    name = f"{base}-without-{'-'.join(off) if len(off) < len(LAYERS) else 'all'}".replace(" ", "-")
    path = folder / f"{name}.toml"
    path.write_text(
        f'name = "{name}"\nextends = "{base}"\nself_test = false\n'
        f"required = {_toml(required)}\nwithout = {_toml(off)}\n"
    )
    return str(path)


def unsandboxed(folder: Path) -> str:
    """A policy file with every layer off: for honest code alone."""
    return without("local", LAYERS, folder)


def _toml(names: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"
