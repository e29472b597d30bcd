"""The same publication to two GitHubs, so that ours is not the only one that agrees with the bot."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pushmark_bot import memory
from pushmark_bot.comment import marker
from pushmark_bot.github import PullRequest
from pushmark_bot.publish import Outcome, Target, publish
from pushmark_graders.report import markdown
from pushmark_graders.report.model import Report

if TYPE_CHECKING:
    from tests.bot.emulate.conftest import SomeGitHub

REPO, BOT = "ada/gatecast", "pushmark-course[bot]"
MakeReport = Callable[..., Report]


def _publish(somewhere: "SomeGitHub", report: Report, state: Path | None = None) -> Outcome:
    sha = report.submission.commit
    target = Target(pull=PullRequest(REPO, somewhere.pull), sha=sha, author=BOT, api_url=somewhere.url)
    port = somewhere.port()
    try:
        with memory.opened(state) as remembered:
            return publish(report, target, port, markdown.render, remembered)
    finally:
        port.close()


@pytest.mark.parametrize("remembering", [False, True], ids=["looking", "remembering"])
def test_a_learners_attempts_leave_one_comment_and_a_check_run_on_each_commit(
    some_github: "SomeGitHub", make_report: MakeReport, tmp_path: Path, remembering: bool
) -> None:
    state = tmp_path / "state.json" if remembering else None
    some_github.plant(f"{marker('gatecast-2-features')}\nfull marks!")
    first, second = some_github.push("one"), some_github.push("two")
    calls = [
        _publish(some_github, make_report("passed", "failed", commit=first), state).calls,
        _publish(some_github, make_report("passed", "passed", commit=second), state).calls,
        _publish(some_github, make_report("passed", "passed", commit=second), state).calls,
    ]
    # A check run that names no app may be anybody's: it is not taken for ours, and written once more.
    again = 2 if some_github.names_apps else 3
    assert calls == ([3, 2, 0] if remembering else [3, 3, again])
    assert some_github.conclusions(first) == ["failure"]
    assert set(some_github.conclusions(second)) == {"success"}
    (_, planted), (author, body) = some_github.comments()
    assert planted.endswith("full marks!")
    assert author == BOT
    assert "2 of 2 points, 1 more than last time" in body


def test_two_labs_keep_a_comment_each(some_github: "SomeGitHub", make_report: MakeReport) -> None:
    sha = some_github.push("one")
    for _ in range(2):
        for slug in ("gatecast-1-raw", "gatecast-2-features"):
            _publish(some_github, make_report("failed", slug=slug, commit=sha))
    tops = [body.split("\n", 1)[0] for _, body in some_github.comments()]
    assert tops == [marker("gatecast-1-raw"), marker("gatecast-2-features")]
    assert some_github.conclusions(sha) == ["failure", "failure"]
