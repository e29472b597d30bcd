"""The submissions of a cohort: folders and commits, each with a label that names its report."""

import hashlib
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pushmark_graders.cohort import gitref
from pushmark_graders.cohort.gitref import Commit
from pushmark_graders.errors import PushmarkError
from pushmark_graders.report.model import SubmissionRef
from pushmark_graders.worker import tree

_LONGEST_LABEL = 100


class Entry(Protocol):
    """A submission of a cohort, wherever it comes from: a label, which names its report, and a folder when needed."""

    @property
    def label(self) -> str: ...

    @property
    def reference(self) -> SubmissionRef: ...

    def opened(self, scratch: Path) -> AbstractContextManager[Path]:
        """The submission as a folder, made below `scratch` if need be. Raises PushmarkError."""


@dataclass(frozen=True)
class Submission:
    """One submission: `source` is a folder, or a commit that becomes one for as long as it is needed."""

    label: str
    source: Path | Commit

    @property
    def reference(self) -> SubmissionRef:
        return SubmissionRef(commit=self.source.id) if isinstance(self.source, Commit) else SubmissionRef()

    @contextmanager
    def opened(self, scratch: Path) -> Iterator[Path]:
        """The submission as a folder, made below `scratch` if need be. Raises PushmarkError."""
        if isinstance(self.source, Path):
            yield self.source
            return
        folder = Path(tempfile.mkdtemp(dir=scratch.absolute()))
        try:
            gitref.extract(self.source, folder)
            yield folder
        finally:
            tree.remove(folder)


def read(arguments: Iterable[str], *, each: bool = False, apart: Path | None = None) -> list[Submission]:
    """The submissions that a person named: folders, REPO@REF, or with `each` folders whose subfolders they are.

    The folder `apart`, where the reports go, may lie among these. Raises PushmarkError for one that is not
    there.
    """
    sources: dict[Path | Commit, None] = {}
    for argument in arguments:
        found = _subfolders(Path(argument), apart) if each else [_source(argument)]
        sources |= dict.fromkeys(found)
    return labelled(sources)


def labelled(sources: Iterable[Path | Commit]) -> list[Submission]:
    """Give each source a label that is a file's name, says what it is, and stays the same from run to run."""
    every = list(sources)
    names = [_plain(_title(source)) for source in every]
    times = Counter(name.casefold() for name in names)
    return [
        Submission(
            name if times[name.casefold()] == 1 and name == _title(source) else f"{name}-{_hash(source)}", source
        )
        for name, source in zip(names, every, strict=True)
    ]


def _subfolders(parent: Path, apart: Path | None) -> list[Path | Commit]:
    _check_folder(parent)
    reports = apart.resolve() if apart else None
    found: list[Path | Commit] = [
        path.resolve()
        for path in sorted(parent.iterdir())
        if path.is_dir() and not path.is_symlink() and not path.name.startswith(".") and path.resolve() != reports
    ]
    if not found:
        raise PushmarkError(
            f"{parent}: no folder in it", "with --each, name a folder that holds one for each submission"
        )
    return found


def _source(argument: str) -> Path | Commit:
    if Path(argument).is_dir():
        return Path(argument).resolve()
    for at in re.finditer("@", argument):
        repository, ref = argument[: at.start()], argument[at.end() :]
        if ref and repository and Path(repository).is_dir():
            return gitref.find(Path(repository), ref)
    _check_folder(Path(argument))
    raise AssertionError


def _check_folder(path: Path) -> None:
    if not path.is_dir():
        what = "not a folder" if path.exists() else "no such folder"
        raise PushmarkError(f"{path}: {what}", "give a folder, or REPO@REF for a commit of a local git repository")


def _title(source: Path | Commit) -> str:
    if isinstance(source, Commit):
        return f"{source.repository.resolve().name.removesuffix('.git')}@{source.ref}"
    return source.name


def _plain(title: str) -> str:
    name = re.sub(r"[^A-Za-z0-9._@-]+", "-", title).lstrip("._@-")
    return name[:_LONGEST_LABEL] or "submission"


def _hash(source: Path | Commit) -> str:
    where = f"{source.git_dir}@{source.ref}" if isinstance(source, Commit) else str(source)
    return hashlib.blake2b(where.encode(errors="surrogateescape"), digest_size=4).hexdigest()
