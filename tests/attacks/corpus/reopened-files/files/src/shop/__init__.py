import ctypes
import mmap
import os
import sys

from shop.attempts import LIBC, attempt, call, got

RUNTIME = [sys.executable, os.__file__, sys.modules["pushmark_graders"].__file__ if "pushmark_graders" in sys.modules else os.__file__, "/usr/bin/env", "/etc/passwd", "/etc/ld.so.cache"]


def reopened(path, link):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.close(os.open(link.format(descriptor), os.O_RDWR))
    finally:
        os.close(descriptor)
    return True


def mapped(path):
    with open(path, "rb") as file:
        mmap.mmap(file.fileno(), 4096, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    return True


def through_memory(path):
    """Write over a private, read-only mapping by way of the process's own memory file; the file itself must not change."""
    with open(path, "rb") as file:
        before = file.read(16)
        address = LIBC.mmap
        address.restype = ctypes.c_void_p
        place = address(None, ctypes.c_size_t(4096), 1, 2, file.fileno(), ctypes.c_long(0))
        memory = os.open("/proc/self/mem", os.O_RDWR)
        os.pwrite(memory, b"pm-attack-memory", place)
        os.close(memory)
    with open(path, "rb") as file:
        return file.read(16) != before


def by_handle(path):
    handle = ctypes.create_string_buffer(b"\x80\x00\x00\x00", 160)
    mount = ctypes.c_int()
    call("name_to_handle_at", -100, path.encode(), handle, ctypes.byref(mount), 0)
    return call("open_by_handle_at", os.open("/", os.O_RDONLY), handle, os.O_RDWR)


def linked(path):
    for place in ("pm-link", "/tmp/pm-link"):
        os.link(path, place)
    return True


for path in RUNTIME:
    for link in ("/proc/self/fd/{}", "/dev/fd/{}", "/proc/thread-self/fd/{}"):
        attempt(f"{path} by {link}", lambda: reopened(path, link))
    attempt(f"map {path}", lambda: mapped(path))
    attempt(f"memory {path}", lambda: through_memory(path), bool)
    attempt(f"handle {path}", lambda: by_handle(path))
    attempt(f"link {path}", lambda: linked(path))
    attempt(f"times {path}", lambda: os.utime(path, (1, 1)) or True)
    attempt(f"attribute {path}", lambda: os.setxattr(path, "user.pm-attack", b"x") or True)
    attempt(f"truncate {path}", lambda: os.truncate(path, 10) or True)
    attempt(f"remove {path}", lambda: os.rename(path, path + ".pm-attack") or True)
attempt("own program", lambda: os.close(os.open("/proc/self/exe", os.O_RDWR)) or True)
