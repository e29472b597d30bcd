"""Formats with a file for each submission: golden files that hold to what their owners publish."""

import json
import xml.etree.ElementTree as Xml
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
import xmlschema
from msgspec.structs import replace
from pushmark_bot.gradebook.book import Sheet
from pushmark_bot.gradebook.formats import EACH

from tests.bot.gradebook.formats.conftest import LATE, PUBLISHED, SET, score

Golden = Callable[[str, str], None]
SCHEMAS = {
    "ctrf": "ctrf-schema-0.0.json",
    "classroom50": "classroom50-result-v1.json",
    "gradescope": "gradescope-results.json",
}


def valid(form: str, text: str) -> Any:
    """The JSON of a file, which holds to the published schema."""
    schema = json.loads((PUBLISHED / SCHEMAS[form]).read_text())
    made = json.loads(text)
    jsonschema_rs.validator_for(schema).validate(made)
    return made


@pytest.mark.parametrize("form", EACH)
def test_a_file_is_as_it_was(form: str, sheet: Sheet, golden: Golden) -> None:
    ending, make = EACH[form]
    golden(f"{form}.{ending}", make(sheet))


@pytest.mark.parametrize("form", SCHEMAS)
def test_a_file_holds_to_the_published_schema(form: str, sheet: Sheet) -> None:
    valid(form, EACH[form][1](sheet))


@pytest.mark.parametrize("form", SCHEMAS)
def test_the_schema_refuses_what_it_should(form: str, sheet: Sheet) -> None:
    made = json.loads(EACH[form][1](sheet))
    for wrong in ({**made, "tests": "none", "results": {}}, {**made, "score": "many", "reportFormat": "CTRF2"}):
        with pytest.raises(jsonschema_rs.ValidationError):
            valid(form, json.dumps(wrong))


def test_junit_holds_to_the_schema_that_jenkins_has(sheet: Sheet) -> None:
    schema = xmlschema.XMLSchema10(PUBLISHED / "junit-10.xsd")
    schema.validate(EACH["junit"][1](sheet))
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        schema.validate("<testsuites><testcase/></testsuites>")


def test_gradescope_gets_the_score_that_counts_and_hears_why(sheet: Sheet) -> None:
    late = replace(sheet, counted=score(LATE, SET))
    made = valid("gradescope", EACH["gradescope"][1](late))
    assert made["score"] == 5.82, "3 + 1.25 less a tenth, and the 2 that staff set"
    assert "0.43 taken off for lateness: 1 day" in made["output"]
    assert "Task 2: set to 2 of 2.5 by staff" in made["output"]


def test_what_a_learner_does_not_see_yet_gradescope_does_not_show(sheet: Sheet) -> None:
    held = replace(sheet, mark=replace(sheet.mark, held_back=True))
    made = valid("gradescope", EACH["gradescope"][1](held))
    assert made["visibility"] == "after_published"
    assert {one["visibility"] for one in made["tests"]} == {"after_published"}


def test_classroom_50_gets_whole_points_that_are_never_more_than_there_are(sheet: Sheet) -> None:
    made = valid("classroom50", EACH["classroom50"][1](sheet))
    assert (made["score"], made["max-score"]) == (4, 10)
    assert all(one["score"] <= one["max-score"] for one in made["tests"])
    assert made["submission"] == "submit/2027-01-31T17-30-00Z-0123456"
    assert made["owner"] == "learner-1"


def test_a_learner_without_a_login_is_named_by_the_school(sheet: Sheet) -> None:
    unlinked = replace(sheet, learner=replace(sheet.learner, login=""))
    assert valid("classroom50", EACH["classroom50"][1](unlinked))["owner"] == "s-1"


def test_ctrf_counts_each_kind_once(sheet: Sheet) -> None:
    results = valid("ctrf", EACH["ctrf"][1](sheet))["results"]
    counts = {kind: results["summary"][kind] for kind in ("passed", "failed", "skipped", "pending", "other")}
    assert counts == {"passed": 2, "failed": 2, "skipped": 1, "pending": 0, "other": 0}
    assert results["summary"]["tests"] == len(results["tests"]) == 5


def test_what_a_hidden_check_saw_is_in_no_file(sheet: Sheet) -> None:
    for _, make in EACH.values():
        assert "Try a long one." in make(sheet), "its hint is its author's"
        assert "what no learner may read" not in make(sheet)


def test_what_learner_code_printed_is_inert(sheet: Sheet) -> None:
    for form, (_, make) in EACH.items():
        text = make(sheet)
        assert "\x1b" not in text, form
        assert "\u202e" not in text, form
    [failure, *_] = Xml.fromstring(EACH["junit"][1](sheet)).iter("failure")
    assert failure.text is not None
    assert "<b>&amp;" in failure.text, "it is text, not markup"
