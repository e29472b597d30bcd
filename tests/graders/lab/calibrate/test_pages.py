"""A calibration is written between its marks and into single keys; nothing that a person wrote is lost."""

import pytest
from pushmark_graders.errors import LabError
from pushmark_graders.lab.calibrate.pages import BEGIN, END, bounded, marked, section
from pushmark_graders.lab.calibrate.proposal import Bounds, Calibration, Row

TOML = """# By hand.
schema = 1
[[metrics]]  # the first
name = "auc"
baseline = 0.04 # measured in May
target=0.08
title = "target = 3"
points = 20

[[metrics]]
name = "cost"
baseline = 9.0
target = 5
step = 0.5
"""
NEW = Bounds(baseline=0.01, target=0.07, step=0.01)


def test_bounds_are_set_and_every_comment_and_other_line_stays() -> None:
    assert bounded(TOML, {"auc": NEW}) == TOML.replace("0.04 #", "0.01 #").replace("=0.08", "=0.07").replace(
        "# the first\n", "# the first\nstep = 0.01\n"
    )
    changed = bounded(TOML, {"cost": Bounds(baseline=8.0, target=4.5, step=0.25)})
    assert changed == TOML.replace("9.0", "8").replace("target = 5\n", "target = 4.5\n").replace("0.5\n", "0.25\n")


@pytest.mark.parametrize(
    "text",
    [
        'metrics = [{name = "auc", baseline = 0.04, target = 0.08}]\n',
        '[[metrics]]\nname = "auc"\nhint = """\nbaseline = 3\n"""\nbaseline = 0.04\ntarget = 0.08\n',
    ],
)
def test_a_file_in_which_more_than_these_keys_would_change_is_refused(text: str) -> None:
    with pytest.raises(LabError, match="not written as one"):
        bounded(text, {"auc": NEW})


def test_a_page_without_marks_gets_them_at_its_end_and_a_second_time_only_what_is_between_changes() -> None:
    page = "# Design\n\nBy hand.\n"
    once = marked(page, "measured\n\nin May")
    assert once == f"{page}\n## Calibration\n\n{BEGIN}\nmeasured\n\nin May\n{END}\n"
    moved = once.replace(END, f"{END}\n\nMore by hand.")
    assert marked(moved, "in June") == moved.replace("measured\n\nin May", "in June")


@pytest.mark.parametrize("page", [f"{BEGIN}\n", f"{END}\n{BEGIN}\n", f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n"])
def test_a_page_with_broken_marks_is_refused(page: str) -> None:
    with pytest.raises(LabError, match="expected one line"):
        marked(page, "text")


def test_a_section_has_a_row_for_each_submission_and_both_bounds() -> None:
    row = Row(name="solution", halves=6, mean=0.1, deviation=0.01, lowest=0.09, highest=0.11, noise=0.006)
    stated = Bounds(baseline=0.04, target=0.08, step=0.01)
    text = section([Calibration(metric="auc", rows=[row], stated=stated, proposed=NEW)], "`practice` alone")
    assert "| solution | 6 | 0.1000 | 0.0100 | 0.0900 | 0.1100 | 0.0060 |" in text
    assert "lab.toml: baseline 0.04, target 0.08, step 0.01." in text
    assert text.endswith("What follows from the measurements: baseline 0.01, target 0.07, step 0.01.")
