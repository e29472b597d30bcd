"""The pages hold together: links lead somewhere, examples are valid, and what they name exists."""

import ast
import json
import re
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path

import click
import pytest
import yaml
from pushmark_bot.cli import app
from pushmark_graders import __version__
from pushmark_graders.cli import cli

from tests.docs.pages import PAGES, ROOT, anchors, blocks, inline_code, links, name_of

READ: dict[str, Callable[[str], object]] = {
    "python": ast.parse,
    "toml": tomllib.loads,
    "json": json.loads,
    "yaml": yaml.safe_load,
}
SHOWN = ("", "text", "sh", "shell", "console", *READ)
"""`shell` is typed by the test of the page that has it, against a server of its own."""
MAKEFILES = [ROOT / "Makefile", ROOT / "template_repo" / "Makefile"]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_to_something(page: Path) -> None:
    for link in links(page):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link}: no such file"
        assert not anchor or anchor in anchors(target), f"{link}: no such heading"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_example_can_be_read_by_its_language(page: Path) -> None:
    for block in blocks(page):
        assert block.language in SHOWN, f"{name_of(page)}:{block.line}: unknown language {block.language!r}"
        if block.language in READ and not block.what.partition(" | ")[2]:
            READ[block.language](block.text)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_in_a_sentence_exists_with_its_options(page: Path) -> None:
    for code in inline_code(page):
        words = shlex.split(code.replace("...", " "))
        if words[:1] == ["pushmark"]:
            assert_command(cli, words[1:], code)
        elif words[:1] == ["pushmark-bot"]:
            assert_command(app, words[1:], code)
        elif words[:1] == ["make"] and words[1:]:
            targets = [
                target for makefile in MAKEFILES for target in re.findall(r"^(\w+):", makefile.read_text(), re.M)
            ]
            assert words[1] in targets, f"`{code}`: no such target"


def assert_command(command: click.Command, words: list[str], code: str) -> None:
    context = click.Context(command, help_option_names=["-h", "--help"])
    for word in words:
        if word.startswith("-"):
            known = [flag for one in command.get_params(context) for flag in (*one.opts, *one.secondary_opts)]
            assert word.split("=")[0] in [*known, "-h"], f"`{code}`: no option {word}"
        elif isinstance(command, click.Group):
            inner = command.get_command(context, word)
            assert inner is not None, f"`{code}`: no command {word}"
            command, context = inner, click.Context(inner, help_option_names=["-h", "--help"])


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_path_of_this_repository_exists(page: Path) -> None:
    for code in inline_code(page):
        if re.fullmatch(r"(graders|bot|tests|labs/gatecast|\.github|template_repo|benchmarks)[\w./-]*", code):
            assert (ROOT / code).exists(), f"`{code}`: no such file"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md" and page.exists():
            reached.add(page)
            waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links(page) if "://" not in link]
    assert set(PAGES) <= reached


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < 120


def test_the_changelog_has_the_version_that_is_built_at_its_top() -> None:
    versions = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert versions[0] == project["version"] == __version__
