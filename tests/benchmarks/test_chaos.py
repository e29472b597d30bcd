"""A small chaos: what benchmarks/chaos.py plays with 200 pull requests, with a few."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "chaos.py"


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_nothing_is_lost_doubled_or_wrong_when_all_fails_that_can(database: str) -> None:
    small = ["--database", database, "--pulls", "8", "--kills", "2", "--json", "--logs"]
    done = subprocess.run([sys.executable, PROGRAM, *small], capture_output=True, text=True, timeout=580, check=False)
    if "needs PostgreSQL" in done.stderr and not os.environ.get("CI"):
        pytest.skip(done.stderr.strip())
    told = json.loads(done.stdout or "{}")
    assert [one for one in told["claims"] if one["wanted"] != one["found"]] == [], done.stderr
    assert done.returncode == 0, done.stderr
    assert told["figures"]["deliveries that did not arrive at first"] > 0
