"""What the bot does when GitHub limits, fails or refuses: how long it waits, and what it says."""

import time
from collections.abc import Callable
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest
from pushmark_bot.github import GitHubError, Patience, PullRequest, PyGithubPort
from pushmark_bot.testing import FakeGitHub, Fault, primary_limit, secondary_limit
from pushmark_graders.errors import PushmarkError
from pushmark_graders.report.model import Report

if TYPE_CHECKING:
    from tests.bot.conftest import Publisher

MakeReport = Callable[..., Report]


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(("method", "path"), [("GET", "/comments"), ("POST", "/comments"), ("POST", "/check-runs")])
def test_it_waits_as_long_as_a_limit_asks_and_looks_for_nothing_in_between(
    publisher: "Publisher", make_report: MakeReport, status: int, method: str, path: str
) -> None:
    publisher.github.expect(secondary_limit(method, path, status=status, retry_after=7))
    outcome = publisher(make_report("failed"))
    assert publisher.waits == [7.0]
    assert (outcome.calls, len(publisher.bodies())) == (4, 1)


def test_it_waits_for_an_edit_too(publisher: "Publisher", make_report: MakeReport) -> None:
    publisher(make_report("failed"))
    publisher.github.expect(secondary_limit("PATCH", "/comments", retry_after=3))
    publisher(make_report("passed"))
    assert publisher.waits == [3.0]
    assert publisher.calls.count("PATCH comments") == 2


def test_a_limit_that_names_no_time_is_waited_for_a_minute(publisher: "Publisher", make_report: MakeReport) -> None:
    publisher.github.expect(secondary_limit("POST", "/comments", retry_after=None))
    publisher(make_report("failed"))
    assert publisher.waits == [60.0]


def test_the_hourly_limit_is_waited_for_until_it_is_reset(publisher: "Publisher", make_report: MakeReport) -> None:
    publisher.github.expect(primary_limit("GET", "/comments", reset_in=30))
    publisher(make_report("failed"))
    (wait,) = publisher.waits
    assert 25 < wait <= 31


def test_a_time_given_as_a_date_is_understood(publisher: "Publisher", make_report: MakeReport) -> None:
    date = formatdate(time.time() + 20, usegmt=True)
    publisher.github.expect(Fault(method="GET", path="/comments", status=503, headers={"Retry-After": date}))
    publisher(make_report("failed"))
    (wait,) = publisher.waits
    assert 15 < wait <= 20


def test_it_gives_up_rather_than_wait_longer_than_it_may(publisher: "Publisher", make_report: MakeReport) -> None:
    publisher.github.expect(secondary_limit("POST", "/comments", retry_after=3600))
    with pytest.raises(GitHubError, match="asks to wait 3600 seconds, longer than the limit of 120") as caught:
        publisher(make_report("failed"))
    assert "--max-wait" in caught.value.next_step
    assert publisher.waits == []


def test_trouble_that_stays_is_tried_five_times_with_longer_waits(
    publisher: "Publisher", make_report: MakeReport
) -> None:
    publisher.patience = Patience(between_requests=0, between_writes=0, first_wait=1)
    publisher.github.expect(Fault(method="GET", path="/comments", times=99))
    with pytest.raises(GitHubError, match=r"answered 502: Server Error \(5 tries\)"):
        publisher(make_report("failed"))
    assert publisher.waits == [1, 2, 4, 8]
    assert publisher.calls == ["GET comments"] * 5


def test_a_refusal_is_not_tried_again(publisher: "Publisher", make_report: MakeReport) -> None:
    publisher.token = publisher.github.actions_token("ada/gatecast", {"checks": "write"})
    with pytest.raises(GitHubError, match="403: Resource not accessible by integration") as caught:
        publisher(make_report("failed"))
    assert "pull-requests: write" in caught.value.next_step
    assert publisher.calls == ["GET comments", "POST comments"]


def test_a_person_who_writes_check_runs_is_told_that_only_apps_may(
    publisher: "Publisher", make_report: MakeReport
) -> None:
    publisher.token, publisher.author = publisher.github.user_token("grace"), "grace"
    with pytest.raises(GitHubError, match="authenticate via a GitHub App") as caught:
        publisher(make_report("failed"))
    assert "--no-check" in caught.value.next_step


def test_a_commit_that_was_never_pushed_is_named(publisher: "Publisher", make_report: MakeReport) -> None:
    with pytest.raises(GitHubError, match=f"No commit found for SHA: {'d' * 40}") as caught:
        publisher(make_report("failed", commit="d" * 40))
    assert "--sha" in caught.value.next_step


def test_a_pull_request_that_is_not_there_is_named(publisher: "Publisher", make_report: MakeReport) -> None:
    publisher.number = 77
    with pytest.raises(GitHubError, match=r"ada/gatecast pull request 77: GitHub answered 404") as caught:
        publisher(make_report("failed"))
    assert "--pr" in caught.value.next_step


def test_a_wrong_token_is_named(publisher: "Publisher", make_report: MakeReport) -> None:
    publisher.token = "ghs_wrong"
    with pytest.raises(GitHubError, match="401: Bad credentials") as caught:
        publisher(make_report("failed"))
    assert "GITHUB_TOKEN" in caught.value.next_step


def test_a_server_that_is_not_there_is_tried_and_then_named() -> None:
    with FakeGitHub() as gone:
        address = gone.url
    waits: list[float] = []
    port = PyGithubPort(who="t", api_url=address, patience=Patience(between_requests=0), sleep=waits.append)
    with pytest.raises(GitHubError, match=r"no answer \(ConnectionError\) \(5 tries\)"):
        list(port.comments(PullRequest("ada/gatecast", 1)))
    port.close()
    assert len(waits) == 4


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(PushmarkError, match=r"'api\.github\.com' is no web address"):
        PyGithubPort(who="t", api_url="api.github.com")


def test_what_github_says_is_shown_on_one_plain_line(publisher: "Publisher", make_report: MakeReport) -> None:
    message = "No\n::error::\x1b[31m" + "x" * 999
    publisher.github.expect(Fault(method="GET", path="/comments", status=422, message=message))
    with pytest.raises(GitHubError) as caught:
        publisher(make_report("failed"))
    assert "\n" not in caught.value.what
    assert "\x1b" not in caught.value.what
    assert len(caught.value.what) < 500
