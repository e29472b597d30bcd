"""How numbers are added up."""

import json
import shutil
import subprocess
import sys


def add(numbers):
    assert "src" in subprocess.run(["ls"], capture_output=True, text=True, check=True).stdout
    assert subprocess.check_output("echo one two | wc -w", shell=True).strip() == b"2"
    if shutil.which("git"):
        subprocess.run(["git", "--version"], check=True)
    program = "import json, sys; print(sum(json.load(sys.stdin)))"
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(numbers), capture_output=True, text=True, check=True
    )
    return float(done.stdout)
