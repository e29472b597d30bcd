"""The one comment with answers to commands."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from pushmark_bot.slash.answer import MARKER, Said, compose, is_ours

AT = datetime(2027, 1, 31, 18, tzinfo=UTC)


def said(line: str = "/status", answer: str = "- All is well.") -> Said:
    """An answered command."""
    return Said(line=line, login="learner", at=AT, answer=answer)


def test_the_newest_answer_is_open_and_the_others_are_folded() -> None:
    body = compose([said("/hint", "Sort first."), said()])
    assert body == (
        "<!-- pushmark:answers -->\n`/hint` from `learner`, 2027-01-31 18:00 UTC\n\nSort first.\n\n"
        "<details>\n<summary>/status, 2027-01-31 18:00 UTC</summary>\n\n- All is well.\n\n</details>\n"
    )


def test_only_the_last_five_are_shown_and_all_fit() -> None:
    body = compose([said(answer=f"answer {at}\n" + "x" * 50_000) for at in range(9)])
    assert "answer 4" in body
    assert "answer 5" not in body
    assert len(body) < 60_000


def test_only_the_bots_own_comment_with_the_marker_on_top_is_ours() -> None:
    body = compose([said()])
    assert is_ours("bot[bot]", "Bot[bot]", body)
    assert not is_ours("bot[bot]", "learner", body)
    assert not is_ours("bot[bot]", "bot[bot]", f"See:\n{MARKER}")


@given(st.text(min_size=1, max_size=200))
def test_what_somebody_typed_never_leaves_its_code_span(line: str) -> None:
    body = compose([said(line)])
    assert body.startswith(f"{MARKER}\n`")
    assert body.count("\n") == 4
