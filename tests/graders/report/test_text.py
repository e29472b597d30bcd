"""Text that learner code chose does nothing, wherever it is put."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pushmark_graders.report.text import cell, clean, code, fence, html, one_line, prose, shorten

PIECES = [
    "@octo",
    "@octo-org/team",
    "a@b.co",
    "#12",
    "octo/repo#3",
    "GH-4",
    "https://evil.example/x",
    "www.evil.example",
    "![i](https://e.x/p.png)",
    "[l](javascript:alert(1))",
    "[^1]",
    "<img src=x onerror=alert(1)>",
    "<script>",
    "</details>",
    "</summary>",
    "</sub>",
    "<!-- pushmark -->",
    "<!--",
    "-->",
    "`",
    "``",
    "```",
    "~~~",
    "|",
    "\\",
    "\n",
    "\n\n",
    "\r",
    "    ",
    "\t",
    "- ",
    "1. ",
    "# ",
    "> ",
    "===",
    "---",
    "*",
    "_",
    "$x$",
    ":tada:",
    "&#64;octo",
    "&lt;b&gt;",
    "4f2a9c1b7d3e5f60718293a4b5c6d7e8f9012345",
    "\x1b[31m",
    "\x1b]8;;https://e.x\x07",
    "\u202e",
    "\u2066",
    "\u200b",
    "\u2028",
    "\x00",
    "\ud800",
    "é\u0301\u0301\u0301\u0301\u0301\u0301",
    "x",
    " ",
    "]",
    ")",
]
hostile = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=25).map("".join)

INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def test_terminal_colours_and_links_disappear_and_their_words_stay() -> None:
    assert clean("\x1b[1;31mred\x1b[0m \x1b]8;;https://e.x\x07link\x1b]8;;\x07") == "red link"


def test_an_unfinished_terminal_escape_takes_no_more_than_its_line() -> None:
    assert clean("\x1b]0;title\nsecond line") == "\nsecond line"


def test_of_a_progress_bar_the_last_state_stays() -> None:
    assert clean("10%\r50%\r100%\r\ndone\r") == "100%\ndone"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("carrier\u200b", "carrier\\u200b"),
        ("\u202eexe.gnp", "\\u202eexe.gnp"),
        ("nul\x00", "nul\\x00"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("half\ud800", "half\\ud800"),
        ("blank\u3164", "blank\\u3164"),
    ],
)
def test_an_invisible_character_is_written_out(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize("text", ["naïve café", "日本語", "שלום", "भाषा", "🚀 ❤️", "a\tb", "déjà\u00a0vu"])
def test_ordinary_text_of_any_language_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_marks_that_paint_over_other_lines_are_thinned() -> None:
    assert clean("a" + "\u0301" * 500) == "a" + "\u0301" * 4


def test_a_fence_is_longer_than_any_run_of_backticks_inside() -> None:
    assert fence("a\n`````\nb") == "``````text\na\n`````\nb\n``````"


def test_no_text_gives_no_fence() -> None:
    assert fence("") == fence("\n \n") == ""


def test_a_long_text_keeps_both_ends_and_says_what_was_cut() -> None:
    shown = shorten("\n".join(f"line {i}" for i in range(1_000)), limit=300)
    assert shown.startswith("line 0\n")
    assert shown.endswith("\nline 999")
    assert re.search(r"\n\[\.\.\. 8,\d\d\d characters cut here \.\.\.\]\n", shown)


def test_of_long_output_the_tail_alone_can_be_kept() -> None:
    shown = shorten("\n".join(f"line {i}" for i in range(1_000)), limit=100, keep="tail")
    assert re.match(r"\[\.\.\. \d,\d\d\d characters cut here \.\.\.\]\nline 9", shown)


def test_a_very_long_line_is_cut_with_a_note() -> None:
    assert shorten("x" * 5_000, limit=10_000) == "x" * 400 + " [... 4,600 more on this line]"


def test_a_flood_of_ten_million_characters_is_cut_without_reading_it_all() -> None:
    shown = shorten("x\n" * 5_000_000, limit=1_000)
    assert len(shown) < 1_200
    assert re.search(r"\[\.\.\. 9,999,\d\d\d characters cut here", shown)


def test_one_line_is_cut_with_dots() -> None:
    assert one_line("a\nb   c", 10) == "a b c"
    assert one_line("abcdefghijkl", 10) == "abcdefg..."


@pytest.mark.parametrize(
    ("text", "span"), [("a`b", "``a`b``"), ("`", "`` ` ``"), ("", "`(empty)`"), ("a|b", "`a|b`"), ("x y", "`x y`")]
)
def test_a_code_span_holds_any_text(text: str, span: str) -> None:
    assert code(text) == span


def test_an_author_s_sentence_keeps_its_code_spans_and_nothing_else() -> None:
    assert prose("Use `a_b` for *x* & <b>, see [y](z) | dep_time") == (
        r"Use `a_b` for \*x\* \& \<b\>, see \[y\](z) &#124; dep_time"
    )


def test_in_a_summary_code_spans_become_html() -> None:
    assert html("`a<b` & c") == "<code>a&lt;b</code> &amp; c"


@given(hostile)
def test_cleaned_text_holds_nothing_invisible_and_encodes(text: str) -> None:
    shown = clean(text)
    assert not INVISIBLE.search(shown)
    shown.encode()
    assert clean(shown) == shown


@given(text=hostile)
def test_a_code_span_shows_its_text_and_nothing_comes_alive(text: str, read_comment: Callable[[str], Any]) -> None:
    comment = read_comment(f"before {code(text)} after\n\n- {code(text)}\n")
    assert set(comment.tags) == {"p", "code", "ul", "li"}
    assert comment.tags.count("code") == 2
    assert not comment.alive + comment.hidden


@given(text=hostile)
def test_nothing_gets_out_of_a_fence(text: str, read_comment: Callable[[str], Any]) -> None:
    comment = read_comment(f"<details>\n<summary>x</summary>\n\n{fence('x' + text)}\n\n</details>\n")
    assert comment.tags == ["details", "summary", "pre", "code"]
    assert not comment.alive + comment.hidden


@given(text=hostile, cell=st.booleans())
def test_a_sentence_is_inert_in_a_paragraph_and_in_a_table(
    text: str, cell: bool, read_comment: Callable[[str], Any]
) -> None:
    frame = f"| h | i |\n| - | - |\n| {prose(text)} | z |\n" if cell else f"{prose(text)}\n"
    comment = read_comment(frame)
    assert set(comment.tags) - {"code", "span"} <= {"table", "thead", "tbody", "tr", "th", "td", "p"}
    assert comment.tags.count("td") == 2 * cell
    assert not comment.alive + comment.hidden


@given(text=hostile)
def test_learner_text_in_a_table_stays_in_its_cell(text: str, read_comment: Callable[[str], Any]) -> None:
    comment = read_comment(f"| h | i |\n| - | - |\n| {cell(text)} | z |\n")
    assert set(comment.tags) - {"code", "span"} <= {"table", "thead", "tbody", "tr", "th", "td"}
    assert comment.tags.count("td") == 2
    assert not comment.alive + comment.hidden


@given(text=hostile)
def test_a_summary_stays_one_summary(text: str, read_comment: Callable[[str], Any]) -> None:
    comment = read_comment(f"<details>\n<summary>{html(text)}</summary>\n\nbody\n\n</details>\n")
    assert [tag for tag in comment.tags if tag not in {"code", "span"}] == ["details", "summary", "p"]
    assert not comment.alive + comment.hidden


@given(hostile, st.integers(300, 2_000), st.integers(3, 60))
def test_shortened_text_keeps_its_bounds(text: str, limit: int, lines: int) -> None:
    shown = shorten(text * 40, limit=limit, lines=lines)
    assert len(shown) <= limit + 50
    assert shown.count("\n") <= lines
