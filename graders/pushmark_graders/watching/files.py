"""Sees that a learner's files changed, within milliseconds, however they were saved.

The system's notices make it quick; a look at all files, once a second, makes it right: notices get lost
where folders come and go, and some file systems have none.
"""

import contextlib
import os
import queue
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import msgspec
import watchfiles

from pushmark_graders.lab.spec import SubmissionSpec
from pushmark_graders.submission.halt import Halt
from pushmark_graders.submission.intake import MAX_DEPTH, SKIPPED_FOLDERS, SKIPPED_PATHS, is_editable, matches

LOOK_SECONDS = 1.0
GATHER_MS = 20
"""How long a burst of notices is gathered at most, and how long a pause in it ends it."""
PAUSE_MS = 4
_END_SECONDS = 5.0
_WAIT_SECONDS = 0.5

_EDITORS = re.compile(
    r".*~|\.#.*|#.*#|\..*\.sw.|4913|.*___jb_(tmp|old)___|.*\.kate-swp|\.goutputstream-.*|\.DS_Store|.*\.(tmp|pyc)",
)
"""Files that editors keep beside the one that is edited; 4913 is Vim's trial of a folder."""


class Seen(msgspec.Struct, frozen=True):
    """The state of the files that matter, by name, and of the folders that hold them, by path."""

    files: Mapping[str, tuple[int, ...]] = {}
    folders: Mapping[str, int] = {}


def matters(name: str) -> bool:
    """Whether a change of the file `name`, relative to the repository, can change a verdict."""
    parts = name.split("/")
    if any(part in SKIPPED_FOLDERS for part in parts) or _EDITORS.fullmatch(parts[-1]):
        return False
    return not any(name == path or name.startswith((f"{path}/", f"{path}-")) for path in SKIPPED_PATHS)


def look(root: Path) -> Seen:
    """All files below `root` that matter; what cannot be read, or is gone, is left out."""
    files: dict[str, tuple[int, ...]] = {}
    folders: dict[str, int] = {}
    waiting = [""]
    while waiting:
        below = waiting.pop()
        with contextlib.suppress(OSError):
            path = root / below
            folders[str(path)] = path.stat().st_ino
            with os.scandir(path) as entries:
                for entry in entries:
                    name = f"{below}/{entry.name}" if below else entry.name
                    if not matters(name):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        if name.count("/") < MAX_DEPTH:
                            waiting.append(name)
                    else:
                        of = entry.stat(follow_symlinks=False)
                        files[name] = (of.st_mtime_ns, of.st_ctime_ns, of.st_size, of.st_ino, of.st_mode)
    return Seen(files, folders)


def differing(before: Seen, after: Seen) -> set[str]:
    """The names of the files that came, went or changed."""
    names = before.files.keys() | after.files.keys()
    return {name for name in names if before.files.get(name) != after.files.get(name)}


class Changes:
    """Watches `root` from a thread of its own. A run that is under way is given up at each change.

    One thread takes: `take`, then `begin`, then a run, over and over.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._queue: queue.SimpleQueue[frozenset[str]] = queue.SimpleQueue()
        self._halt = Halt()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="pushmark-watch", daemon=True)
        self._seen = look(self._root)
        self.ended = False
        self.lab: SubmissionSpec | None = None
        """Which files are the learner's, and which ones tools leave behind: a change of the latter is none."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(_END_SECONDS)

    def take(self, *, wait: bool) -> frozenset[str]:
        """The names of all files that changed since; with `wait`, there is at least one, unless the end came."""
        names = self._first() if wait else frozenset()
        while True:
            try:
                names |= self._queue.get_nowait()
            except queue.Empty:
                return names

    def _first(self) -> frozenset[str]:
        """A signal that comes in the moment before a wait does not end it: none is long."""
        while True:
            with contextlib.suppress(queue.Empty):
                return self._queue.get(timeout=_WAIT_SECONDS)

    def begin(self) -> Halt:
        """What ends the run that begins now. It may come at once: then the run is to be begun again."""
        self._halt = Halt()
        if self.ended or not self._queue.empty():
            self._halt.ask()
        return self._halt

    def end(self) -> None:
        """Give up the run and stop waiting. May be called by a signal handler: it takes no lock."""
        self.ended = True
        self._halt.ask()
        self._queue.put(frozenset())

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                self._watch_folders()
            except Exception:  # no notices here, a folder went, a limit was met: looking goes on
                self._stop.wait(LOOK_SECONDS / 4)
                self._look(set())

    def _watch_folders(self) -> None:
        """Until the folders are others. They are listed, for else every one of `.venv` would be watched too."""
        folders = self._seen.folders
        if not folders:
            raise FileNotFoundError(self._root)
        for batch in watchfiles.watch(
            *folders,
            watch_filter=lambda _change, path: matters(self._name(path)),
            debounce=GATHER_MS,
            step=PAUSE_MS,
            stop_event=self._stop,
            rust_timeout=int(LOOK_SECONDS * 1000),
            yield_on_timeout=True,
            recursive=False,
            ignore_permission_denied=True,
        ):
            self._look({self._name(path) for _, path in batch})
            if self._seen.folders != folders:
                return

    def _name(self, path: str) -> str:
        return os.path.relpath(path, self._root)

    def _look(self, noticed: set[str]) -> None:
        """Look before telling: what changes after the look is seen by the next one, whatever a run has read."""
        now = look(self._root)
        names = differing(self._seen, now) | {name for name in noticed if str(self._root / name) not in now.folders}
        self._seen = now
        lab = self.lab
        if lab is not None:
            names = {name for name in names if is_editable(name, lab) or not matches(name, lab.ignore)}
        if names:
            self._queue.put(frozenset(names))
            self._halt.ask()
