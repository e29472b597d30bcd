"""Writes exports where somebody asked for them, and never over what is there unless they said so."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from pushmark_graders import atomic
from pushmark_graders.errors import PushmarkError

_LONGEST = 100


def check_free(paths: Iterable[Path], *, force: bool) -> None:
    """Raises PushmarkError when one of the files is there already; nothing was written then."""
    there = [path for path in paths if path.exists() or path.is_symlink()]
    folder = next((path for path in there if path.is_dir()), None)
    if folder is not None:
        raise PushmarkError(f"{folder} is a folder", "name a file with --out")
    if there and not force:
        more = f", and {len(there) - 1} more" if len(there) > 1 else ""
        raise PushmarkError(f"{there[0]} is there already{more}", "choose another place with --out, or add --force")


def write(path: Path, text: str) -> None:
    """Write a file as a whole or not at all. Raises PushmarkError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, text.encode(errors="backslashreplace"))
    except OSError as error:
        raise PushmarkError(f"{path} cannot be written: {error.strerror}", "choose another place with --out") from None


def names(identifiers: Iterable[str]) -> dict[str, str]:
    """A file's name for each identifier: itself where that is one, else what is left of it and a hash."""
    return {one: _name(one) for one in identifiers}


def _name(identifier: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9._@-]+", "-", identifier).lstrip("._@-")[:_LONGEST]
    if plain == identifier and plain == plain.lower():
        return plain
    digest = hashlib.blake2b(identifier.encode(errors="surrogateescape"), digest_size=4).hexdigest()
    return f"{plain or 'learner'}-{digest}"
