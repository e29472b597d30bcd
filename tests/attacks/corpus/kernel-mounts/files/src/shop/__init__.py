import os

from shop.attempts import attempt, call, got, in_child

MS_BIND, MS_REMOUNT = 0x1000, 0x20
for name, arguments in {
    "tmpfs": (b"none", b"/tmp", b"tmpfs", 0, None),
    "proc": (b"none", b"/tmp", b"proc", 0, None),
    "bind": (b"/usr", b"/tmp", None, MS_BIND, None),
    "writable": (b"none", b"/usr", None, MS_BIND | MS_REMOUNT, None),
    "writable root": (b"none", b"/", None, MS_REMOUNT, None),
}.items():
    attempt(f"mount {name}", lambda: in_child(lambda: call("mount", *arguments)))
for target in (b"/proc", b"/submission", b"/dev/shm", b"/usr"):
    attempt(f"umount {target}", lambda: in_child(lambda: call("umount2", target, 2)))
os.makedirs("/tmp/root", exist_ok=True)
attempt("pivot_root", lambda: in_child(lambda: call("pivot_root", b"/tmp", b"/tmp/root")))
attempt("chroot", lambda: in_child(lambda: call("chroot", b"/tmp/root")))
attempt("open_tree", lambda: in_child(lambda: call("open_tree", -100, b"/", 1)))
attempt("fsopen", lambda: in_child(lambda: call("fsopen", b"tmpfs", 0)))
attempt("move_mount", lambda: in_child(lambda: call("move_mount", -100, b"/tmp", -100, b"/submission", 0)))
attributes = bytes(32)
attempt("mount_setattr", lambda: in_child(lambda: call("mount_setattr", -100, b"/usr", 0, attributes, 32)))
