"""What the pages tell a reader to type works, in the order in which they tell it, and prints what they say."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pushmark_bot.testing import FakeGitHub
from pushmark_graders import cache
from pushmark_graders.lab.build import build
from pushmark_graders.lab.skeleton import make
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.lab.variants import materialise

from tests.docs import shell
from tests.docs.pages import PAGES, ROOT, Block, blocks, name_of

LAB = "gatecast-2-features"
REPOSITORY = f"ada/{LAB}"
RUN = [page for page in PAGES if any(block.verb or block.language in ("sh", "console") for block in blocks(page))]


@pytest.fixture(scope="module")
def cloned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone of this repository holds."""
    return shell.checkout(tmp_path_factory.mktemp("clone") / "pushmark")


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    """GitHub's interface on a local port, with Ada's repository and her pull request."""
    with FakeGitHub() as fake:
        fake.seed_repo(REPOSITORY)
        assert fake.seed_pull(REPOSITORY, head_sha="a" * 40) == 1
        yield fake


@pytest.fixture
def reader(tmp_path: Path, github: FakeGitHub) -> dict[str, str]:
    """A reader's environment: her home, git's GitHub as a folder, and GitHub's interface."""
    (tmp_path / "home").mkdir()
    (tmp_path / "github").mkdir()
    served = {"GITHUB_API_URL": github.url, "ADA_TOKEN": github.user_token("ada")}
    return shell.environment(tmp_path / "home", tmp_path / "github", cache.folder().parent) | served


def nowhere(folder: Path, _cloned: Path) -> Path:
    """A reader with nothing yet; her own repository of the lab is on GitHub, made from the template."""
    build(load_lab(ROOT / "labs" / LAB), folder / "start")
    publish(folder / "start", folder.parent / "github" / f"{REPOSITORY}.git")
    shutil.rmtree(folder / "start")
    return folder


def newcomer(folder: Path, cloned: Path) -> Path:
    """A reader with nothing yet; this project is on GitHub."""
    shutil.copytree(cloned, folder / "start")
    publish(folder / "start", folder.parent / "github" / "pushmark" / "pushmark.git")
    shutil.rmtree(folder / "start")
    return folder


def in_clone(folder: Path, cloned: Path) -> Path:
    """In a clone of this project, which is set up."""
    shutil.copytree(cloned, folder / "pushmark")
    shell.link_environment(folder / "pushmark")
    return folder / "pushmark"


def instructor(folder: Path, cloned: Path) -> Path:
    """In a clone, with a learner's work beside it. The lab is a small one under the real one's name, for speed."""
    here = in_clone(folder, cloned)
    shutil.rmtree(here / "labs" / LAB)
    lab = make(LAB, here / "labs")
    build(load_lab(lab), folder / "start")
    work = materialise([lab / "solution", lab / "mutants" / "separator-kept"], folder / "start", folder / "ada")
    shutil.rmtree(folder / "start")
    publish(work, folder.parent / "github" / f"{REPOSITORY}.git")
    return here


def publish(folder: Path, target: Path) -> None:
    """Put `folder` on GitHub as a repository of one commit."""
    for command in (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "-q", "-m", "Start"],
        ["clone", "-q", "--bare", ".", str(target)],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)


def head(repository: Path) -> str:
    """The newest commit of a repository."""
    command = ["git", "rev-parse", "main"]
    return subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True).stdout.strip()


SETTINGS: dict[str, Callable[[Path, Path], Path]] = {
    "README.md": newcomer,
    "CONTRIBUTING.md": newcomer,
    "docs/tutorials/first-lab.md": nowhere,
    "docs/tutorials/write-a-lab.md": in_clone,
}
"""Where each page finds its reader; the others find her in the instructor's seat."""


@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_every_command_of_a_page_does_what_the_page_says(
    page: Path, tmp_path: Path, cloned: Path, reader: dict[str, str], github: FakeGitHub
) -> None:
    (tmp_path / "reader").mkdir()
    folder = SETTINGS.get(name_of(page), instructor)(tmp_path / "reader", cloned)
    if (pushed := tmp_path / "github" / f"{REPOSITORY}.git").is_dir():
        github.set_head(REPOSITORY, 1, head(pushed))
    shell.run(blocks(page), folder, reader)


def test_what_is_not_run_is_on_some_page_and_has_a_reason() -> None:
    shown = {shell.bare(line) for page in RUN for block in blocks(page) for line in block.text.splitlines()}
    shown |= {line.removeprefix("$ ") for line in shown}
    assert set(shell.STAND_INS) <= shown
    assert all(reason for reason, _ in shell.STAND_INS.values())


def test_a_page_that_says_something_else_than_happens_is_found(tmp_path: Path, reader: dict[str, str]) -> None:
    page = tmp_path / "page.md"
    folder = tmp_path / "folder"
    folder.mkdir()
    for text, wrong in (
        ("```sh\ntrue\nfalse\ntrue\n```\n", "failed"),
        ("```console\n$ echo 3 points\n4 points\n```\n", "printed"),
        ("```console\n$ exit 3\nnothing\n```\n", "ended"),
    ):
        page.write_text(text)
        with pytest.raises(AssertionError, match=wrong):
            shell.run(_blocks_of(page), folder, reader)
    page.write_text("<!-- write: a.py -->\n```python\nprint(1)\n```\n\n```console\n$ python3 a.py; false\n1\n```\n")
    shell.run(_blocks_of(page), folder, reader)


def _blocks_of(page: Path) -> list[Block]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.docs.pages.ROOT", page.parent)
        return blocks(page)


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        ("a\n\nb\n", "a\nb"),
        ("[  0.1 s] at work\na   b\n", "a b"),
        ("one\ntwo\nthree\n", "one\n...\nthree"),
        ("one\nthree\n", "one\n...\nthree"),
        ("took 3.1 s of 5\n", "took ... of 5"),
        ("one\ntwo\n", "..."),
    ],
)
def test_printed_text_matches_with_gaps(got: str, expected: str) -> None:
    assert shell.shows(got, expected)


@pytest.mark.parametrize(("got", "expected"), [("one\ntwo\n", "one"), ("ab\n", "a"), ("a\nb\nc\n", "a\nc")])
def test_printed_text_that_differs_does_not_match(got: str, expected: str) -> None:
    assert not shell.shows(got, expected)
