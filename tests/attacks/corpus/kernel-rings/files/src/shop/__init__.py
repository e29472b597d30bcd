import ctypes

from shop.attempts import attempt, call, got


def program():
    """The smallest socket filter: return 0."""
    code = (ctypes.c_uint64 * 2)(0x00000000000000B7, 0x0000000000000095)
    text = ctypes.create_string_buffer(b"GPL")
    fields = (ctypes.c_uint64 * 16)()
    fields[0] = 1 | (2 << 32)
    fields[1] = ctypes.addressof(code)
    fields[2] = ctypes.addressof(text)
    return call("bpf", 5, fields, ctypes.sizeof(fields))


def table():
    fields = (ctypes.c_uint32 * 32)(1, 4, 4, 1)
    return call("bpf", 0, fields, ctypes.sizeof(fields))


def watched():
    fields = (ctypes.c_uint32 * 32)(1, 128)
    fields[10] = 0x60  # not the kernel, not the hypervisor
    return call("perf_event_open", fields, 0, -1, -1, 0)


attempt("io_uring", lambda: call("io_uring_setup", 4, (ctypes.c_uint32 * 30)()))
attempt("userfaultfd", lambda: call("userfaultfd", 0))
attempt("userfaultfd for users", lambda: call("userfaultfd", 1))
attempt("bpf program", program)
attempt("bpf table", table)
attempt("perf", watched)
attempt("fanotify", lambda: call("fanotify_init", 0, 0))
