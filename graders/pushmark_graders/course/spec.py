"""`course.toml` as types, and its reader."""

import re
from pathlib import Path
from typing import Literal

import msgspec

from pushmark_graders import toml_file
from pushmark_graders.errors import CourseError


class AttemptsSpec(msgspec.Struct, frozen=True, kw_only=True):
    """How often one learner may ask the hidden checks of one lab: `total` times, `per_day` in any 24 hours."""

    per_day: int
    total: int


class CourseSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A whole `course.toml`."""

    schema: Literal[1]
    slug: str
    attempts: AttemptsSpec


def load_course(path: Path) -> CourseSpec:
    """Read a course file.

    Raises CourseError with one line per fault (file, key, what was expected) and the next step.
    """
    raw = toml_file.read(path, CourseError, "give the path of a course.toml; docs/reference/course-toml.md shows one")
    problems = toml_file.faults(raw, CourseSpec)
    if not problems:
        course = msgspec.convert(raw, CourseSpec)
        problems = _check_meaning(course)
        if not problems:
            return course
    raise toml_file.fault_error(path, problems, CourseError, "docs/reference/course-toml.md")


def _check_meaning(course: CourseSpec) -> list[str]:
    problems = [
        f"attempts.{key}: expected 1 or more, got {value}"
        for key, value in msgspec.structs.asdict(course.attempts).items()
        if value < 1
    ]
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", course.slug):
        problems.append(f"slug: expected lower-case words with hyphens, got {toml_file.show(course.slug)}")
    return problems
