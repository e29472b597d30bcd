"""What runs between the start of a worker and the learner's first byte (Linux).

Everything here is done by the worker process to itself, in order: own namespaces, a root file system
in which hidden material does not exist, a user without privileges, no way back. It uses the system
calls directly because a second program in between would cost more than all of them together.
Every step that did not work raises `LayerMissing`; the launcher decides what that means.
"""

import ctypes
import os
import resource
from pathlib import Path

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT = 0x1, 0x2, 0x4, 0x20
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_CAPBSET_DROP = 1, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38
CAPABILITY_VERSION_3 = 0x20080522
SIGKILL = 9

SUBMISSION = "/submission"
"""Where the submission lives inside the worker's root."""

_RUNTIME = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC = ("ld.so.cache", "localtime", "alternatives", "mime.types", "nsswitch.conf", "fonts")
_DEVICES = ("null", "zero", "full", "random", "urandom")


class LayerMissing(Exception):
    """The platform refused a layer; the message names it."""


class _Kernel:
    """The C library's thin wrappers, with errno turned into OSError."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)

    def call(self, name: str, *arguments: object) -> None:
        if getattr(self._libc, name)(*arguments) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f"{name}: {os.strerror(number)}")

    def mount(self, source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
        self.call(
            "mount",
            source.encode(),
            target.encode(),
            kind.encode() if kind else None,
            ctypes.c_ulong(flags),
            data.encode() if data else None,
        )

    def prctl(self, option: int, value: int) -> None:
        self.call("prctl", option, ctypes.c_ulong(value), 0, 0, 0)


def die_with_parent(number: int = SIGKILL) -> None:
    """Receive the signal `number` when the parent ends. A change of user id takes this back: call it afterwards."""
    _Kernel().prctl(PR_SET_PDEATHSIG, number)


def adopt_orphans() -> None:
    """Make this process the parent of every orphaned descendant, so that none escapes the final kill."""
    _Kernel().prctl(PR_SET_CHILD_SUBREAPER, 1)


def enter_namespaces() -> bool:
    """Leave the host's process, mount, network, IPC and host-name views.

    Returns True when that took a user namespace (started by an ordinary user), False for root.
    Raises LayerMissing where the platform forbids it.
    """
    kernel = _Kernel()
    flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
    uid, gid = os.getuid(), os.getgid()
    try:
        if uid == 0:
            kernel.call("unshare", flags)
            return False
        kernel.call("unshare", flags | CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    except OSError as error:
        raise LayerMissing(f"namespaces: {error}") from None
    return True


def build_root(root: str, submission: str, readable: list[str], *, uid: int, scratch_mb: int) -> None:
    """Replace the root file system: read-only runtime, the submission, private /tmp, /dev and /proc.

    `root` is an empty folder to build in; `readable` are further folders of the runtime (the virtual
    environment, this package). Must run as the first process of the new process namespace.
    """
    kernel = _Kernel()
    try:
        kernel.mount("none", "/", None, MS_REC | MS_PRIVATE)
        kernel.mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m")
        for path in _RUNTIME:
            _show(kernel, root, path)
        for name in _ETC:
            _show(kernel, root, f"/etc/{name}")
        _write_accounts(root, uid)
        _private_folders(kernel, root, scratch_mb)
        for path in readable:  # after /tmp is in place: a virtual environment may be below it
            _show(kernel, root, path)
        Path(root + SUBMISSION).mkdir()
        kernel.mount(submission, root + SUBMISSION, None, MS_BIND)
        kernel.mount("none", root + SUBMISSION, None, MS_BIND | MS_REMOUNT | MS_NOSUID | MS_NODEV)
        _swap_root(kernel, root)
    except OSError as error:
        raise LayerMissing(f"mount namespace: {error}") from None


def _show(kernel: _Kernel, root: str, path: str) -> None:
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


def _private_folders(kernel: _Kernel, root: str, scratch_mb: int) -> None:
    for folder in ("/tmp", "/dev", "/proc"):
        Path(root + folder).mkdir(exist_ok=True)
    kernel.mount("tmpfs", root + "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, f"mode=1777,size={scratch_mb}m")
    kernel.mount("tmpfs", root + "/dev", "tmpfs", MS_NOSUID, "mode=755,size=64k")
    for name in _DEVICES:
        Path(root, "dev", name).touch()
        kernel.mount(f"/dev/{name}", f"{root}/dev/{name}", None, MS_BIND)
    os.symlink("/proc/self/fd", root + "/dev/fd")
    Path(root + "/dev/shm").mkdir()
    kernel.mount("tmpfs", root + "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, f"mode=1777,size={scratch_mb}m")
    kernel.mount("proc", root + "/proc", "proc", MS_NOSUID | MS_NODEV)


def _swap_root(kernel: _Kernel, root: str) -> None:
    Path(root, ".old").mkdir()
    os.chdir(root)
    kernel.call("pivot_root", b".", b".old")
    os.chdir("/")
    kernel.call("umount2", b"/.old", MNT_DETACH)
    Path("/.old").rmdir()
    kernel.mount("none", "/", None, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)


def give_to_worker(folder: str, uid: int) -> None:
    """Make the submission's folder the worker's own.

    Runs privileged over a tree that an earlier worker wrote, so it goes by open folders and never by
    path: a folder that turns into a link meanwhile leads nowhere.
    """
    for _, folders, files, at in os.fwalk(folder):
        os.fchown(at, uid, uid)
        for name in (*folders, *files):
            os.chown(name, uid, uid, dir_fd=at, follow_symlinks=False)


def drop_privileges(uid: int) -> None:
    """Become an ordinary user for good: no groups, no capabilities, nothing to gain by exec."""
    kernel = _Kernel()
    for capability in range(64):
        try:
            kernel.prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            break
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    kernel.call("capset", header, (ctypes.c_uint32 * 6)())
    kernel.prctl(PR_SET_NO_NEW_PRIVS, 1)


def limit_resources(*, memory_mb: int, file_mb: int, open_files: int, processes: int | None) -> None:
    """Bounds that children inherit. `processes` counts per user id, so it is None on a shared account."""
    bounds = {
        resource.RLIMIT_AS: memory_mb << 20,
        resource.RLIMIT_FSIZE: file_mb << 20,
        resource.RLIMIT_NOFILE: open_files,
        resource.RLIMIT_CORE: 0,
    }
    if processes is not None:
        bounds[resource.RLIMIT_NPROC] = processes
    for which, wanted in bounds.items():
        hard = resource.getrlimit(which)[1]
        bound = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(which, (bound, bound))


def close_all_but(keep: set[int]) -> None:
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        if descriptor > 2 and descriptor not in keep:
            try:
                os.close(descriptor)
            except OSError:
                continue  # the listing's own descriptor is already gone
