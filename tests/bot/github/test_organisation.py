"""Learners' repositories over real HTTP: made, filled, protected, and written to by way of git's objects."""

import hashlib
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pushmark_bot.github import GitHubError, Installation, Patience, PyGithubOrganisation
from pushmark_bot.github.organisation import Change, Ruleset, Writing
from pushmark_bot.testing import FakeGitHub, Fault, secondary_limit

ORGANISATION = "example-school"
TEMPLATE = f"{ORGANISATION}/gatecast-template"
REPO = f"{ORGANISATION}/ml-101-gatecast-learner"
HURRIED = Patience(between_requests=0, between_writes=0, first_wait=0, retries=2)
FILES = {"src/a.py": b"a = 1\n", "README.md": b"# Hello\n", "src-more/b.py": b"", "data/x.bin": bytes(range(256))}
AT = datetime(2027, 1, 10, 8, tzinfo=UTC)


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    """An organisation with a template, and one learner who has an account."""
    with FakeGitHub() as fake:
        fake.seed_template(TEMPLATE, FILES)
        fake.seed_user("learner")
        yield fake


@pytest.fixture
def port(github: FakeGitHub) -> Iterator[PyGithubOrganisation]:
    """The bot, installed on the organisation with all that it needs."""
    app, installation = github.seed_app(
        "pushmark-course", account=ORGANISATION, permissions={"administration": "write", "contents": "write"}
    )
    app.permissions["pull_requests"] = "write"
    who = Installation(app=app.id, private_key=app.private_key, installation=installation)
    opened = PyGithubOrganisation(who=who, api_url=github.url, patience=HURRIED, sleep=lambda _seconds: None)
    yield opened
    opened.close()


@pytest.fixture
def repo(port: PyGithubOrganisation) -> str:
    """A learner's repository."""
    return port.generate(TEMPLATE, REPO, description="Gatecast").full_name


def test_a_repository_made_from_a_template_has_its_files_and_says_where_they_came_from(
    github: FakeGitHub, port: PyGithubOrganisation, repo: str
) -> None:
    found = port.repository(repo)
    assert found.private
    assert found.made_from(TEMPLATE)
    assert github.files(repo) == FILES


def test_a_repository_is_made_once_even_when_the_answer_gets_lost(
    github: FakeGitHub, port: PyGithubOrganisation
) -> None:
    github.expect(Fault(method="POST", path="/generate", stored=True))
    assert port.generate(TEMPLATE, REPO, description="").full_name == REPO
    assert len(github.repositories) == 2


def test_a_name_that_somebody_else_has_is_refused(github: FakeGitHub, port: PyGithubOrganisation) -> None:
    github.seed_repo(REPO, private=True)
    with pytest.raises(GitHubError, match="Name already exists"):
        port.generate(TEMPLATE, REPO, description="")


def test_a_new_repository_is_empty_for_a_while(github: FakeGitHub, port: PyGithubOrganisation) -> None:
    github.keep_empty(2)
    port.generate(TEMPLATE, REPO, description="")
    assert [port.branch(REPO, "main") for _ in range(2)] == ["", ""]
    assert len(port.branch(REPO, "main") or "") == 40
    assert port.branch(REPO, "other") is None


def test_files_have_the_ids_that_git_gives_them(
    github: FakeGitHub, port: PyGithubOrganisation, repo: str, tmp_path: Path
) -> None:
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    alone = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    git = ["git", "-c", "core.autocrlf=false", "-C", str(tmp_path)]
    for arguments in (["init", "-q"], ["add", "-A"]):
        subprocess.run([*git, *arguments], check=True, env=alone)
    tree = subprocess.run([*git, "write-tree"], check=True, env=alone, capture_output=True, text=True).stdout.strip()
    main = port.branch(repo, "main") or ""
    assert port.commit(repo, main).tree == tree
    files = port.files(repo, tree)
    assert files.keys() == FILES.keys()
    content = FILES["src/a.py"]
    assert files["src/a.py"].sha == hashlib.sha1(b"blob 6\0" + content, usedforsecurity=False).hexdigest()
    assert port.content(repo, files["data/x.bin"].sha) == FILES["data/x.bin"]


def test_a_commit_is_made_of_a_changed_tree_and_a_branch_moves_to_it(
    github: FakeGitHub, port: PyGithubOrganisation, repo: str
) -> None:
    main = port.branch(repo, "main") or ""
    binary = port.make_blob(repo, b"\0\xff")
    changes = [Change(path="src/a.py", text="a = 2\n"), Change(path="README.md"), Change(path="c.bin", sha=binary)]
    tree = port.make_tree(repo, port.commit(repo, main).tree, changes)
    writing = Writing(tree=tree, parents=[main], message="Mend it", author="Pushmark", email="p@example.org", moment=AT)
    commit = port.make_commit(repo, writing)
    assert port.make_commit(repo, writing) == commit, "the same words at the same moment are the same commit"
    assert port.move_branch(repo, "main", commit)
    wanted = {**FILES, "src/a.py": b"a = 2\n", "c.bin": b"\0\xff"}
    del wanted["README.md"]
    assert github.files(repo) == wanted
    assert port.commit(repo, commit).parents == (main,)


def test_a_branch_is_made_once_and_never_moved_over_somebodys_commits(
    github: FakeGitHub, port: PyGithubOrganisation, repo: str
) -> None:
    main = port.branch(repo, "main") or ""
    assert port.make_branch(repo, "feedback", main)
    assert not port.make_branch(repo, "feedback", main)
    pushed = github.push(repo, {"mine.py": b""}, login="learner")
    assert not port.move_branch(repo, "main", main)
    assert port.branch(repo, "main") == pushed


def test_a_pull_request_is_opened_once(github: FakeGitHub, port: PyGithubOrganisation, repo: str) -> None:
    port.make_branch(repo, "feedback", port.branch(repo, "main") or "")
    with pytest.raises(GitHubError, match="No commits between feedback and main"):
        port.open_pull(repo, title="Feedback", head="main", base="feedback", body="")
    pushed = github.push(repo, {"mine.py": b""}, login="learner")
    opened = port.open_pull(repo, title="Feedback", head="main", base="feedback", body="")
    assert (opened.number, opened.head_sha, opened.open, opened.merged) == (1, pushed, True, False)
    assert port.open_pull(repo, title="Feedback", head="main", base="feedback", body="") == opened
    port.close_pull(repo, 1)
    assert port.pull(repo, 1).open is False
    assert port.pull_between(repo, head="main", base="feedback") == port.pull(repo, 1)
    assert port.pull_between(repo, head="main", base="other") is None


def test_people_are_looked_up_and_let_in(github: FakeGitHub, port: PyGithubOrganisation, repo: str) -> None:
    found = port.account("learner")
    assert found is not None
    assert found.login == "learner"
    assert port.account("nobody") is None
    for _ in range(2):
        port.let_push(repo, "learner")
    assert "learner" in github.repository(repo).writers


def test_a_frozen_branch_stays_where_it_is(github: FakeGitHub, port: PyGithubOrganisation, repo: str) -> None:
    port.make_branch(repo, "feedback", port.branch(repo, "main") or "")
    for _ in range(2):
        port.protect(repo, Ruleset(name="frozen", branches=["feedback"]))
    port.protect(repo, Ruleset(name="paths", paths=[".github/**/*"], app=1))
    assert [one["target"] for one in github.repository(repo).rulesets] == ["branch", "push"]
    pushed = github.push(repo, {"mine.py": b""}, login="learner")
    with pytest.raises(GitHubError, match="rule violations"):
        port.move_branch(repo, "feedback", pushed)


def test_a_plan_without_rulesets_refuses_them(github: FakeGitHub, port: PyGithubOrganisation, repo: str) -> None:
    github.need_upgrade_for_rulesets()
    with pytest.raises(GitHubError, match="Upgrade to GitHub Pro"):
        port.protect(repo, Ruleset(name="frozen", branches=["feedback"]))


def test_an_archived_repository_takes_nothing_until_it_is_opened_again(port: PyGithubOrganisation, repo: str) -> None:
    port.set_archived(repo, True)
    assert port.repository(repo).archived
    with pytest.raises(GitHubError, match="read-only"):
        port.make_branch(repo, "feedback", port.branch(repo, "main") or "")
    port.set_archived(repo, False)
    assert port.make_branch(repo, "feedback", port.branch(repo, "main") or "")


def test_repositories_are_listed_with_the_last_push_first(github: FakeGitHub, port: PyGithubOrganisation) -> None:
    seconds = iter(range(1_800_000_000, 1_900_000_000))
    github.set_clock(lambda: next(seconds))
    for number in range(3):
        port.generate(TEMPLATE, f"{ORGANISATION}/r{number}", description="")
    github.push(f"{ORGANISATION}/r1", {"a": b""}, login="learner")
    listed = [one.full_name.rsplit("/", 1)[1] for one in port.pushed(ORGANISATION)]
    assert listed[:3] == ["r1", "r2", "r0"]


def test_a_wait_that_is_too_long_says_how_long_it_is(github: FakeGitHub, port: PyGithubOrganisation) -> None:
    github.expect(secondary_limit("POST", "/generate", retry_after=3000))
    with pytest.raises(GitHubError) as refused:
        port.generate(TEMPLATE, REPO, description="")
    assert refused.value.wait == 3000


def test_an_app_that_was_taken_out_is_refused_with_the_next_step(github: FakeGitHub, repo: str) -> None:
    app, installation = github.seed_app("another", account=ORGANISATION)
    who = Installation(app=app.id, private_key=app.private_key, installation=installation)
    port = PyGithubOrganisation(who=who, api_url=github.url, patience=HURRIED, sleep=lambda _seconds: None)
    github.uninstall(installation)
    with pytest.raises(GitHubError) as refused:
        port.repository(repo)
    assert refused.value.status == 404
    assert "still installed" in refused.value.next_step
    port.close()
