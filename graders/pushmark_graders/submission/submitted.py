"""The learner's own files as a check sees them: names and bytes, taken down before any learner code ran.

They are data. Nothing here imports, unpacks or follows them, and what a training run makes of the folder later
does not change them. A learner whose file cannot be read is told which one, and what to do about it.
"""

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from pushmark_graders.report.model import Location
from pushmark_graders.submission import intake
from pushmark_graders.submission.errors import MissingFile, Unreadable

KEPT_BYTES = 1 << 20
"""Larger files are known by name and size alone: code, reports and reviews are far smaller, and a grader that
regrades a cohort holds one submission per core in memory."""

_LONGEST = 120


class SubmittedFiles:
    """The `files` fixture: the editable files of a submission as they were taken in. Nothing in it can be changed.

    `names` are sorted paths relative to the repository's root, with `/` between folders.
    """

    def __init__(self, contents: Mapping[str, bytes] | None = None, sizes: Mapping[str, int] | None = None) -> None:
        """`contents` by name; `sizes` in bytes names the files that are too large to be kept."""
        self._contents = dict(contents or {})
        self._sizes = {name: len(content) for name, content in self._contents.items()} | dict(sizes or {})
        self.names = tuple(sorted(self._sizes))

    def __repr__(self) -> str:
        return f"<{len(self.names):,} submitted files>"

    def matching(self, *patterns: str) -> tuple[str, ...]:
        """The names that match one of `patterns`, which are written as in `submission.editable` of lab.toml."""
        return tuple(name for name in self.names if intake.matches(name, list(patterns)))

    def size(self, name: str) -> int:
        """Bytes. Raises MissingFile."""
        self._need(name)
        return self._sizes[name]

    def read(self, name: str) -> bytes:
        """The content. Raises MissingFile, and Unreadable for a file of more than `KEPT_BYTES`."""
        self._need(name)
        if name not in self._contents:
            raise Unreadable(
                f"{label(name)} has {self._sizes[name]:,} bytes; checks read files of up to {KEPT_BYTES:,}. "
                "Make it smaller, or take what is generated out of the repository.",
                "a file is too large",
                place(name),
            )
        return self._contents[name]

    def text(self, name: str) -> str:
        """The content as UTF-8 text, without a byte order mark. Raises MissingFile and Unreadable."""
        content = self.read(name)
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise Unreadable(
                f"{label(name)}, line {line} is not UTF-8 text. Save the file as UTF-8.",
                "a file is not UTF-8 text",
                place(name, line),
            ) from None

    def _need(self, name: str) -> None:
        if name not in self._sizes:
            raise MissingFile(
                f"There is no file {label(name)}. Add it with exactly this name, and commit it.", "a file is missing"
            )


def take_down(folder: Path, names: Iterable[str]) -> SubmittedFiles:
    """Read `names` below `folder`, which holds what was taken in and nothing else yet."""
    contents: dict[str, bytes] = {}
    sizes: dict[str, int] = {}
    for name in names:
        with os.fdopen(os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            found = os.fstat(file.fileno())
            if stat.S_ISREG(found.st_mode) and found.st_size <= KEPT_BYTES:
                contents[name] = file.read(KEPT_BYTES)
            else:
                sizes[name] = found.st_size
    return SubmittedFiles(contents, sizes)


def label(name: str) -> str:
    """A file's name on one line of at most 120 characters, with escapes for what is not printable, to be found by."""
    shown = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in name[:_LONGEST])
    return shown if len(shown) <= _LONGEST and len(name) <= _LONGEST else shown[: _LONGEST - 3] + "..."


def place(name: str, line: int = 1) -> Location | None:
    """Where a report points to; nothing for a name that no link can hold."""
    if not name.isprintable() or len(name) >= 300 or not 0 < line < 1_000_000:
        return None
    return Location(path=name, line=line)
