"""What people may type on a pull request."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pushmark_bot.slash.grammar import FORMS, Command, Malformed, read


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/grade", Command(name="grade")),
        ("/grade  \r\nthank you", Command(name="grade")),
        ("/hint", Command(name="hint")),
        ("/hint 3", Command(name="hint", task=3)),
        ("/status", Command(name="status")),
        (
            "/appeal as-of-probe My column is known.",
            Command(name="appeal", check="as-of-probe", reason="My column is known."),
        ),
        ("/score 2 7.5 Saw it run.", Command(name="score", task=2, points=7.5, reason="Saw it run.")),
        ("/extend @a-learner 2d", Command(name="extend", login="a-learner", extra=timedelta(days=2))),
        ("/extend learner 36h", Command(name="extend", login="learner", extra=timedelta(hours=36))),
        ("/regrade", Command(name="regrade")),
        ("/regrade all", Command(name="regrade", everything=True)),
        ("/release", Command(name="release")),
        ("/freeze", Command(name="freeze")),
        ("/freeze off", Command(name="freeze", off=True)),
    ],
)
def test_a_command_is_read_from_the_first_line(line: str, command: Command) -> None:
    assert read(line) == command


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Could you /grade this?",
        "thanks\n/grade",
        " /grade",
        "> /grade",
        "/graded",
        "/Grade",
        "/home/learner",
        "/unknown",
        "`/grade`",
        "/release\x00",
    ],
)
def test_any_other_comment_is_talk_among_people(body: str) -> None:
    assert read(body) is None


@pytest.mark.parametrize(
    "body",
    [
        "/grade now",
        "/hint first",
        "/hint  3",
        "/appeal",
        "/appeal as-of-probe",
        "/appeal AsOf because",
        "/score 2",
        "/score 2 7.5",
        "/score two 7 reason",
        "/score 2 -1 reason",
        "/score 2 1e9 reason",
        "/score 2 7 " + "x" * 501,
        "/extend @learner",
        "/extend @learner 0d",
        "/extend @learner 2w",
        "/extend @-learner 2d",
        "/extend @learner 99999d",
        "/regrade everything",
    ],
)
def test_what_is_nearly_a_command_gets_its_form_shown(body: str) -> None:
    answer = read(body)
    assert isinstance(answer, Malformed)
    assert answer.usage == FORMS[answer.name].usage


def test_learners_and_staff_have_their_own_commands() -> None:
    assert {name for name, form in FORMS.items() if form.who == "learner"} == {"grade", "hint", "status", "appeal"}
    assert Command(name="score").who == "staff"


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    read(text)
    read(f"/score {text}")
    read(f"/extend {text}")
