"""The comment as a value: what makes it ours, what it remembers, and that it always fits."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pushmark_bot.comment import LONGEST, Scores, compose, is_ours, marker, read_scores, same_text
from pushmark_graders.errors import PushmarkError
from pushmark_graders.report.markdown import size
from pushmark_graders.report.model import MetricResult, PastAttempt, Previous, Report

BOT = "github-actions[bot]"
points = st.floats(min_value=0, max_value=1000)
attempts = st.builds(
    lambda earned, lost, commit, tasks: Previous(points=earned, max=earned + lost, commit=commit, tasks=tasks),
    points,
    points,
    st.text("0123456789abcdef", max_size=40),
    st.dictionaries(st.integers(0, 50), points, max_size=20),
)


@given(st.none() | attempts, st.none() | attempts, st.integers(0, 1_000_000))
def test_a_comment_remembers_the_scores_it_was_given(
    last: Previous | None, before: Previous | None, count: int
) -> None:
    scores = Scores(last=last, before=before, attempts=count)
    assert read_scores(compose("lab", scores, "text")) == scores


@given(st.text())
def test_any_body_can_be_read(body: str) -> None:
    assert read_scores(body) == Scores()
    assert read_scores(f"{marker('lab')}\n<!-- pushmark:scores {{{body}}} -->\n") == Scores()


@pytest.mark.parametrize(
    "planted",
    [
        '{"last":{"points":1e308,"max":1e308}}',
        '{"last":{"points":-5,"max":10}}',
        '{"last":{"points":50,"max":10}}',
        '{"last":{"points":1,"max":2,"commit":"../../x"}}',
        '{"last":{"points":1,"max":2,"tasks":{"1":1e300}}}',
        '{"last":{"points":"1","max":2}}',
        '{"attempts":-1}',
        '{"attempts":1e99}',
        '{"last":null,"before":{"points":3,"max":2}}',
        '{"history":[{"attempt":1,"points":1,"max":2,"metrics":{"auc":1e300}}]}',
        '{"history":[{"attempt":1e7,"points":1,"max":2}]}',
        '{"history":[{"attempt":1,"points":1,"max":2,"commit":"-->"}]}',
        '{"history":[' + ",".join(['{"attempt":1,"points":1,"max":2}'] * 30) + "]}",
        "{" * 5000,
    ],
)
def test_a_score_that_cannot_be_counts_as_none(planted: str) -> None:
    assert read_scores(f"{marker('lab')}\n<!-- pushmark:scores {planted} -->\nhello") == Scores()


def test_no_commit_can_end_the_hidden_line(make_report: Callable[..., Report]) -> None:
    body = compose("lab", Scores().after(make_report("passed"), "a --> <img src=x>"), "text")
    assert "<img" not in body
    assert read_scores(body).last == Previous(points=1.0, max=1.0, tasks={1: 1.0})


def test_each_commit_adds_to_the_history_that_the_next_comment_tells(make_report: Callable[..., Report]) -> None:
    scores = Scores()
    for commit, states in (("aa", ["failed"]), ("bb", ["passed"]), ("bb", ["failed"]), ("cc", ["passed"])):
        report = make_report(*states)
        scores = read_scores(compose("lab", scores.after(report, commit * 20), "text"))
    told = scores.complete(report)
    assert told.attempt == 3
    assert told.history == [
        PastAttempt(attempt=1, points=0, max=1, commit="a" * 10),
        PastAttempt(attempt=2, points=0, max=1, commit="b" * 10),
    ]


def test_a_history_that_the_grader_knows_is_left_as_it_is(make_report: Callable[..., Report]) -> None:
    known = [PastAttempt(attempt=7, points=1, max=2)]
    report = replace(make_report("passed"), history=known)
    assert Scores().after(report, "aa").complete(report).history == known


def test_no_metric_s_name_can_end_the_hidden_line(make_report: Callable[..., Report]) -> None:
    metrics = [
        MetricResult(name=name, title="", state="passed", points=1, max=1, measured=0.7)
        for name in ("auc", "--> <img>")
    ]
    body = compose("lab", Scores().after(replace(make_report("passed"), metrics=metrics), "aa"), "text")
    assert read_scores(body).history[-1].metrics == {"auc": 0.7}
    assert "<img" not in body


def test_a_history_too_long_to_remember_goes_before_the_scores(make_report: Callable[..., Report]) -> None:
    past = [PastAttempt(attempt=1, points=1, max=1, metrics={"m" * 60 + str(at): 0.5 for at in range(9)})] * 21
    scores = Scores().after(make_report("passed"), "aa")
    assert read_scores(compose("lab", replace(scores, history=past), "text")) == replace(scores, history=[])


def test_a_comment_is_ours_by_its_author_and_its_very_first_line() -> None:
    body = compose("lab", Scores(), "text")
    assert is_ours("lab", BOT, BOT, body)
    assert is_ours("lab", "Course[bot]", "course[bot]", body.replace("\n", "\r\n"))
    assert not is_ours("lab", BOT, "github-actions", body)
    assert not is_ours("lab", BOT, BOT, f" {body}")
    assert not is_ours("lab", BOT, BOT, f"\n{body}")
    assert not is_ours("lab", BOT, BOT, f"> {body}")
    assert not is_ours("la", BOT, BOT, body)


@pytest.mark.parametrize("slug", ["", "a b", "x --> <b>", "../x", "A", "x" * 101, "x\n"])
def test_a_slug_that_no_lab_can_have_is_refused(slug: str) -> None:
    with pytest.raises(PushmarkError, match=r"lab\.slug"):
        marker(slug)


@given(st.text(alphabet="ab`\n\U0001f4a9", min_size=1, max_size=30), st.integers(1, 9000))
def test_a_body_always_fits(text: str, times: int) -> None:
    assert size(compose("lab", Scores(), text * times)) <= LONGEST


def test_what_is_cut_off_is_said_outside_of_an_open_code_block() -> None:
    body = compose("lab", Scores(), "````text\n" + "x ```\n" * 40_000 + "````\n")
    assert body.endswith("x ```\n````\n\n_The rest did not fit into one comment. The report file has it all._\n")


def test_a_body_that_fits_is_left_as_it_is() -> None:
    assert compose("lab", Scores(), "hello\n").endswith(" -->\nhello\n")


def test_line_ends_and_outer_blanks_are_no_difference() -> None:
    assert same_text("a\r\nb\n", "a\nb")
    assert not same_text("a b", "a  b")
