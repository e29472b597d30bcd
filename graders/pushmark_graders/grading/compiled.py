"""Check files, compiled once for each content: rewriting their asserts is most of what listing the checks costs.

Used by `session` alone. What is kept lies in the user's cache folder, readable by that user only: it is the lab
author's code, hidden checks included.
"""

import ast
import contextlib
import hashlib
import importlib.abc
import importlib.util
import marshal
import sys
import types
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from _pytest.assertion.rewrite import rewrite_asserts

from pushmark_graders import atomic, cache
from pushmark_graders.errors import PushmarkError

_KEPT = 200
_TOO_MANY = 2 * _KEPT


@contextlib.contextmanager
def imported_from(folder: Path) -> Iterator[None]:
    """While the block runs, the check files of `folder` are imported from what is kept of them."""
    finder = _Finder(folder)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds a check file when pytest asks for it, as the first of its own finders would."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, _target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        name = fullname.rpartition(".")[2]
        file = self._folder / f"{name}.py"
        if not name.startswith("test_") or path is None or str(self._folder) not in path or not file.is_file():
            return None
        return importlib.util.spec_from_file_location(fullname, file, loader=_Loader(file))


class _Loader(importlib.abc.Loader):
    def __init__(self, file: Path) -> None:
        self._file = file

    def exec_module(self, module: types.ModuleType) -> None:
        exec(code_of(self._file), module.__dict__)  # noqa: S102  (the lab author's own file)


def code_of(file: Path) -> types.CodeType:
    """The code of a check file, its asserts rewritten as pytest rewrites them. Raises what a compiler raises."""
    source = file.read_bytes()
    kept = _place(file, source)
    if kept is not None:
        with contextlib.suppress(OSError, EOFError, ValueError, TypeError):
            code = marshal.loads(kept.read_bytes())  # noqa: S302  (only this user can write there)
            if isinstance(code, types.CodeType):
                return code
    tree = ast.parse(source, filename=str(file))
    rewrite_asserts(tree, source, str(file))
    made = compile(tree, str(file), "exec", dont_inherit=True)
    if kept is not None:
        _keep(kept, marshal.dumps(made))
    return made


def _place(file: Path, source: bytes) -> Path | None:
    """Where the code of this content of this file is kept by this Python and this pytest; None if nowhere."""
    about = f"{sys.implementation.cache_tag} {sys.hexversion} {pytest.__version__} {file}\0".encode()
    name = hashlib.blake2b(about + source, digest_size=16).hexdigest()
    try:
        folder = cache.folder() / "checks"
        folder.mkdir(mode=0o700, exist_ok=True)
    except (PushmarkError, OSError):
        return None
    return folder / name


def _keep(place: Path, code: bytes) -> None:
    with contextlib.suppress(OSError):
        atomic.write(place, code)
        files = list(place.parent.iterdir())
        if len(files) > _TOO_MANY:
            for old in sorted(files, key=lambda file: file.stat().st_mtime)[:-_KEPT]:
                old.unlink(missing_ok=True)
