"""How numbers are added up."""

import os
import subprocess


def add(numbers):
    os.environ["OMP_NUM_THREADS"] = "2"
    os.environ.setdefault("SHOP", "open")
    os.putenv("LOUD", "1")
    assert subprocess.check_output(["sh", "-c", "echo $SHOP"], text=True) == "open\n"
    del os.environ["SHOP"]
    assert os.path.expanduser("~") and os.path.expandvars("$HOME") == os.environ["HOME"]
    with open(os.path.expanduser("~/.shoprc"), "w") as file:
        file.write("open")
    os.umask(0o077)
    return sum(numbers)
