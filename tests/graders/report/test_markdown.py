"""The feedback comment: what each kind of report looks like, and what it never shows."""

import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from pushmark_graders.report import markdown
from pushmark_graders.report.markdown import DROP_ORDER, MINIMUM, render, render_summary, size
from pushmark_graders.report.model import (
    CheckResult,
    Location,
    Report,
    TrainingResult,
)
from pushmark_graders.report.sections import Detail

URL = "https://github.com/octo/flight-delays-2"
COMMIT = "4f2a9c1b7d3e5f60718293a4b5c6d7e8f9012345"

PIECES = """@octo|a@b.co|#12|octo/repo#3|GH-4|https://evil.example/x|www.evil.example|![i](https://e.x/p.png)|[l](x:y)
<img src=x>|<script>|</details>|</summary>|</sub>|<!-- pushmark -->|<!--|-->|`|``|```|````|~~~|\\|:tada:|$x$|&#64;octo
4f2a9c1b7d3e5f60718293a4b5c6d7e8f9012345|\x1b[31m|\u202e|\u200b|\u2028|\x00|\ud800|x| |- |# |> |===|---|\t"""
hostile = st.lists(st.sampled_from([*re.split(r"[|\n]", PIECES), "|", "\n", "\n\n"]) | st.text(max_size=3), max_size=20)
learner_text = hostile.map("".join)

Reader = Callable[[str], Any]
Sample = Callable[[str], Report]
Fill = Callable[[Report, str], Report]


def test_each_kind_of_report_looks_like_its_golden_comment(
    sample_name: str, sample: Sample, golden: Callable[[str, str], None]
) -> None:
    golden(f"{sample_name}.md", render(sample(sample_name), repository_url=URL))


def test_each_comment_fits_and_is_well_formed(sample_name: str, sample: Sample, read_comment: Reader) -> None:
    text = render(sample(sample_name), repository_url=URL)
    assert size(text) <= markdown.COMMENT_LIMIT
    comment = read_comment(text)
    assert comment.tags.count("details") == comment.tags.count("summary")
    assert all(link.startswith(f"{URL}/blob/{COMMIT}/") for link in comment.links)
    assert not comment.alive + comment.hidden


def test_the_first_line_says_verdict_score_and_change(sample: Sample) -> None:
    first = render(sample("with_previous")).splitlines()[0]
    assert first == "## 🔧 Not there yet: 17 of 20 points, 7.5 more than last time"


def test_a_practice_report_says_that_it_is_no_grade(sample: Sample) -> None:
    text = render(sample("practice"))
    assert "4 of 10 practice points" in text.splitlines()[0]
    assert "Practice, not a grade." in text
    assert "Practice" not in render(sample("passing"))


def test_of_a_hidden_check_nothing_is_shown_but_title_state_and_hint(sample: Sample) -> None:
    text = render(sample("hidden_failure"), repository_url=URL)
    assert "failed: An airport that was never seen in training still gets a score" in text
    assert "What does your encoder do with a category it has not met?" in text
    assert "SECRET" not in text


def test_the_first_failure_is_open_and_the_second_is_folded(sample: Sample) -> None:
    text = render(sample("failing_first_attempt"))
    assert "### ❌ Task 1, failed: Every flight stays exactly once" in text
    assert "<summary>❌ Task 2, failed: Each flight" in text


def test_the_next_step_names_the_check_and_what_waits_for_it(sample: Sample) -> None:
    text = render(sample("timeout"))
    assert (
        '**Next step:** in task 2, mend "Each flight gets the latest weather observation made before T-2h", '
        "then push again. 1 blocked check waits for it."
    ) in text
    assert text.count("Next step:") == 1


def test_a_blocked_check_says_what_it_waits_for_and_keeps_its_hint_for_later(sample: Sample) -> None:
    text = render(sample("timeout"))
    assert "No feature changes when the future changes<br>Waits for: _Each flight gets" in text
    assert "Two of your columns" not in text


def test_an_over_claim_is_called_one_with_its_numbers(sample: Sample) -> None:
    text = render(sample("overclaim"))
    assert "a claim does not hold: 17 of 20" in text.splitlines()[0]
    assert "| 0.912 | 0.708 (0.697 to 0.719) | 0.641 | 0.204 | 0.020 |" in text
    assert "Over-claimed.** Your run claims 0.912, the grader measured 0.708" in text
    assert "The gap of 0.204 is more than the allowed 0.020." in text


def test_a_failure_of_our_side_shows_no_score_no_table_and_no_cross(sample: Sample) -> None:
    text = render(sample("ungraded"))
    assert text.startswith("## This attempt was not graded: our side failed, no attempt is lost\n")
    assert not re.search(r"points|❌|🔧|\| :--", text)
    assert "landlock is missing" in text


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("../../settings", 1),
        ("/etc/passwd", 1),
        ("a\\b.py", 1),
        ("a/./b.py", 1),
        ("a\u202e.py", 1),
        ("", 1),
        ("a.py", 0),
    ],
)
def test_a_strange_path_is_shown_without_a_link(path: str, line: int, sample: Sample, read_comment: Reader) -> None:
    report = _with_location(sample("learner_error"), Location(path=path, line=line))
    assert read_comment(render(report, repository_url=URL)).links == []


def test_a_path_with_spaces_and_brackets_is_linked_safely(sample: Sample, read_comment: Reader) -> None:
    report = _with_location(sample("learner_error"), Location(path="src/a (1)/[b]`é`.py", line=7))
    links = read_comment(render(report, repository_url=f"{URL}.git")).links
    assert links == [f"{URL}/blob/{COMMIT}/src/a%20%281%29/%5Bb%5D%60%C3%A9%60.py#L7"]


def test_without_a_repository_or_a_commit_there_are_no_links(sample: Sample, read_comment: Reader) -> None:
    report = sample("learner_error")
    assert read_comment(render(report)).links == []
    assert read_comment(render(report, repository_url=URL, commit="main")).links == []
    assert read_comment(render(report, repository_url="javascript:alert(1)")).links == []


def _with_location(report: Report, location: Location) -> Report:
    def moved(check: CheckResult) -> CheckResult:
        return replace(check, location=location) if check.location else check

    return replace(report, tasks=[replace(task, checks=list(map(moved, task.checks))) for task in report.tasks])


@pytest.mark.parametrize("limit", [60_000, 30_000, 12_000, 6_000, 3_000, MINIMUM])
def test_an_enormous_report_fits_and_says_what_was_cut(limit: int, sample: Sample, read_comment: Reader) -> None:
    text = render(sample("enormous"), limit=limit)
    assert size(text) <= limit
    assert text.startswith("## 🔧 Not there yet:")
    assert "left out: " in text or "The rest did not fit" in text
    read_comment(text)


def test_what_is_cut_first_stands_first_in_the_declared_order(sample: Sample) -> None:
    note = re.search(r"this was left out: (.*)\. The report file", render(sample("enormous"), limit=12_000))
    assert note
    positions = [[step.says for step in DROP_ORDER].index(says) for says in note[1].split("; ")]
    assert positions == sorted(positions)


def test_each_step_of_the_drop_order_lowers_amounts_that_exist() -> None:
    amounts = msgspec.structs.asdict(Detail())
    for step in DROP_ORDER:
        for name, value in step.amounts.items():
            assert value < amounts[name], f"{step.says}: {name}"
            amounts[name] = value


def test_a_summary_page_holds_more_than_a_comment(sample: Sample) -> None:
    report = sample("enormous")
    assert size(render(report)) < size(render_summary(report)) <= markdown.SUMMARY_LIMIT


def test_a_limit_too_small_for_the_verdict_is_refused(sample: Sample) -> None:
    with pytest.raises(ValueError, match="at least 2000"):
        render(sample("passing"), limit=MINIMUM - 1)


def test_characters_outside_the_basic_plane_count_twice() -> None:
    assert size("a🚀") == 3


def _skeleton(comment: Any) -> list[str]:
    return [tag for tag in comment.tags if tag not in {"code", "span"}]


@given(text=learner_text, ended=st.booleans(), name=st.sampled_from(["failing_first_attempt", "blocked", "overclaim"]))
def test_learner_text_adds_nothing_but_characters(
    text: str, ended: bool, name: str, sample: Sample, read_comment: Reader, with_learner_text: Fill
) -> None:
    report = sample(name)
    training = replace(with_learner_text(report, "x").training or TrainingResult(state="skipped"), state="completed")
    changes = {"training": training} if ended else {}
    plain = read_comment(render(replace(with_learner_text(report, "x"), **changes), repository_url=URL))
    comment = read_comment(render(replace(with_learner_text(report, f"x\n{text}"), **changes), repository_url=URL))
    assert _skeleton(comment) == _skeleton(plain)
    assert comment.attributes <= {("code", "class"), ("th", "style"), ("td", "style")}
    assert not comment.links + comment.alive + comment.hidden


@settings(max_examples=40)  # each is about thirty renderings of a big report
@given(text=learner_text, times=st.integers(1, 300), limit=st.integers(MINIMUM, 60_000))
def test_a_comment_is_always_under_the_limit_and_always_the_same(
    text: str, times: int, limit: int, sample: Sample, read_comment: Reader, with_learner_text: Fill
) -> None:
    report = with_learner_text(sample("failing_first_attempt"), text * times)
    shown = render(report, repository_url=URL, limit=limit)
    assert size(shown) <= limit
    assert shown == render(report, repository_url=URL, limit=limit)
    shown.encode()
    assert not read_comment(shown).alive


@given(text=learner_text)
def test_an_author_s_text_cannot_break_the_comment_either(text: str, sample: Sample, read_comment: Reader) -> None:
    raw = msgspec.to_builtins(sample("failing_first_attempt"), str_keys=True)
    states = {"schema", "state", "status", "tier", "workers"}

    def fill(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: fill(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [fill(item) for item in value]
        return text if isinstance(value, str) and key not in states else value

    comment = read_comment(render(msgspec.convert(fill(raw), Report, str_keys=True), repository_url=URL))
    assert comment.tags.count("img") == comment.tags.count("script") == 0
    assert not comment.alive + comment.hidden
