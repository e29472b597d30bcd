"""The worker's root: a file system in which hidden material does not exist (Linux).

The read-only runtime, private folders in memory with room for so many bytes and files, and the submission.
Everything is put together by the first process of the worker before any learner code runs.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from pushmark_graders.worker import landlock, tree
from pushmark_graders.worker.kernel import (
    MNT_DETACH,
    MS_BIND,
    MS_NODEV,
    MS_NOSUID,
    MS_PRIVATE,
    MS_RDONLY,
    MS_REC,
    MS_REMOUNT,
    Kernel,
)

SUBMISSION = "/submission"
"""Where the submission lives inside the worker's root."""

_RUNTIME = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC = ("ld.so.cache", "localtime", "alternatives", "mime.types", "nsswitch.conf", "fonts")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_STREAMS = {"stdin": 0, "stdout": 1, "stderr": 2}
_FILES_IN_SCRATCH = 20_000


@dataclass(frozen=True)
class Root:
    """What a root is made of. `folder` is an empty one to build in; sizes are in MiB.

    `readable` are further folders of the runtime (the virtual environment, this package). With `quota`
    the submission is copied into memory, else its own folder is used.
    """

    folder: str
    submission: str
    readable: list[str]
    uid: int
    scratch_mb: int
    quota: bool
    folder_mb: int
    folder_files: int


def build(root: Root) -> None:
    """Replace the root file system of this process. Raises OSError where the platform forbids it, and
    tree.TooMuch when the submission does not fit.
    """
    kernel, at = Kernel(), root.folder
    kernel.mount("none", "/", None, MS_REC | MS_PRIVATE)
    kernel.mount("tmpfs", at, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m")
    for path in _RUNTIME:
        _show(kernel, at, path)
    for name in _ETC:
        _show(kernel, at, f"/etc/{name}")
    _write_accounts(at, root.uid)
    _private_folders(kernel, at, root.scratch_mb)
    for path in root.readable:  # after /tmp is in place: a virtual environment may be below it
        _show(kernel, at, path)
    _place_submission(kernel, root)
    _swap(kernel, at)


def _show(kernel: Kernel, root: str, path: str) -> None:
    """Bind `path` read-only at the same place below `root`; links stay links."""
    if Path(path).is_symlink():
        Path(root + path).parent.mkdir(parents=True, exist_ok=True)
        os.symlink(Path(path).readlink(), root + path)
        return
    if not Path(path).exists():
        return
    if Path(path).is_dir():
        Path(root + path).mkdir(parents=True, exist_ok=True)
    else:
        Path(root + path).parent.mkdir(parents=True, exist_ok=True)
        Path(root + path).touch()
    kernel.mount(path, root + path, None, MS_BIND)
    kernel.mount("none", root + path, None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)


def _write_accounts(root: str, uid: int) -> None:
    """A user name for whoever asks; the host's accounts stay unknown."""
    etc = Path(root, "etc")
    etc.mkdir(exist_ok=True)
    (etc / "passwd").write_text(f"worker:x:{uid}:{uid}::/tmp:/bin/sh\n")
    (etc / "group").write_text(f"worker:x:{uid}:\n")
    (etc / "hosts").write_text("127.0.0.1 localhost\n")


def _private_folders(kernel: Kernel, root: str, scratch_mb: int) -> None:
    for folder in ("/tmp", "/dev", "/proc"):
        Path(root + folder).mkdir(exist_ok=True)
    scratch = f"mode=1777,size={scratch_mb}m,nr_inodes={_FILES_IN_SCRATCH}"
    kernel.mount("tmpfs", root + "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, scratch)
    kernel.mount("tmpfs", root + "/dev", "tmpfs", MS_NOSUID, "mode=755,size=64k")
    for name in _DEVICES:
        Path(root, "dev", name).touch()
        kernel.mount(f"/dev/{name}", f"{root}/dev/{name}", None, MS_BIND)
    os.symlink("/proc/self/fd", root + "/dev/fd")
    for name, number in _STREAMS.items():
        os.symlink(f"/proc/self/fd/{number}", f"{root}/dev/{name}")
    Path(root + "/dev/shm").mkdir()
    kernel.mount("tmpfs", root + "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, scratch)
    kernel.mount("proc", root + "/proc", "proc", MS_NOSUID | MS_NODEV)


def _place_submission(kernel: Kernel, root: Root) -> None:
    place = root.folder + SUBMISSION
    Path(place).mkdir()
    if root.quota:
        room = f"mode=700,size={root.folder_mb}m,nr_inodes={root.folder_files}"
        kernel.mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, room)
        tree.private_copy(Path(root.submission), Path(place), max_bytes=root.folder_mb << 20)
    else:
        kernel.mount(root.submission, place, None, MS_BIND)
        kernel.mount("none", place, None, MS_BIND | MS_REMOUNT | MS_NOSUID | MS_NODEV)
    if os.getuid() == 0:
        give_to(place, root.uid)


def _swap(kernel: Kernel, root: str) -> None:
    Path(root, ".old").mkdir()
    os.chdir(root)
    kernel.call("pivot_root", b".", b".old")
    os.chdir("/")
    kernel.call("umount2", b"/.old", MNT_DETACH)
    Path("/.old").rmdir()
    kernel.mount("none", "/", None, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)


def give_to(folder: str, uid: int) -> None:
    """Make a folder and all below it the user's own.

    Runs privileged over a tree that an earlier worker may have written, so it goes by open folders and never
    by path: a folder that turns into a link meanwhile leads nowhere.
    """
    for _, folders, files, at in os.fwalk(folder):
        os.fchown(at, uid, uid)
        for name in (*folders, *files):
            os.chown(name, uid, uid, dir_fd=at, follow_symlinks=False)


def landlock_rules(readable: list[str], own: list[str]) -> list[tuple[str, int]]:
    """What Landlock lets a worker use: the runtime to read, its `own` folders to write, a few devices."""
    read = [*_RUNTIME, *(f"/etc/{name}" for name in (*_ETC, "passwd", "group", "hosts")), "/proc", *readable]
    devices = [f"/dev/{name}" for name in _DEVICES]
    return [
        *((path, landlock.READ) for path in read),
        *((path, landlock.USE) for path in devices),
        *((path, landlock.OWN) for path in own),
    ]
