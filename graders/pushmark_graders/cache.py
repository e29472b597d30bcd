"""Things that are expensive to make and the same every time, kept under the user's cache folder."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from pushmark_graders.errors import PushmarkError


def folder() -> Path:
    """`$XDG_CACHE_HOME/pushmark`, made on first use. Deleting it is always safe."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pushmark"
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PushmarkError(
            f"{root} cannot be made: {error.strerror}", "set XDG_CACHE_HOME to a writable folder"
        ) from None
    return root


def once(name: str, make: Callable[[Path], None]) -> Path:
    """The cached file `name`; `make` writes it to the path it is given when it is not there yet.

    Two processes may make it at once: each writes its own file, and the last rename wins.
    """
    target = folder() / name
    if not target.exists():
        descriptor, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{name}-")
        os.close(descriptor)
        try:
            make(Path(draft))
            Path(draft).replace(target)
        finally:
            Path(draft).unlink(missing_ok=True)
    return target
