"""A disk of one's own for a command: small, or one that cannot be written; it is gone when the command ends."""

import os
import subprocess
from pathlib import Path

import pytest

SMALL = 'mount -t tmpfs -o size="$1" tmpfs "$2" && cp -a "$3"/. "$2" && shift 3 && exec "$@"'
READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift 1 && exec "$@"'


def on_small_disk(folder: Path, size: str, command: list[str]) -> "subprocess.CompletedProcess[str]":
    """Run a command in a folder that is a disk of this size, with what was in the folder on it."""
    original = folder.with_name(folder.name + "-original")
    folder.rename(original)
    folder.mkdir()
    return _run(SMALL, [size, str(folder), str(original)], folder, command)


def on_read_only_disk(folder: Path, command: list[str]) -> "subprocess.CompletedProcess[str]":
    """Run a command in a folder that nobody can write to, root neither."""
    return _run(READ_ONLY, [str(folder)], folder, command)


def _run(script: str, given: list[str], folder: Path, command: list[str]) -> "subprocess.CompletedProcess[str]":
    own = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    if subprocess.run([*own, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this user has no mount namespaces here")
    inside = ["sh", "-c", 'cd "$0" && exec "$@"', str(folder), *command]
    return subprocess.run(
        [*own, "sh", "-c", script, "sh", *given, *inside], capture_output=True, text=True, timeout=120, check=False
    )
