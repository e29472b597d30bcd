import gc
import io
import os
import re
import socket
import sys

from shop.attempts import GOT, attempt

MARK = re.compile(r"C[A]NARY-[A-Z]+-[0-9a-f]{16}")
OWN = {0, 1, 2, 3}

gc.unfreeze()
EVERY = gc.get_objects()


def frames():
    frame = sys._getframe()
    while frame is not None:
        yield frame
        frame = frame.f_back


def texts():
    for value in [*EVERY, *(frame.f_locals for frame in frames()), *(frame.f_globals for frame in frames())]:
        for inner in gc.get_referents(value):
            if type(inner) in (str, bytes):
                yield inner if type(inner) is str else inner.decode("latin-1")


def marks():
    return {found for text in texts() for found in MARK.findall(text)}


def descriptors(kind):
    found = []
    for value in EVERY:
        if isinstance(value, kind):
            try:
                number = value.fileno()
            except (OSError, ValueError):
                continue
            if number not in OWN and number >= 0 and os.path.exists(f"/proc/self/fd/{number}"):
                found.append(number)
    return found


def alien():
    """Modules that only a grader has."""
    return [name for name in sys.modules if "hidden" in name or name.startswith(("pytest", "_pytest", "test_"))
            or name.startswith(("pushmark_graders.grading", "pushmark_graders.cohort", "pushmark_graders.lab"))]


attempt("marks", marks, bool)
attempt("sockets", lambda: descriptors(socket.socket), bool)
attempt("files", lambda: [number for number in descriptors(io.IOBase) if number > 3 and os.fstat(number).st_size], bool)
attempt("modules", alien, bool)
attempt("controls", lambda: [name for frame in frames() for name, value in frame.f_locals.items()
                             if isinstance(value, socket.socket) and value.fileno() > 3], bool)


def got():
    return GOT
