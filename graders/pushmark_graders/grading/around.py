"""pytest inside the grader, as if it had never been there: the same answers everywhere, and no trace of it after.

What a learner reads must not depend on the plugins, options and variables of the machine that grades, and
two labs graded by one process must not see each other's modules.
"""

import contextlib
import os
import sys
import types
from collections.abc import Iterator
from pathlib import Path

_SETS = ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTEST_CURRENT_TEST")
_READS = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "CI", "BUILD_NUMBER")
"""The last two make pytest quote values of any length: https://docs.pytest.org/en/stable/explanation/ci.html"""


@contextlib.contextmanager
def clean_pytest(folder: Path) -> Iterator[None]:
    """No plugin that is only installed, none of our caller's options, modules of `folder` importable."""
    before = {name: os.environ.get(name) for name in (*_SETS, *_READS)}
    path, modules = list(sys.path), set(sys.modules)
    bytecode = sys.dont_write_bytecode
    for name in _READS:
        os.environ.pop(name, None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.path.insert(0, str(folder))
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = bytecode
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            if _stems_from(sys.modules[name], folder):
                del sys.modules[name]
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _stems_from(module: types.ModuleType, folder: Path) -> bool:
    """Whether a module was imported from `folder`, or is the package that pytest makes of the folder itself."""
    places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
    return any(place is not None and Path(place).is_relative_to(folder) for place in places)
