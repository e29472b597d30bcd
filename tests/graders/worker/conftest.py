"""An interpreter that every user may run: what a worker is can depend on who starts it."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

GRADERS = Path(__file__).parents[3] / "graders"


def cannot(reason: str) -> None:
    """Skip on a person's machine; on CI a missing tool is a fault."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def python() -> Iterator[str]:
    """An interpreter that every user may run, with this environment's packages."""
    if os.getuid() != 0:
        yield sys.executable
        return
    system = f"/usr/bin/python{sysconfig.get_python_version()}"
    if not Path(system).exists() or shutil.which("setpriv") is None:
        cannot(f"needs {system} and setpriv to become another user")
    folder = Path(tempfile.mkdtemp(prefix="pushmark-python-"))
    folder.chmod(0o755)
    subprocess.run([system, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    site = next((folder / "venv").glob("lib/python*/site-packages"))
    (site / "here.pth").write_text(f"{sysconfig.get_path('purelib')}\n{GRADERS}\n")
    yield str(folder / "venv" / "bin" / "python")
    shutil.rmtree(folder)
