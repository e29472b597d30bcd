"""A report in the terminal: the same content as the comment, the verdict last, no control characters."""

import io
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pushmark_graders.report import terminal
from pushmark_graders.report.model import Integrity, Report, SubmissionRef
from rich.console import Console

Sample = Callable[[str], Report]


def _printed(report: Report, *, encoding: str = "utf-8", colour: bool = False, width: int = 100) -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    console = Console(
        file=file, width=width, force_terminal=colour, color_system="truecolor" if colour else None, _environ={}
    )
    terminal.render(report, console)
    file.flush()
    file.seek(0)
    return file.read()


def test_each_kind_of_report_looks_like_its_golden_page(
    sample_name: str, sample: Sample, golden: Callable[[str, str], None]
) -> None:
    golden(f"{sample_name}.txt", _printed(sample(sample_name)))


def test_verdict_and_next_step_are_the_last_lines(sample: Sample) -> None:
    lines = _printed(sample("with_previous"), width=200).splitlines()
    assert lines[-2] == "✗ Not there yet: 17 of 20 points, 7.5 more than last time"
    assert lines[-1].startswith('Next step: in task 2, mend "Each flight gets the latest weather observation')


def test_of_a_hidden_check_nothing_is_shown_but_title_state_and_hint(sample: Sample) -> None:
    text = _printed(sample("hidden_failure"))
    assert "failed: An airport that was never seen in training still gets a score" in text
    assert "SECRET" not in text


def test_a_failure_of_our_side_shows_no_score(sample: Sample) -> None:
    text = _printed(sample("ungraded"))
    assert text.startswith("This attempt was not graded: our side failed, no attempt is lost.")
    assert "points" not in text


def test_a_terminal_with_colour_gets_colour_and_the_same_words(sample: Sample) -> None:
    coloured = _printed(sample("failing_first_attempt"), colour=True)
    assert "\x1b[31m✗" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == _printed(sample("failing_first_attempt"))


def test_where_colours_are_not_wanted_there_are_none(sample: Sample) -> None:
    file = io.StringIO()
    wanted = {"NO_COLOR": "1", "TERM": "xterm-256color"}
    terminal.render(sample("everything"), Console(file=file, width=100, force_terminal=True, _environ=wanted))
    codes = {code for found in re.findall(r"\x1b\[([0-9;]*)m", file.getvalue()) for code in found.split(";")}
    assert codes <= {"0", "1", "2"}  # plain, bold and dim
    assert "≈ too noisy to" in file.getvalue()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_an_old_terminal_gets_words_without_symbols(sample_name: str, sample: Sample, encoding: str) -> None:
    text = _printed(sample(sample_name), encoding=encoding)
    assert not re.search("[✓✗✅❌]", text)
    assert "Next step: " in text


def test_rich_markup_in_learner_text_is_shown_as_it_is(sample: Sample) -> None:
    report = replace(
        sample("passing"), integrity=Integrity(ignored=["[bold red]x[/] [link=https://e.x]y[/link] :tada:"])
    )
    assert "[bold red]x[/] [link=https://e.x]y[/link] :tada:" in _printed(report, colour=True)


def test_an_enormous_report_stays_readable(sample: Sample) -> None:
    text = _printed(sample("enormous"))
    assert text.count("\n") < 3_000
    assert "100 more checks did not pass; the report file has the rest." in text


@given(text=st.text(st.characters() | st.sampled_from("\x1b\x9b[]\x07\r\x00\u202e\ud800"), max_size=60))
def test_no_control_character_of_the_learner_reaches_the_terminal(text: str, sample: Sample) -> None:
    report = sample("learner_error")
    tasks = [
        replace(task, checks=[replace(check, message=text, output=text) for check in task.checks])
        for task in report.tasks
    ]
    names = Integrity(overlaid=[text], ignored=[text], flags=[text])
    submission = SubmissionRef(repository=text, commit=text, author=text)
    shown = _printed(replace(report, tasks=tasks, integrity=names, submission=submission))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", shown)
