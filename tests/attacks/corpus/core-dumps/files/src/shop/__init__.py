import ctypes
import glob
import os
import resource
import signal

from shop.attempts import attempt, got

for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGQUIT):
    child = os.fork()
    if child == 0:
        ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
        try:
            resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
        except (OSError, ValueError):
            pass
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    attempt(f"core of {number.name}", lambda: os.WCOREDUMP(status), bool)
attempt("core files", lambda: glob.glob("core*") + glob.glob("/tmp/core*") + glob.glob("/var/crash/*"), bool)
