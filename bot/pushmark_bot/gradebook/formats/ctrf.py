"""CTRF, the Common Test Report Format: a test for each check and metric, with its points in `extra`."""

from collections import Counter
from datetime import UTC, datetime

import msgspec
from pushmark_graders.report.model import State

from pushmark_bot.gradebook.book import Sheet
from pushmark_bot.gradebook.lines import Line, lines

STATUS: dict[State, str] = {
    "passed": "passed",
    "failed": "failed",
    "error": "failed",
    "blocked": "skipped",
    "ungraded": "other",
}
"""What each of our states is there; `rawStatus` has ours."""


def made(sheet: Sheet) -> str:
    """The text of a submission's file."""
    tests = [_test(one) for one in lines(sheet.report)]
    counts = Counter(str(one["status"]) for one in tests)
    start = int((sheet.mark.taken or datetime.fromtimestamp(0, UTC)).timestamp() * 1000)
    summary = {kind: counts[kind] for kind in ("passed", "failed", "skipped", "pending", "other")}
    one = sheet.counted
    whole = {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "generatedBy": "pushmark",
        "results": {
            "tool": {"name": "pushmark", "version": sheet.report.environment.grader},
            "summary": {
                "tests": len(tests),
                **summary,
                "start": start,
                "stop": start + round(sheet.report.timing.total * 1000),
                "extra": {"points": one.points, "max": one.max, "earned": one.earned, "penalty": one.penalty},
            },
            "tests": tests,
            "extra": {
                "course": sheet.course,
                "lab": sheet.lab.slug,
                "learner": sheet.learner.identifier,
                "attempt": one.number,
                "commit": one.sha,
                "pull": sheet.pull_url,
            },
        },
    }
    return msgspec.json.format(msgspec.json.encode(whole)).decode() + "\n"


def _test(one: Line) -> dict[str, object]:
    test: dict[str, object] = {
        "name": one.title,
        "status": STATUS[one.state],
        "duration": round(one.seconds * 1000),
        "suite": [one.group],
        "rawStatus": one.state,
        "extra": {"id": one.id, "points": one.points, "max": one.max, "hidden": one.hidden},
    }
    if one.text:
        test["message"] = one.text
    if one.path:
        test |= {"filePath": one.path, "line": one.line}
    return test
