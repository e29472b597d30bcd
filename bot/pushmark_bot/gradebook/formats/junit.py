"""JUnit XML as Jenkins reads it: a test suite for each task, a test case for each check and metric."""

import re
import xml.etree.ElementTree as Xml
from datetime import UTC, datetime
from itertools import groupby

from pushmark_bot.gradebook.book import Sheet
from pushmark_bot.gradebook.cells import number
from pushmark_bot.gradebook.lines import Line, lines

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def made(sheet: Sheet) -> str:
    """The text of a submission's file."""
    every = [*lines(sheet.report)]
    whole = {key: value for key, value in _counted(every).items() if key != "skipped"}  # only a testsuite may say that
    root = Xml.Element("testsuites", whole | {"name": _text(f"{sheet.lab.slug} {sheet.learner.identifier}")})
    at = (sheet.mark.taken or datetime.fromtimestamp(0, UTC)).astimezone(UTC)
    for group, of_group in groupby(every, lambda one: one.group):
        _suite(root, sheet, group, [*of_group], at)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _suite(root: Xml.Element, sheet: Sheet, group: str, every: list[Line], at: datetime) -> None:
    said = _counted(every) | {"name": _text(group), "timestamp": f"{at:%Y-%m-%dT%H:%M:%S}"}
    suite = Xml.SubElement(root, "testsuite", said)
    properties = Xml.SubElement(suite, "properties")
    about = {
        "points": number(sum(one.points for one in every)),
        "max": number(sum(one.max for one in every)),
        "score": f"{number(sheet.counted.points)} of {number(sheet.counted.max)}",
        "commit": sheet.counted.sha,
        "pull": sheet.pull_url,
    }
    for name, value in about.items():
        Xml.SubElement(properties, "property", {"name": name, "value": _text(value)})
    for one in every:
        _case(suite, sheet, one)


def _case(suite: Xml.Element, sheet: Sheet, one: Line) -> None:
    case = Xml.SubElement(
        suite,
        "testcase",
        {"name": _text(one.title), "classname": f"{sheet.lab.slug}.{one.id}", "time": f"{one.seconds:.3f}"},
    )
    message = f"{number(one.points)} of {number(one.max)} points"
    kinds = {"failed": "failure", "error": "error", "blocked": "skipped", "ungraded": "skipped"}
    if one.state in kinds:
        told = Xml.SubElement(case, kinds[one.state], {"type": one.state, "message": message})
        told.text = _text(one.text)


def _counted(every: list[Line]) -> dict[str, str]:
    states = [one.state for one in every]
    return {
        "tests": str(len(states)),
        "failures": str(states.count("failed")),
        "errors": str(states.count("error")),
        "skipped": str(states.count("blocked") + states.count("ungraded")),
        "time": f"{sum(one.seconds for one in every):.3f}",
    }


def _text(text: str) -> str:
    """What XML 1.0 can hold; the rest is written out."""
    return _NOT_IN_XML.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
