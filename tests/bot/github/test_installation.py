"""The bot as an app: it signs in for an installation, looks at pull requests and fetches commits."""

import io
import tarfile
from collections.abc import Iterator

import pytest
from pushmark_bot.github import GitHubError, Installation, Patience, PullRequest, PyGithubPort
from pushmark_bot.testing import FakeGitHub

ORGANISATION = "example-school"
REPO = f"{ORGANISATION}/gatecast-learner"
HURRIED = Patience(between_requests=0, between_writes=0, first_wait=0, retries=2)
FILES = {"src/a.py": b"a = 1\n", "README.md": b"# Hello\n"}


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    """An organisation with one repository."""
    with FakeGitHub() as fake:
        fake.seed_repo(REPO, private=True)
        yield fake


@pytest.fixture
def port(github: FakeGitHub) -> Iterator[PyGithubPort]:
    """The bot, installed on the organisation."""
    app, installation = github.seed_app("pushmark-course", account=ORGANISATION)
    who = Installation(app=app.id, private_key=app.private_key, installation=installation)
    opened = PyGithubPort(who=who, api_url=github.url, patience=HURRIED, sleep=lambda _seconds: None)
    yield opened
    opened.close()


def test_a_pull_request_is_looked_at_with_one_request_beside_the_token(github: FakeGitHub, port: PyGithubPort) -> None:
    sha = github.seed_commit(REPO, FILES)
    number = github.seed_pull(REPO, head_sha=sha)
    head = port.head(PullRequest(REPO, number))
    assert (head.sha, head.open, head.draft) == (sha, True, False)
    assert [exchange.operation for exchange in github.log] == ["apps/create-installation-access-token", "pulls/get"]


def test_one_token_serves_many_requests(github: FakeGitHub, port: PyGithubPort) -> None:
    number = github.seed_pull(REPO, head_sha=github.seed_commit(REPO, FILES))
    for _ in range(3):
        port.head(PullRequest(REPO, number))
    assert [exchange.operation for exchange in github.log].count("apps/create-installation-access-token") == 1


def test_a_commit_is_fetched_from_another_host_without_our_token(github: FakeGitHub, port: PyGithubPort) -> None:
    sha = github.seed_commit(REPO, FILES)
    archive = io.BytesIO()
    port.fetch(REPO, sha, archive, most=1 << 20)
    with tarfile.open(fileobj=archive) as tar:
        assert {name.split("/", 1)[1] for name in tar.getnames()} == FILES.keys()
    assert not github.archive_headers[-1].get("authorization")


def test_a_commit_that_is_too_large_is_refused(github: FakeGitHub, port: PyGithubPort) -> None:
    sha = github.seed_commit(REPO, {"noise.bin": bytes(range(256)) * 8000})
    with pytest.raises(GitHubError, match="more than 0 MiB"):
        port.fetch(REPO, sha, io.BytesIO(), most=1000)


def test_a_commit_that_is_not_there_says_so(port: PyGithubPort) -> None:
    with pytest.raises(GitHubError, match="Could not fetch") as refused:
        port.fetch(REPO, "a" * 40, io.BytesIO(), most=1000)
    assert refused.value.status == 404


def test_an_app_that_is_not_installed_gets_nowhere(github: FakeGitHub) -> None:
    app, _ = github.seed_app("pushmark-course", account=ORGANISATION)
    who = Installation(app=app.id, private_key=app.private_key, installation=99)
    port = PyGithubPort(who=who, api_url=github.url, patience=HURRIED)
    with pytest.raises(GitHubError) as refused:
        port.head(PullRequest(REPO, 1))
    assert refused.value.status == 404


def test_another_app_cannot_sign_for_this_one(github: FakeGitHub) -> None:
    app, installation = github.seed_app("pushmark-course", account=ORGANISATION)
    other, _ = github.seed_app("somebody-else", account=ORGANISATION)
    who = Installation(app=app.id, private_key=other.private_key, installation=installation)
    port = PyGithubPort(who=who, api_url=github.url, patience=HURRIED)
    with pytest.raises(GitHubError) as refused:
        port.head(PullRequest(REPO, 1))
    assert refused.value.status == 401


def test_an_installation_reaches_its_own_account_alone(github: FakeGitHub, port: PyGithubPort) -> None:
    github.seed_repo("elsewhere/secret", private=True)
    with pytest.raises(GitHubError) as refused:
        port.head(PullRequest("elsewhere/secret", 1))
    assert refused.value.status == 404


@pytest.mark.parametrize(("login", "may"), [(ORGANISATION, "admin"), ("instructor", "write"), ("learner", "read")])
def test_what_somebody_may_do_is_asked_of_github(github: FakeGitHub, port: PyGithubPort, login: str, may: str) -> None:
    github.seed_repo(REPO, private=True).writers.add("instructor")
    assert port.permission(REPO, login) == may


def test_a_reaction_put_twice_is_there_once(github: FakeGitHub, port: PyGithubPort) -> None:
    number = github.seed_pull(REPO, head_sha=github.seed_commit(REPO, FILES))
    comment = github.seed_comment(REPO, number, author="learner", body="/grade")
    port.react(REPO, comment, "eyes")
    port.react(REPO, comment, "eyes")
    assert github.comments(REPO, number)[0].reactions == [("pushmark-course[bot]", "eyes")]


def test_a_removed_installation_is_refused_with_what_an_operator_can_do(github: FakeGitHub, port: PyGithubPort) -> None:
    number = github.seed_pull(REPO, head_sha=github.seed_commit(REPO, FILES))
    port.head(PullRequest(REPO, number))
    github.uninstall(1002)
    with pytest.raises(GitHubError, match="GitHub answered 401: Bad credentials") as refused:
        port.head(PullRequest(REPO, number))
    assert refused.value.next_step.startswith("run `pushmark-bot doctor`")


@pytest.mark.parametrize(("key", "installation"), [("right", 77), ("another", 1002)], ids=["no installation", "no key"])
def test_an_app_that_github_does_not_let_in_is_told_to_ask_the_doctor(
    github: FakeGitHub, key: str, installation: int
) -> None:
    app, installed = github.seed_app("pushmark-course", account=ORGANISATION)
    other, _ = github.seed_app("other", account="somebody")
    assert installed == 1002
    given = app.private_key if key == "right" else other.private_key
    who = Installation(app=app.id, private_key=given, installation=installation)
    port = PyGithubPort(who=who, api_url=github.url, patience=HURRIED, sleep=lambda _seconds: None)
    with pytest.raises(GitHubError, match="Could not look at") as refused:
        port.head(PullRequest(REPO, 1))
    assert refused.value.next_step.startswith("run `pushmark-bot doctor`")
    port.close()
