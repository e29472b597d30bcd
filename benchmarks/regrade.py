"""What does a whole cohort cost? The same 20 checks on many submissions, with bare pytest and `pushmark regrade`.

Both sides work on all cores: bare pytest as one process for each submission, as many at a time as there are
cores. The checks and the learner's module are those of `overhead.py`; the lab names the libraries that
workers shall have imported. Each submission differs in a comment, so none is finished before.

    python benchmarks/regrade.py [--runs 3] [--json] [--check]
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import measure
import overhead

AIM = 1.0
SUBMISSIONS = 16


def write(root: Path) -> tuple[Path, Path, Path]:
    """A folder of test folders, the lab, and a folder of submissions."""
    bare, lab = overhead.write(root / "one")
    for number in range(SUBMISSIONS):
        for source, target in ((bare, root / "bare"), (lab / "starter", root / "cohort")):
            folder = Path(shutil.copytree(source, target / f"learner-{number:02}"))
            with (folder / "learner.py").open("a") as file:
                file.write(f"# {number}\n")
    return root / "bare", lab, root / "cohort"


def all_passed(done: "subprocess.CompletedProcess[str]") -> None:
    if done.returncode != 0 or done.stdout.count(f"{overhead.CHECKS} passed") != SUBMISSIONS:
        sys.exit(f"bare pytest did not pass:\n{done.stdout}{done.stderr}")


def full_marks(done: "subprocess.CompletedProcess[str]") -> None:
    points = [json.loads(line)["points"] for line in done.stdout.splitlines()]
    if done.returncode != 0 or points != [100.0] * SUBMISSIONS:
        sys.exit(f"pushmark regrade did not give full marks:\n{done.stdout}{done.stderr}")


def main() -> None:
    options = measure.arguments(__doc__ or "", runs=3)
    with tempfile.TemporaryDirectory(prefix="pushmark-bench-") as folder:
        root = Path(folder)
        bare, lab, cohort = write(root)
        env = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1"}
        cores = len(os.sched_getaffinity(0))
        one = f'cd "$0" && "{sys.executable}" -m pytest -q -p no:cacheprovider test_all.py'
        pytest = ["sh", "-c", f"ls -d {bare}/* | xargs -n 1 -P {cores} sh -c '{one}'"]
        pushmark = str(Path(sys.executable).with_name("pushmark"))
        regrade = [pushmark, "regrade", str(lab), "--each", str(cohort), "--again", "--jsonl", "--quiet"]
        sides = [
            measure.Side("bare pytest", pytest, env, root, all_passed),
            measure.Side("pushmark regrade", regrade, env, root, full_marks),
        ]
        seconds = measure.interleave(sides, options.runs)
    ratio = measure.paired_ratio(seconds, "pushmark regrade", "bare pytest")
    each = {name: [value / SUBMISSIONS for value in values] for name, values in seconds.items()}
    measure.finish("pushmark regrade over bare pytest, a submission", ratio, AIM, each, options)


if __name__ == "__main__":
    main()
