"""Proves that a lab has the files that people read, and a hint wherever a learner can be stuck."""

import re
from collections.abc import Sequence

from pushmark_graders.grading.catalogue import Check
from pushmark_graders.lab.lint.verdict import Verdict
from pushmark_graders.lab.spec import LabSpec

NEEDED_FILES = ("README.md", "hints.md", "design.md", "starter", "checks", "solution")
_SECTION = re.compile(r"^#+\s+(?:Task\s+)?(\d+)\b", re.MULTILINE | re.IGNORECASE)


def prove_files(spec: LabSpec) -> Verdict:
    """What every lab must have is there."""
    missing = [f"{name} is missing" for name in NEEDED_FILES if not (spec.root / name).exists()]
    return Verdict(name="files", problems=missing)


def prove_hints(spec: LabSpec, checks: Sequence[Check]) -> Verdict:
    """Each check and each metric has a hint, and hints.md a section for each task."""
    page = spec.root / "hints.md"
    text = page.read_text(encoding="utf-8", errors="replace") if page.is_file() else ""
    told = f"{len(checks)} checks, {len(spec.metrics)} metrics, {len(spec.tasks)} tasks"
    return Verdict(name="hints", problems=without_hint(spec, checks, text), told=told)


def without_hint(spec: LabSpec, checks: Sequence[Check], page: str) -> list[str]:
    """The checks, metrics and tasks that leave a learner alone."""
    problems = [f"check {check.id} has no hint: give @task(hint=...)" for check in checks if not check.hint.strip()]
    for metric in spec.metrics:
        if not metric.hint.strip():
            problems.append(f"metric {metric.name} has no hint")
        if metric.honesty_points and not metric.honesty_hint.strip():
            problems.append(f"metric {metric.name} has honesty_points and no honesty_hint")
    sections = {int(number) for number in _SECTION.findall(page)}
    problems += [
        f"hints.md has no section for task {task.number}: begin one with `## Task {task.number}. {task.title}`"
        for task in spec.tasks
        if task.number not in sections
    ]
    return problems
