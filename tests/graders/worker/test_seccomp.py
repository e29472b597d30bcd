"""The filter of system calls, judged instruction by instruction for both architectures, and in a real process."""

import ctypes
import errno
import platform
import struct
import subprocess
import sys

import pytest
from pushmark_graders.worker import seccomp

ALLOWED, REFUSED, KILLED = 0x7FFF0000, 0x00050000, 0x80000000
X32 = 0x40000000
UNIX, INTERNET, NETLINK = 1, 2, 16
NEW_USER_NAMESPACE, NEW_TIME_NAMESPACE, THREAD = 0x10000000, 0x80, 0x3D0F00
PUSH_INPUT, TERMINAL_SIZE = 0x5412, 0x5413

LOAD, JUMP, EQUAL, GREATER, AT_LEAST, BITS, RETURN, AND = 0x20, 0x05, 0x15, 0x25, 0x35, 0x45, 0x06, 0x54
"""Classic BPF, as far as libseccomp uses it: https://www.kernel.org/doc/html/latest/networking/filter.html"""


def judge(program: bytes, data: bytes) -> int:
    """What the filter answers to a `struct seccomp_data`."""
    place, register = 0, 0
    while True:
        code, yes, no, constant = struct.unpack_from("<HBBI", program, 8 * place)
        place += 1
        if code == LOAD:
            (register,) = struct.unpack_from("<I", data, constant)
        elif code == AND:
            register &= constant
        elif code == RETURN:
            return int(constant)
        elif code == JUMP:
            place += constant
        else:
            tests = {
                EQUAL: register == constant,
                GREATER: register > constant,
                AT_LEAST: register >= constant,
                BITS: bool(register & constant),
            }
            place += yes if tests[code] else no


def number_of(name: str, architecture: str) -> int:
    resolve = ctypes.CDLL("libseccomp.so.2").seccomp_syscall_resolve_name_arch
    return int(resolve(ctypes.c_uint32(seccomp.ARCHITECTURES[architecture]), name.encode()))


def answer(architecture: str, name: str, *arguments: int, foreign: str = "") -> int:
    number = number_of(name, architecture)
    assert number >= 0, name
    arch = seccomp.ARCHITECTURES[foreign or architecture]
    padded = [*arguments, *[0] * (6 - len(arguments))]
    return judge(seccomp.program(architecture), struct.pack("<iIQ6Q", number, arch, 0, *padded))


both = pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])


@both
def test_every_listed_call_that_the_architecture_has_is_refused(architecture: str) -> None:
    for names, code in ((seccomp.NOT_PERMITTED, errno.EPERM), (seccomp.NOT_THERE, errno.ENOSYS)):
        there = [name for name in names if number_of(name, architecture) >= 0]
        assert len(there) > len(names) * 0.6
        assert {name: answer(architecture, name) for name in there} == dict.fromkeys(there, REFUSED | code)


@both
def test_what_honest_code_needs_is_allowed(architecture: str) -> None:
    for name in ("read", "write", "openat", "mmap", "futex", "execve", "clone", "kill", "pipe2", "statx", "getrandom"):
        assert answer(architecture, name) == ALLOWED, name


@both
def test_only_sockets_between_processes_of_one_machine_are_allowed(architecture: str) -> None:
    assert answer(architecture, "socket", UNIX) == ALLOWED
    for family in (INTERNET, NETLINK, 10, 40, 0, UNIX | 1 << 32):
        assert answer(architecture, "socket", family) == REFUSED | errno.EAFNOSUPPORT


@both
def test_threads_are_allowed_and_namespaces_are_not_in_whatever_combination(architecture: str) -> None:
    assert answer(architecture, "clone", THREAD) == ALLOWED
    for flags in (NEW_USER_NAMESPACE, THREAD | NEW_USER_NAMESPACE, NEW_TIME_NAMESPACE, 1 << 40 | NEW_USER_NAMESPACE):
        assert answer(architecture, "clone", flags) == REFUSED | errno.EPERM


@both
def test_a_worker_that_is_alone_can_start_threads_and_no_processes(architecture: str) -> None:
    def asked(name: str, *arguments: int) -> int:
        padded = [*arguments, *[0] * (6 - len(arguments))]
        call = struct.pack("<iIQ6Q", number_of(name, architecture), seccomp.ARCHITECTURES[architecture], 0, *padded)
        return judge(seccomp.program(architecture, alone=True), call)

    assert asked("clone", THREAD) == ALLOWED
    for flags in (0x11, 0x4111, THREAD & ~0x10000):
        assert asked("clone", flags) == REFUSED | errno.EPERM
    if architecture == "x86_64":
        assert {asked(name) for name in ("fork", "vfork")} == {REFUSED | errno.EPERM}
    assert asked("execve") == ALLOWED


@both
def test_input_cannot_be_pushed_into_a_terminal_even_with_high_bits_set(architecture: str) -> None:
    assert answer(architecture, "ioctl", 0, TERMINAL_SIZE) == ALLOWED
    assert answer(architecture, "ioctl", 0, PUSH_INPUT) == REFUSED | errno.EPERM
    assert answer(architecture, "ioctl", 0, 1 << 32 | PUSH_INPUT) == REFUSED | errno.EPERM


@both
def test_a_call_of_another_architecture_ends_the_process(architecture: str) -> None:
    other = {"x86_64": "aarch64", "aarch64": "x86_64"}[architecture]
    assert answer(architecture, "read", foreign=other) == KILLED
    i386 = struct.pack("<iIQ6Q", 3, 0x40000003, 0, *[0] * 6)
    assert judge(seccomp.program(architecture), i386) == KILLED


def test_calls_of_the_x32_kind_end_the_process() -> None:
    x32 = struct.pack("<iIQ6Q", X32 | 39, seccomp.ARCHITECTURES["x86_64"], 0, *[0] * 6)
    assert judge(seccomp.program("x86_64"), x32) == KILLED


def test_calls_that_libseccomp_is_too_old_to_name_are_refused_by_number() -> None:
    for number in seccomp.NEWER.values():
        data = struct.pack("<iIQ6Q", number, seccomp.ARCHITECTURES[platform.machine()], 0, *[0] * 6)
        assert judge(seccomp.program(), data) == REFUSED | errno.EPERM


def test_a_process_that_loaded_the_filter_cannot_make_a_network_socket() -> None:
    code = """
import socket, sys
from pushmark_graders.worker import privileges, seccomp
privileges.forbid_new_privileges()
seccomp.install(bytes.fromhex(sys.argv[1]))
socket.socketpair()
try:
    socket.socket(socket.AF_INET)
except OSError as error:
    print(error.errno)
"""
    argv = [sys.executable, "-I", "-c", code, seccomp.program().hex()]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == str(errno.EAFNOSUPPORT), done.stderr


def test_without_libseccomp_the_layer_is_missing_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str, **_options: object) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(seccomp, "_library", seccomp._library.__wrapped__)
    monkeypatch.setattr(ctypes, "CDLL", absent)
    with pytest.raises(seccomp.Unavailable, match=r"libseccomp\.so\.2: cannot open"):
        seccomp.program.__wrapped__()
