"""What every worker finds around itself: Python's own folders, and an environment of the grader's making."""

import os
import sys
from pathlib import Path

import pushmark_graders


def runtime_folders() -> list[str]:
    """What Python needs to run here, beyond the system's own folders: never a lab, never a home."""
    package = str(Path(pushmark_graders.__file__).parent)
    libraries = [path for path in sys.path if path.endswith(("site-packages", "dist-packages", "lib-dynload"))]
    folders = dict.fromkeys([sys.base_prefix, sys.prefix, *libraries, package])
    return [folder for folder in folders if not folder.startswith("/usr/")]


_RUN_OURS = """
import importlib.util, runpy, sys
spec = importlib.util.spec_from_file_location("pushmark_graders", sys.argv[1])
package = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(package)
del sys.argv[1]
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
"""


def our_module(name: str, *arguments: str) -> list[str]:
    """The command that runs a module of this package in a worker.

    Python is told where the package is: in an installation for development its parent is a folder that no worker may
    list, and Python would not find it.
    """
    return [sys.executable, "-P", "-c", _RUN_OURS, str(pushmark_graders.__file__), name, *arguments]


def one_thread() -> dict[str, str]:
    """What keeps numerical libraries to one thread in a process, which then neither starves nor waits for another."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "ARROW_NUM_THREADS")
    return dict.fromkeys(names, "1") | {"OMP_WAIT_POLICY": "PASSIVE"}


def worker_environment(home: str = "/tmp") -> dict[str, str]:
    """The whole environment of a worker: one thread per library, no host variable, no secret.

    `home` is private to the worker. It has a user's name, because not every system knows its user id.
    """
    return one_thread() | {
        "JE_ARROW_MALLOC_CONF": "background_thread:false",  # a process with a second thread cannot be forked safely
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "HOME": home,
        "TMPDIR": home,
        "USER": "worker",
        "LOGNAME": "worker",
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": f"{home}/dvc",
    }
