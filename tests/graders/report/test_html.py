"""The page: what it shows, that it stands alone, and that nothing in it can come alive."""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from pushmark_graders.report import html
from pushmark_graders.report.markup import Markup, document, element, join
from pushmark_graders.report.model import Report, TrainingResult

Sample = Callable[[str], Report]
Fill = Callable[[Report, str], Report]
VOID = {"meta", "br", "hr"}
PIECES = [
    "<script>alert(1)</script>", "</style>", "</code>", "</title>", "-->", "<!--", "<![CDATA[", "]]>", "<svg onload=x>",
    "<img src=x onerror=x>", "javascript:x", "\" onclick=\"x", "' x='", "&lt;script&gt;", "&#60;", "`", "|", "\n",
    "\ud800", "\x00",
    "\u202e", "\x1b[31m", "<a href=//e.x>", "<base href=//e.x>", "<meta http-equiv=refresh content=0>", "x", " ",
]  # fmt: skip
learner_text = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)


@dataclass
class Page(HTMLParser):
    """A page as a parser sees it: elements with their attributes, and the text that a reader sees."""

    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.odd.append(data)

    def handle_pi(self, data: str) -> None:
        self.odd.append(data)

    def unknown_decl(self, data: str) -> None:
        self.odd.append(data)

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def read(text: str) -> Page:
    page = Page()
    page.feed(text)
    page.close()
    assert not page.open
    return page


@pytest.mark.parametrize("name", ["everything", "fast", "hostile", "ungraded"])
def test_a_page_looks_like_its_golden_one(name: str, sample: Sample, golden: Callable[[str, str], None]) -> None:
    golden(f"{name}.html", f"{html.body(sample(name))}\n")


def test_a_page_is_well_formed_asks_for_nothing_and_runs_nothing(sample_name: str, sample: Sample) -> None:
    page = read(html.render(sample(sample_name)))
    assert not page.odd
    assert not {"script", "img", "link", "iframe", "object", "form", "a", "base", "image", "use", "foreignobject"} & {
        *page.tags
    }
    named = {name for _, attributes in page.elements for name in attributes}
    assert not {name for name in named if name.startswith("on")} | ({"href", "src", "srcset", "style"} & named)


def test_the_policy_allows_the_page_s_own_style_sheet_and_nothing_else(sample: Sample) -> None:
    text = html.render(sample("everything"))
    sheet = re.search("<style>(.*?)</style>", text, re.DOTALL)
    assert sheet
    digest = base64.b64encode(hashlib.sha256(sheet[1].encode()).digest()).decode()
    (policy,) = [one["content"] for one in read(text).all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not re.search(r"url\(|@import", sheet[1])


def test_the_page_can_be_read_without_eyes(sample_name: str, sample: Sample) -> None:
    page = read(html.render(sample(sample_name)))
    assert page.all("html") == [{"lang": "en"}]
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(cell.get("scope") in {"col", "row"} for cell in page.all("th"))
    ids = Counter(attributes["id"] for _, attributes in page.elements if "id" in attributes)
    assert set(ids.values()) <= {1}
    for picture in page.all("svg"):
        assert picture["role"] == "img"
        title, description = picture["aria-labelledby"].split()
        assert ids[title] == ids[description] == 1


def test_every_state_is_said_in_words(sample: Sample) -> None:
    shown = "".join(read(html.render(sample("everything"))).words)
    for words in ("✓ passed", "✗ failed", "≈ too noisy to judge", "… blocked", "~ part of the points"):
        assert words in shown


def test_of_a_hidden_check_nothing_is_shown_but_title_state_and_hint(sample: Sample) -> None:
    text = html.render(sample("hidden_failure"))
    assert "What does your encoder do with a category it has not met?" in text
    assert "SECRET" not in text


def test_a_failure_of_our_side_shows_no_score(sample: Sample) -> None:
    text = html.render(sample("ungraded"))
    assert "our side failed, no attempt is lost" in text
    assert "points" not in "".join(read(text).words)


def test_an_enormous_report_stays_a_page(sample: Sample) -> None:
    assert len(html.render(sample("enormous"))) < 3_000_000


@settings(max_examples=60)
@given(text=learner_text, ended=st.booleans())
def test_learner_text_adds_nothing_but_characters(
    text: str, ended: bool, sample: Sample, with_learner_text: Fill
) -> None:
    def page(said: str) -> Page:
        report = with_learner_text(sample("failing_first_attempt"), said)
        training = replace(report.training or TrainingResult(state="skipped"), state="completed" if ended else "failed")
        return read(html.render(replace(report, training=training)))

    plain, filled = page("x"), page(f"x{text}")
    assert filled.elements[:7] == plain.elements[:7]  # the head, with its policy
    assert filled.tags == plain.tags
    assert [sorted(one) for _, one in filled.elements] == [sorted(one) for _, one in plain.elements]
    assert not filled.odd


@given(text=learner_text)
def test_text_in_any_place_of_an_element_stays_text(text: str) -> None:
    page = read(document(text, "p { color: red }", join([element("p", text, title=text), text])))
    assert page.tags == ["html", "head", "meta", "meta", "meta", "meta", "meta", "title", "style", "body", "p"]
    assert list(page.all("p")[0]) == ["title"]


def test_what_was_built_here_is_not_escaped_again() -> None:
    assert element("p", Markup("<b>&amp;</b>"), "&") == "<p><b>&amp;</b>&amp;</p>"
