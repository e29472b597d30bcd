"""Classroom 50's `result.json` (`classroom50/result/v1`), as a grading run there writes it.

That format knows whole points alone: the score that counts is rounded, and so is that of each check.
"""

from datetime import UTC, datetime

import msgspec

from pushmark_bot.gradebook.book import Sheet
from pushmark_bot.gradebook.lines import Line, lines


def made(sheet: Sheet) -> str:
    """The text of a submission's file. It has no release there, so the pull request stands for it."""
    commit = f"{sheet.repository_url}/commit/{sheet.counted.sha}"
    received = sheet.mark.received or datetime.fromtimestamp(0, UTC)
    result: dict[str, object] = {
        "schema": "classroom50/result/v1",
        "classroom": sheet.course,
        "assignment": sheet.lab.slug,
        "assignment_type": "individual",
        "owner": sheet.learner.login or sheet.learner.identifier,
        "submission": f"submit/{received.astimezone(UTC):%Y-%m-%dT%H-%M-%SZ}-{sheet.counted.sha[:7]}",
        "commit": commit,
        "release": sheet.pull_url,
        "review": f"{sheet.pull_url}/files",
        "datetime": _moment(received),
        "score": _whole(sheet.counted.points, sheet.counted.max),
        "max-score": _whole(sheet.counted.max),
        "tests": [_test(one) for one in lines(sheet.report)],
    }
    if sheet.mark.taken is not None:
        result["graded_at"] = _moment(sheet.mark.taken)
    if sheet.learner.login:
        result["submitted_by"] = {"username": sheet.learner.login, "id": sheet.learner.github_id}
    return msgspec.json.format(msgspec.json.encode(result)).decode() + "\n"


def _test(one: Line) -> dict[str, object]:
    return {
        "test-name": one.title,
        "passed": one.state == "passed",
        "score": _whole(one.points, one.max),
        "max-score": _whole(one.max),
        "message": one.text,
    }


def _whole(points: float, most: float | None = None) -> int:
    """Points to the nearest whole one, halves up, and no more than there are."""
    whole = int(points + 0.5)
    return whole if most is None else min(whole, _whole(most))


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
