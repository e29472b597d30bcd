"""What the tests of cohorts share: submissions to the tiny lab, git repositories, and who is alive."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pushmark_graders.cohort.keys import Cohort
from pushmark_graders.lab.build import Rendered, rendered
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.lab.variants import materialise, variants
from pushmark_graders.worker.policy import local

TINY = Path(__file__).parents[2] / "fixtures" / "tiny-lab"


@pytest.fixture(scope="session")
def base() -> Rendered:
    return rendered(load_lab(TINY))


@pytest.fixture
def cohort(base: Rendered) -> Cohort:
    return Cohort(spec=load_lab(TINY), base=base, policy=local(), seed="a seed")


@pytest.fixture
def folders(base: Rendered, tmp_path: Path) -> dict[str, Path]:
    """A folder for each submission that the lab ships, by its name."""
    every = variants(load_lab(TINY))
    names = {one.name.rpartition("/")[2]: one for one in every}
    return {name: materialise(one.layers, base.template, tmp_path / "all" / name) for name, one in names.items()}


def descendants(pid: int) -> set[int]:
    """The processes that stem from `pid`, without itself."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def alive(pids: set[int]) -> set[int]:
    """Those that still run; one that nobody has waited for is dead all the same."""
    left = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state not in ("Z", "X"):
            left.add(pid)
    return left


def wait_until(true: Callable[[], object], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.02)


@pytest.fixture
def git(tmp_path: Path) -> Callable[..., str]:
    """`git(folder, "add", "-A")` as a person of these tests runs it."""
    variables = os.environ | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
        "HOME": str(tmp_path),
    }

    def run(folder: Path, *arguments: str, stdin: str = "") -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, env=variables, input=stdin, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    return run
