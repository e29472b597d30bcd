"""Gradescope's `results.json`, as an autograder there writes it."""

import msgspec
from pushmark_graders.report.words import count

from pushmark_bot.gradebook.book import Sheet
from pushmark_bot.gradebook.cells import number
from pushmark_bot.gradebook.lines import Line, lines


def made(sheet: Sheet) -> str:
    """The text of a submission's file: the score that counts, and a test for each check and metric.

    What the learner does not see yet is `after_published`.
    """
    visibility = "after_published" if sheet.mark.held_back else "visible"
    result = {
        "score": sheet.counted.points,
        "execution_time": round(sheet.report.timing.total, 3),
        "output": _about(sheet),
        "output_format": "text",
        "visibility": visibility,
        "stdout_visibility": "hidden",
        "extra_data": {"lab": sheet.lab.slug, "attempt": sheet.counted.number, "commit": sheet.counted.sha},
        "tests": [_test(one, visibility) for one in lines(sheet.report)],
    }
    return msgspec.json.format(msgspec.json.encode(result)).decode() + "\n"


def _about(sheet: Sheet) -> str:
    one = sheet.counted
    said = [f"{number(one.points)} of {number(one.max)} points for commit {one.sha[:10]}: {sheet.pull_url}"]
    said += [f"{number(one.penalty)} taken off for lateness: {count(one.days_late, 'day')}"] if one.penalty else []
    said += [
        f"Task {task.number}: set to {number(task.points)} of {number(task.max)} by staff"
        for task in one.tasks
        if task.setting is not None
    ]
    return "\n".join(said)


def _test(one: Line, visibility: str) -> dict[str, object]:
    return {
        "name": one.title,
        "number": one.number,
        "score": one.points,
        "max_score": one.max,
        "status": "passed" if one.state == "passed" else "failed",
        "output": one.text,
        "output_format": "text",
        "tags": [one.group, *(["hidden"] if one.hidden else [])],
        "visibility": visibility,
        "extra_data": {"id": one.id, "state": one.state},
    }
