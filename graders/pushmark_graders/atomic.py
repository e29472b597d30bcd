"""Replaces a file as a whole: after a crash it holds the old bytes or the new ones, on disk."""

import os
from pathlib import Path


def write(path: Path, content: bytes, *, mode: int | None = None, draft_in: Path | None = None) -> None:
    """Write `content` to `path` by way of a draft, beside it or in `draft_in`, which must be on the same disk.

    A killed process leaves the draft behind, and `path` as it was. Raises OSError.
    """
    draft = (draft_in or path.parent) / f".{path.name}.{os.getpid()}"
    try:
        with draft.open("wb") as file:
            if mode is not None:
                draft.chmod(mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
