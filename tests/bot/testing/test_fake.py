"""The fake GitHub keeps GitHub's rules, as far as a bot can meet them."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from pushmark_bot.testing import FakeGitHub, Fault, secondary_limit
from pushmark_bot.testing.contract import Json

REPO = "ada/gatecast"
SHA = "a" * 40
Ask = Callable[..., tuple[int, Json, dict[str, str]]]


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    """A GitHub with one pull request."""
    with FakeGitHub() as fake:
        fake.seed_repo(REPO)
        fake.seed_pull(REPO, head_sha=SHA)
        yield fake


@pytest.fixture
def ask(github: FakeGitHub) -> Ask:
    """Send one request below the repository and return status, body and headers."""
    workflow = github.actions_token(REPO)

    def send(method: str, path: str, body: Json = None, token: str = workflow) -> tuple[int, Json, dict[str, str]]:
        data = None if body is None else json.dumps(body).encode()
        url = github.url + (path if path == "/user" else f"/repos/{REPO}{path}")
        request = urllib.request.Request(url, data=data, method=method)
        request.add_header("Authorization", f"token {token}")
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.loads(answer.read() or b"null"), dict(answer.headers)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read()), dict(refused.headers)

    return send


def _check(annotations: int = 0, **more: Json) -> Json:
    remark = {"path": "a.py", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
    output = {"title": "t", "summary": "s", "annotations": [remark] * annotations}
    return {"name": "check", "head_sha": SHA, "output": output, **more}


def test_everything_seeded_is_answered_as_github_describes_it(ask: Ask, github: FakeGitHub) -> None:
    assert ask("GET", "")[1]["full_name"] == REPO
    assert ask("GET", "/pulls/1")[1]["head"]["sha"] == SHA
    assert ask("GET", "/issues/1")[1]["pull_request"]["html_url"].endswith("/pull/1")
    assert [pull["number"] for pull in ask("GET", "/pulls?state=all&head=ada:work")[1]] == [1]
    github.set_head(REPO, 1, "b" * 40)
    assert ask("GET", "/pulls/1")[1]["head"]["sha"] == "b" * 40


def test_every_address_in_an_answer_is_on_the_host_that_was_asked(ask: Ask, github: FakeGitHub) -> None:
    assert ask("POST", "/issues/1/comments", {"body": "x"})[1]["url"].startswith(f"{github.url}/repos/{REPO}/")
    assert ask("GET", "/pulls/1")[1]["issue_url"].startswith(github.url)


def test_a_comment_can_be_written_read_edited_and_deleted(ask: Ask, github: FakeGitHub) -> None:
    status, made, _ = ask("POST", "/issues/1/comments", {"body": "one"})
    assert (status, made["user"]["login"], made["user"]["type"]) == (201, "github-actions[bot]", "Bot")
    at = f"/issues/comments/{made['id']}"
    assert ask("PATCH", at, {"body": "two"})[1]["body"] == "two"
    assert ask("GET", at)[1]["body"] == "two"
    assert ask("DELETE", at)[:2] == (204, None)
    assert ask("GET", at)[0] == 404
    assert github.comments(REPO, 1) == []


def test_a_comment_too_long_or_blank_is_refused(ask: Ask) -> None:
    assert ask("POST", "/issues/1/comments", {"body": "x" * 65_536})[0] == 201
    assert ask("POST", "/issues/1/comments", {"body": "x" * 65_537})[0] == 422
    assert ask("POST", "/issues/1/comments", {"body": " \n"})[0] == 422


def test_lists_come_in_pages_with_links_to_the_others(ask: Ask, github: FakeGitHub) -> None:
    for number in range(5):
        github.seed_comment(REPO, 1, author="ada", body=str(number))
    _, page, headers = ask("GET", "/issues/1/comments?per_page=2&page=2")
    assert [one["body"] for one in page] == ["2", "3"]
    links = {rel: url for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', headers["Link"])}
    at = f"{github.url}/repos/{REPO}/issues/1/comments?per_page=2&page="
    assert links == {"prev": f"{at}1", "next": f"{at}3", "last": f"{at}3", "first": f"{at}1"}
    assert "Link" not in ask("GET", "/issues/1/comments")[2]


def test_check_runs_are_for_apps_with_the_permission(ask: Ask, github: FakeGitHub) -> None:
    assert ask("POST", "/check-runs", _check(), github.user_token("ada"))[0] == 403
    assert ask("POST", "/check-runs", _check(), github.actions_token(REPO, {"issues": "write"}))[0] == 403
    assert ask("POST", "/check-runs", _check(), github.app_token("x", "ada/another"))[0] == 403
    assert ask("POST", "/check-runs", _check())[0] == 201


def test_a_check_run_is_changed_by_its_own_app_alone(ask: Ask, github: FakeGitHub) -> None:
    _, run, _ = ask("POST", "/check-runs", _check())
    other = github.app_token("another", REPO)
    assert ask("PATCH", f"/check-runs/{run['id']}", {"conclusion": "success"}, other)[0] == 403
    assert ask("PATCH", f"/check-runs/{run['id']}", {"conclusion": "success"})[1]["status"] == "completed"


def test_annotations_add_up_and_fifty_go_into_one_request(ask: Ask, github: FakeGitHub) -> None:
    assert ask("POST", "/check-runs", _check(51))[0] == 422
    github.violations.clear()  # the description itself says 50: that was this test's own request
    _, run, _ = ask("POST", "/check-runs", _check(50))
    _, run, _ = ask("PATCH", f"/check-runs/{run['id']}", {"output": _check(20)["output"]})
    assert run["output"]["annotations_count"] == 70
    assert len(ask("GET", f"/check-runs/{run['id']}/annotations?per_page=100")[1]) == 70


def test_a_completed_check_run_has_a_conclusion(ask: Ask) -> None:
    assert ask("POST", "/check-runs", _check(status="completed"))[0] == 422
    assert ask("POST", "/check-runs", _check(status="in_progress"))[1]["conclusion"] is None


def test_a_check_run_needs_a_commit_that_was_pushed(ask: Ask) -> None:
    assert ask("POST", "/check-runs", {**_check(), "head_sha": "e" * 40})[0] == 422
    assert ask("GET", f"/commits/{'e' * 40}/check-runs")[0] == 422


def test_check_runs_are_listed_by_commit_or_branch_newest_of_each_name(ask: Ask) -> None:
    for conclusion in ("failure", "success"):
        ask("POST", "/check-runs", _check(conclusion=conclusion))
    assert [run["conclusion"] for run in ask("GET", f"/commits/{SHA}/check-runs")[1]["check_runs"]] == ["success"]
    assert ask("GET", "/commits/work/check-runs?filter=all")[1]["total_count"] == 2
    assert ask("GET", "/commits/work/check-runs?check_name=other")[1]["total_count"] == 0


def test_a_comment_is_edited_by_its_author_or_whoever_may_push(ask: Ask, github: FakeGitHub) -> None:
    _, made, _ = ask("POST", "/issues/1/comments", {"body": "one"})
    at = f"/issues/comments/{made['id']}"
    assert ask("PATCH", at, {"body": "mine"}, github.user_token("mallory"))[0] == 403
    assert ask("PATCH", at, {"body": "owner"}, github.user_token("ada"))[0] == 200


def test_a_private_repository_is_not_there_for_strangers(ask: Ask, github: FakeGitHub) -> None:
    github.seed_repo(REPO, private=True)
    assert ask("GET", "", token=github.user_token("mallory"))[0] == 404
    assert ask("GET", "", token=github.user_token("ada"))[0] == 200
    assert ask("GET", "", token="nobody")[0] == 401


def test_a_pull_request_can_be_opened_once_for_a_branch(ask: Ask, github: FakeGitHub) -> None:
    wanted = {"title": "More", "head": "work", "base": "main"}
    assert ask("POST", "/pulls", wanted)[0] == 422
    assert ask("POST", "/pulls", {**wanted, "head": "no-such-branch"})[0] == 422
    assert github.seed_pull(REPO, head_sha="b" * 40, branch="more") == 2


def test_a_user_is_told_who_it_is_and_an_app_is_not(ask: Ask, github: FakeGitHub) -> None:
    assert ask("GET", "/user", token=github.user_token("grace"))[1]["login"] == "grace"
    assert ask("GET", "/user")[0] == 403


def test_every_answer_carries_the_state_of_the_rate_limit(ask: Ask) -> None:
    headers = ask("GET", "")[2]
    assert int(headers["X-RateLimit-Remaining"]) < int(headers["X-RateLimit-Limit"])
    assert headers["X-RateLimit-Reset"].isdigit()


def test_a_fault_meets_as_many_requests_as_it_was_made_for(ask: Ask, github: FakeGitHub) -> None:
    github.expect(secondary_limit("POST", "/comments", status=429, retry_after=9, times=2))
    answers = [ask("POST", "/issues/1/comments", {"body": "x"}) for _ in range(3)]
    assert [status for status, _, _ in answers] == [429, 429, 201]
    assert answers[0][2]["Retry-After"] == "9"
    assert len(github.comments(REPO, 1)) == 1
    assert github.faults_waiting == []


def test_a_fault_can_hide_that_the_request_took_effect(ask: Ask, github: FakeGitHub) -> None:
    github.expect(Fault(method="POST", path="/comments", stored=True))
    assert ask("POST", "/issues/1/comments", {"body": "x"})[0] == 502
    assert len(github.comments(REPO, 1)) == 1
    assert [(line.status, line.stored) for line in github.log] == [(502, True)]


def test_the_log_holds_no_token(ask: Ask, github: FakeGitHub) -> None:
    ask("GET", "")
    (line,) = github.log
    assert str(line) == f"GET /repos/{REPO} 200"
    assert "ghs_" not in repr(line)
    assert line.login == "github-actions[bot]"
