"""The judge of the fake: it must be able to say no, to requests, to answers and to webhooks."""

import json
import urllib.error
import urllib.request

import pytest
from pushmark_bot.testing import ContractError, FakeGitHub, contract
from pushmark_bot.testing.answers import Answers
from pushmark_bot.testing.contract import Contract, Json, Operation
from pushmark_bot.testing.operations import Answer, Call
from pushmark_bot.testing.operations.repositories import Repositories

REPO = "ada/gatecast"


def _send(fake: FakeGitHub, method: str, path: str, body: Json = None, token: str | None = None) -> tuple[int, Json]:
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token or fake.actions_token(REPO)}"}
    request = urllib.request.Request(f"{fake.url}/repos/{REPO}{path}", data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read() or b"null")


def _operation(rules: Contract, operation_id: str) -> Operation:
    return next(one for one in rules.operations if one.id == operation_id)


@pytest.mark.parametrize(
    ("method", "path", "body", "violation"),
    [
        ("POST", "/check-runs", {"name": "x", "head_sha": "a" * 40, "output": {"title": "t"}}, "summary"),
        ("POST", "/check-runs", {"name": 3, "head_sha": "a" * 40}, "is not of type"),
        ("POST", "/check-runs", {"head_sha": "a" * 40}, "name"),
        ("POST", "/issues/1/comments", {"text": "hello"}, "body"),
        ("POST", "/issues/1/comments", None, "the body is missing"),
        ("POST", "/issues/1/comments", b"{", "not JSON"),
        ("POST", "/issues/1/comments", {"body": "x", "sticky": True}, "'sticky'"),
        (
            "POST",
            "/check-runs",
            {"name": "x", "head_sha": "a" * 40, "output": {"title": "t", "summary": "s", "annotations": [{"line": 1}]}},
            "at /output/annotations/0: 'line' is not described",
        ),
        ("GET", "/issues/1/comments?per_pgae=3", None, "unknown query parameter 'per_pgae'"),
        ("GET", "/issues/1/comments?page=two", None, "is not of type"),
        ("GET", "/issues/1/comments", {"a": 1}, "a body where none is described"),
        ("GET", "/no-such-thing", None, "no operation"),
    ],
)
def test_a_request_that_github_does_not_describe_is_refused_and_remembered(
    method: str, path: str, body: Json, violation: str
) -> None:
    fake = FakeGitHub()
    fake.start()
    fake.seed_repo(REPO)
    fake.seed_pull(REPO, head_sha="a" * 40)
    status, _ = _send(fake, method, path, body)
    fake.stop()
    assert 400 <= status < 500
    assert violation in "\n".join(fake.violations)
    with pytest.raises(ContractError):
        fake.assert_valid()


def test_an_answer_that_github_would_not_give_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Answers.comment

    def without_a_user(self: Answers, *args: Json) -> Json:
        return {name: value for name, value in whole(self, *args).items() if name != "user"}

    monkeypatch.setattr(Answers, "comment", without_a_user)
    fake = FakeGitHub()
    fake.start()
    fake.seed_repo(REPO)
    number = fake.seed_pull(REPO, head_sha="a" * 40)
    fake.seed_comment(REPO, number, author="ada", body="hello")
    _send(fake, "GET", f"/issues/{number}/comments")
    fake.stop()
    assert fake.violations == [
        'GET /repos/{owner}/{repo}/issues/{issue_number}/comments answer 200: at /0: "user" is a required property'
    ]


def test_a_fault_of_the_fake_itself_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Repositories, call: Call) -> Answer:
        raise ZeroDivisionError

    monkeypatch.setattr(Repositories, "get_repository", broken)
    fake = FakeGitHub()
    fake.start()
    fake.seed_repo(REPO)
    status, _ = _send(fake, "GET", "")
    fake.stop()
    assert status == 500
    assert "ZeroDivisionError" in fake.violations[0]


def _ask_for_nonsense(then: BaseException | None = None) -> None:
    with FakeGitHub() as fake:
        fake.seed_repo(REPO)
        _send(fake, "GET", "/no-such-thing")
        if then is not None:
            raise then


def test_leaving_the_with_block_raises_what_was_violated() -> None:
    with pytest.raises(ContractError, match="no operation"):
        _ask_for_nonsense()


def test_an_error_in_the_with_block_is_not_hidden_by_a_violation() -> None:
    with pytest.raises(ZeroDivisionError):
        _ask_for_nonsense(then=ZeroDivisionError())


def test_a_status_that_is_not_described_is_a_violation() -> None:
    rules = contract.load()
    operation = _operation(rules, "issues/create-comment")
    assert rules.answer_problems(operation, 200, {}) == [
        "POST /repos/{owner}/{repo}/issues/{issue_number}/comments answer 200: a status that is not described"
    ]
    assert rules.answer_problems(operation, 502, {"message": "Server Error"}) == []


def test_a_webhook_that_github_does_not_send_is_a_violation() -> None:
    rules = contract.load()
    assert rules.webhook_problems("check-run-exploded", {}) == ["webhook check-run-exploded: not described"]
    assert any(
        "comment" in problem for problem in rules.webhook_problems("issue-comment-created", {"action": "created"})
    )


def test_null_is_allowed_where_github_says_nullable_and_nowhere_else() -> None:
    rules = contract.load()
    operation = _operation(rules, "checks/get")
    problems = rules.answer_problems(operation, 200, {"conclusion": None, "name": None, "completed_at": None})
    assert not [problem for problem in problems if "/conclusion" in problem or "/completed_at" in problem]
    assert [problem for problem in problems if "at /name" in problem]
