import ctypes
import mmap
import os
import platform

from shop.attempts import attempt, got, in_child, number

X32 = 0x40000000
NEWUSER = 0x10000000


def old_entry(wanted, first):
    """An `int 0x80` with the 32-bit number `wanted`."""
    code = b"\x53\x89\xf8\x89\xf3\x31\xc9\x31\xd2\xcd\x80\x5b\xc3"  # push rbx; eax = wanted; ebx = first; ...
    memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(code)
    function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int)(
        ctypes.addressof(ctypes.c_char.from_buffer(memory))
    )
    answer = function(wanted, first)
    if answer < 0:
        raise OSError(-answer, os.strerror(-answer))
    return answer


if platform.machine() == "x86_64":
    attempt("x32 unshare", lambda: in_child(lambda: number(X32 | 272, NEWUSER)))
    attempt("x32 io_uring", lambda: in_child(lambda: number(X32 | 425, 4, bytes(120))))
    attempt("x32 getpid", lambda: in_child(lambda: number(X32 | 39)))
    attempt("32-bit unshare", lambda: in_child(lambda: old_entry(310, NEWUSER)))
    attempt("32-bit keyctl", lambda: in_child(lambda: old_entry(288, 0)))
