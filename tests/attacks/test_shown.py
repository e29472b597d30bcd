"""What people and machines are shown of a hostile submission does nothing: no command, no markup, no control."""

import re
import sys
import unicodedata
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from tests.attacks.arena import laid
from tests.attacks.cases import corpus, lay
from tests.attacks.judge import Judge

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are confined on Linux")

SPEAKERS = ["workflow-commands", "markup", "terminal-text"]
COMMAND = re.compile(r"^\s*::[\w-]+|##\[|##vso\[", re.MULTILINE)
INERT = {"code", "pre"}
ALLOWED = {
    *INERT,
    "h1",
    "h2",
    "h3",
    "h4",
    "p",
    "br",
    "hr",
    "ul",
    "ol",
    "li",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
ALLOWED |= {"details", "summary", "strong", "em", "b", "i", "sub", "sup", "a", "blockquote", "del", "kbd", "picture"}


@pytest.fixture(scope="module")
def shown(judge: Judge) -> dict[str, dict[str, str]]:
    """By case, every sink as text."""
    sinks = {}
    for attack in corpus():
        if attack.id in SPEAKERS:
            with laid(judge.arena.folder / f"shown-{attack.id}") as submission:
                lay(attack, submission, judge.arena.words)
                graded = judge.arena.grade(submission, attack.lab, program=False, seconds=attack.seconds)
            assert graded.report is not None
            sinks[attack.id] = {name: content.decode() for name, content in graded.sinks.items()}
    return sinks


@pytest.mark.parametrize("name", SPEAKERS)
def test_no_control_character_and_no_mark_that_turns_text_reaches_a_reader(
    name: str, shown: dict[str, dict[str, str]]
) -> None:
    for sink, text in shown[name].items():
        if sink == "report":
            continue  # data: whoever renders it makes it inert
        odd = {
            character
            for character in text
            if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in "\n\t"
        }
        assert odd == set(), sink


@pytest.mark.parametrize("name", SPEAKERS)
def test_progress_says_nothing_that_a_build_machine_obeys(name: str, shown: dict[str, dict[str, str]]) -> None:
    assert COMMAND.search("x\n  ::error::y")
    assert COMMAND.search("a ##[group]b")
    assert not COMMAND.search(shown[name]["stderr"])


class Seen(HTMLParser):
    """Tags, links, comments, and the text outside code."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.comments: list[str] = []
        self.text = ""
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._code += tag in INERT
        self.links += [value or "" for key, value in attrs if key in ("href", "src", "srcset")]

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in INERT

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.text += data


@pytest.mark.parametrize("name", SPEAKERS)
def test_the_comment_holds_no_markup_but_our_own(name: str, shown: dict[str, dict[str, str]]) -> None:
    seen = Seen()
    seen.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(shown[name]["comment"]))
    assert seen.tags <= ALLOWED
    assert all(link.startswith("https://github.com/o/r") for link in seen.links), seen.links
    assert len(seen.comments) <= 2
    assert not any("pushmark:lab" in comment for comment in seen.comments)
    assert not re.search(r"@(everyone|org)|::(error|notice)|javascript:|20 of 20", seen.text)
    assert len(shown[name]["comment"]) < 60_000
