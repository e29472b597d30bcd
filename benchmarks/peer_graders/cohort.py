"""What the graders of a cohort share: the cohort, the libraries it imports, and what full marks are.

Each grader gets the same modules of learners, of which none is finished before, and the same check bodies, and
has to give all points to every submission: a grader that fails, or skips a check, is no fast grader.
"""

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from peer_graders import base

FULL = 100.0
MODULE = "learner.py"
MOST_SHOWN = 1500
LONG_SECONDS = 600
"""For a check, which imports the libraries too, on a machine that is busy with others."""


@dataclass(frozen=True)
class Cohort:
    """The learner's module of each submission by its name, and the body of each check.

    A body is the inside of a function, and finds numpy as `np` and the learner's module as `learner`.
    """

    learners: Mapping[str, str]
    bodies: Sequence[str]
    cores: int

    @property
    def points_each(self) -> int:
        return int(FULL) // len(self.bodies)


@dataclass(frozen=True)
class Command:
    """A command that grades the whole cohort."""

    argv: list[str]
    env: Mapping[str, str]
    cwd: Path


class CohortGrader(Protocol):
    """A grader of a whole cohort, set up in a folder of its own by `prepare`."""

    name: str

    def prepare(self, folder: Path, cohort: Cohort) -> Command:
        """Install it if need be, write the cohort for it, and say what grades it. Raises base.Unavailable."""

    def versions(self) -> dict[str, str]:
        """Its distributions and their versions."""

    def clear(self) -> None:
        """Remove what an earlier run left: nothing is finished before."""

    def points(self, output: str) -> dict[str, float]:
        """The points of each submission, as the grader left them, or as its `output` says."""


def environment(name: str, *requirements: str) -> Path:
    """An environment with the libraries of the checks and `requirements`; returns its python.

    It is one of our own Python, and the libraries have the versions that ours have. Raises base.Unavailable.
    """
    libraries = [base.TORCH, *(f"{library}=={version(library)}" for library in ("numpy", "scikit-learn"))]
    interpreter = str(Path(sys.executable).resolve())
    return base.environment(f"{name}-cohort", *libraries, *requirements, interpreter=interpreter)


def lay(wanted: Cohort, target: Path) -> Path:
    """Write each submission as a folder below `target`; returns that."""
    for name, text in wanted.learners.items():
        base.lay({MODULE: text}, target / name)
    return target


def one_each(submissions: Path, cores: int, argv: Sequence[str]) -> list[str]:
    """A command that runs `argv` for each submission, in place of NAME, as many at a time as there are cores."""
    script = 'folder=$1 cores=$2; shift 2; ls "$folder" | xargs -P "$cores" -I NAME "$@"'
    return ["sh", "-c", script, "one-each", str(submissions), str(cores), *argv]


def empty(folder: Path) -> None:
    """Make `folder`, or make it empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def lacking(wanted: Cohort, points: Mapping[str, float]) -> list[str]:
    """What each submission lacks that has no full marks, one line each."""
    told = {name: f"{points[name]:g} of {FULL:g} points" if name in points else "no points" for name in wanted.learners}
    strangers = [f"{name}: is no submission" for name in points if name not in wanted.learners]
    return [f"{name}: {told[name]}" for name in wanted.learners if points.get(name) != FULL] + strangers
