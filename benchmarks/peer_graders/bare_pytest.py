"""Bare pytest: one process for each submission, as many at a time as there are cores.

It runs in our own environment, with plugin autoload off, and its checks import the learner's module into its own
process. `--quiet` alone says how many passed.
"""

import re
import sys
from importlib.metadata import version
from pathlib import Path

from peer_graders import base, cohort

SAID = "said.txt"


class BarePytest:
    name = "bare pytest"

    def prepare(self, folder: Path, wanted: cohort.Cohort) -> cohort.Command:
        self._each = wanted.points_each
        self._submissions = cohort.lay(wanted, folder / "submissions")
        lines = ["import learner", "import numpy as np"]
        lines += [f"def test_{number}():\n{body}" for number, body in enumerate(wanted.bodies)]
        for name in wanted.learners:
            (self._submissions / name / "test_all.py").write_text("\n".join(lines))
        one = f'cd "$1" && exec "$0" -m pytest -q -p no:cacheprovider test_all.py > {SAID}'
        argv = ["sh", "-c", one, sys.executable, f"{self._submissions}/NAME"]
        env = base.plain_variables(Path(sys.executable), folder) | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        return cohort.Command(cohort.one_each(self._submissions, wanted.cores, argv), env, folder)

    def versions(self) -> dict[str, str]:
        return {"pytest": version("pytest")}

    def clear(self) -> None:
        for said in self._submissions.glob(f"*/{SAID}"):
            said.unlink()

    def points(self, output: str) -> dict[str, float]:
        del output
        return {said.parent.name: self._each * passed(said.read_text()) for said in self._submissions.glob(f"*/{SAID}")}


def passed(said: str) -> float:
    """How many checks passed, by pytest's last line."""
    last = said.strip().rpartition("\n")[2]
    found = re.search(r"\b(\d+) passed\b", last)
    return float(found[1]) if found else 0.0
