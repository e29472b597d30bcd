"""Keeps training from changing what is graded: the committed sources are, whatever the run made of them.

A learner whose training rewrites Python files reads their names in the report.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from pushmark_graders.worker import tree

_SUFFIX = ".py"


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every Python file below `folder`, by its path from there."""
    return {name: (folder / name).read_bytes() for name in _sources(folder) if _is_regular(folder / name)}


def put_back(folder: Path, before: dict[str, bytes]) -> list[str]:
    """Make the Python files below `folder` what they were; returns a sentence for each that was not.

    The folder may hold anything by now: nothing in it is followed.
    """
    added = sorted(name for name in _sources(folder) if name not in before)
    changed = sorted(name for name, content in before.items() if not _holds(folder / name, content))
    for name in changed:
        write(folder, name, before[name])
    return [
        *(f"training changed {name}; the submitted file was graded" for name in changed),
        *(f"training wrote {name}, which was not submitted" for name in added),
    ]


def _sources(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in _walk(folder) if path.suffix == _SUFFIX]


def _walk(folder: Path) -> Iterator[Path]:
    for parent, _, files in os.walk(folder):
        yield from (Path(parent, name) for name in files)


def _is_regular(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)


def _holds(path: Path, content: bytes) -> bool:
    try:
        return _is_regular(path) and path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False


def write(folder: Path, name: str, content: bytes) -> None:
    """Write a file anew, with folders in place of whatever stands in its way."""
    place = folder
    for part in Path(name).parent.parts:
        place /= part
        if place.is_symlink() or not place.is_dir():
            place.unlink(missing_ok=True)
            place.mkdir()
    target = folder / name
    tree.remove(target)
    target.unlink(missing_ok=True)
    target.write_bytes(content)
