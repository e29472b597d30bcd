"""`pushmark-bot publish` as a person or a workflow calls it: what it prints, and its exit status."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from pushmark_bot import cli
from pushmark_bot.testing import FakeGitHub, Fault
from pushmark_graders.report.model import Report

REPO = "ada/gatecast"
MakeReport = Callable[..., Report]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def report_file(make_report: MakeReport, tmp_path: Path) -> Path:
    """A report of one failed check, written to a file."""
    path = tmp_path / "report.json"
    path.write_bytes(msgspec.json.encode(make_report("failed")))
    return path


@pytest.fixture
def run(
    github: FakeGitHub, report_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run `pushmark-bot publish` on a pull request, with options put last; None takes an option away."""
    github.seed_pull(REPO, head_sha="a" * 40)
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("GITHUB_TOKEN", github.actions_token(REPO))
    monkeypatch.setenv("PUSHMARK_PAUSE", "0")
    monkeypatch.delenv("GITHUB_SERVER_URL", raising=False)

    def call(*more: str) -> tuple[int, str, str]:
        words = ["publish", "--report", str(report_file), "--repo", REPO, "--pr", "1", *more]
        monkeypatch.setattr("sys.argv", ["pushmark-bot", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(str(ended.value.code or 0)), said.out, said.err

    return call


def test_it_says_what_it_did_and_where(run: Run, github: FakeGitHub) -> None:
    comment = 1003
    assert run() == (
        0,
        "Comment created, check run created (failure), 3 requests: "
        f"https://github.com/{REPO}/pull/1#issuecomment-{comment}\n",
        "",
    )
    assert [one.id for one in github.comments(REPO, 1)] == [comment]


def test_it_says_the_same_as_json(run: Run) -> None:
    _, out, _ = run("--json")
    said = json.loads(out)
    assert said.pop("comment_url").startswith(f"https://github.com/{REPO}/pull/1#issuecomment-")
    assert said == {"comment": "created", "check": "created", "conclusion": "failure", "calls": 3}


def test_a_state_file_saves_a_request(run: Run, github: FakeGitHub, tmp_path: Path) -> None:
    state = ("--state", str(tmp_path / "state.json"))
    run(*state)
    github.set_head(REPO, 1, "b" * 40)
    _, out, _ = run(*state, "--sha", "b" * 40)
    assert "Comment edited, check run created (failure), 2 requests" in out


def test_links_lead_to_the_server_the_workflow_runs_on(
    run: Run, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://git.example.edu")
    run()
    assert (
        f"https://git.example.edu/{REPO}/blob/{'a' * 40}/src/gatecast/features.py#L1"
        in github.comments(REPO, 1)[0].body
    )


def test_without_a_token_it_says_how_to_give_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    status, _, err = run()
    assert (status, err.splitlines()[0]) == (2, "pushmark-bot: GITHUB_TOKEN is not set.")
    assert "github.token" in err


def test_a_persons_token_is_refused_before_it_comments_under_another_name(
    run: Run, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", github.user_token("grace"))
    status, _, err = run()
    assert status == 2
    assert "--author" in err
    assert github.log == []


def test_a_persons_token_may_publish_under_its_own_name(
    run: Run, github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", github.user_token("grace"))
    status, out, _ = run("--author", "grace", "--no-check")
    assert status == 0
    assert out.startswith("Comment created, 2 requests")


def test_a_report_with_a_wrong_key_is_refused_by_that_key(run: Run, report_file: Path, github: FakeGitHub) -> None:
    broken = json.loads(report_file.read_bytes())
    broken["score"]["points"] = "many"
    report_file.write_text(json.dumps(broken))
    status, _, err = run()
    assert status == 2
    assert "report.json: score.points: expected float, got str" in err
    assert github.log == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"schema":"pushmark/report/v9"}'])
def test_a_file_that_is_no_report_is_refused(run: Run, report_file: Path, content: bytes) -> None:
    report_file.write_bytes(content)
    status, _, err = run()
    assert status == 2
    assert "report.json" in err
    assert "Next: " in err


def test_a_report_that_is_not_there_is_named(run: Run, report_file: Path) -> None:
    report_file.unlink()
    status, _, err = run()
    assert (status, "report.json" in err) == (2, True)


def test_a_report_of_many_megabytes_is_not_read(run: Run, report_file: Path) -> None:
    with report_file.open("wb") as file:
        file.truncate(cli.LONGEST_REPORT + 1)
    status, _, err = run()
    assert (status, "larger than any report" in err) == (2, True)


@pytest.mark.parametrize("sha", ["HEAD", "abc", "A" * 40, "a" * 39, "-" * 40])
def test_a_commit_must_be_whole(run: Run, sha: str) -> None:
    status, _, err = run(f"--sha={sha}")
    assert (status, "Expected a whole commit id" in err) == (2, True)


def test_a_report_without_a_commit_needs_one(run: Run, report_file: Path, make_report: MakeReport) -> None:
    report_file.write_bytes(msgspec.json.encode(make_report("failed", commit="")))
    status, _, err = run()
    assert (status, "names no commit" in err) == (2, True)
    assert run("--sha", "a" * 40)[0] == 0


@pytest.mark.parametrize("repo", ["gatecast", "ada/../x", "ada/x/y", "../..", "https://github.com/ada/x", ""])
def test_a_repository_is_owner_and_name(run: Run, repo: str) -> None:
    status, _, err = run("--repo", repo)
    assert (status, "expected OWNER/NAME" in err) == (2, True)


def test_an_unknown_option_is_a_usage_error(run: Run) -> None:
    status, _, err = run("--frobnicate")
    assert (status, "No such option" in err) == (2, True)


def test_a_refusal_of_github_is_exit_status_three(run: Run, github: FakeGitHub) -> None:
    github.expect(Fault(method="GET", path="/comments", status=404, message="Not Found"))
    status, _, err = run()
    assert status == 3
    assert err.splitlines()[0].startswith("pushmark-bot: Could not read the comments of ada/gatecast pull request 1")


@pytest.mark.parametrize("words", [["--help"], ["publish", "--help"], ["--version"]])
def test_help_needs_no_settings(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["pushmark-bot", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip()
