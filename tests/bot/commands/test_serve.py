"""A course from nothing to the first graded push, typed as an instructor types it, against a running `serve`."""

import csv
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pushmark_bot.testing import FakeGitHub

from tests.bot.provision.school import RIGHTS
from tests.bot.web.browser import Browser
from tests.docs.pages import ROOT, blocks

LAB = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
REPO = "example-school/tiny-learner"
TEMPLATE = "example-school/gatecast-2-features"
OTHER = "example-school/tiny-other"
OWN = "example-school/ml-101-tiny-lab-a-learner"
"""The repository of whoever accepts the lab."""
ROSTER = "identifier,name,login\ns-1,A Learner,a-learner\ns-2,Another Learner,\n"


@dataclass
class Desk:
    """An instructor's folder with the configuration, and the GitHub that it names."""

    folder: Path
    github: FakeGitHub
    installation: int
    url: str

    def type(self, *arguments: str, status: int = 0) -> str:
        """Run a command; returns all that it printed."""
        done = subprocess.run(
            ["pushmark-bot", *arguments], cwd=self.folder, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    def files(self, variant: str) -> dict[str, bytes]:
        """The lab's solution or starter as files of a commit."""
        root = LAB / variant
        return {str(one.relative_to(root)): one.read_bytes() for one in root.rglob("*.py")}


def secret(file: Path, content: str) -> None:
    """Write what nobody else may read."""
    file.touch(mode=0o600)
    file.write_text(content)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The configuration is written; nothing else is done yet."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    with FakeGitHub() as github:
        github.seed_repo(REPO, private=True)
        github.seed_user("a-learner")
        app, installation = github.seed_app("pushmark-course", account="example-school", permissions=RIGHTS)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        secrets = {
            "app.pem": app.private_key,
            "webhook.secret": "a secret that GitHub knows too",
            "client.id": app.client_id,
            "client.secret": app.client_secret,
            "seeds/ml-101.seed": "a seed that nobody else knows",
        }
        (tmp_path / "seeds").mkdir()
        for name, content in secrets.items():
            secret(tmp_path / name, content)
        (tmp_path / "pushmark-bot.toml").write_text(
            f'schema = 1\nport = {port}\npolicy = "local"\napi_url = "{github.url}"\n'
            f'web_url = "{github.url}"\npublic_url = "http://127.0.0.1:{port}"\n'
            f'[app]\nid = {app.id}\nslug = "pushmark-course"\n'
            'private_key_file = "app.pem"\nwebhook_secret_file = "webhook.secret"\n'
            'client_id_file = "client.id"\nclient_secret_file = "client.secret"\n'
        )
        app.callbacks.append(f"http://127.0.0.1:{port}/signed-in")
        (tmp_path / "roster.csv").write_text(ROSTER)
        url = f"http://127.0.0.1:{port}/webhooks/github"
        github.add_webhook(url, secret=secrets["webhook.secret"], installation=installation)
        yield Desk(tmp_path, github, installation, f"http://127.0.0.1:{port}")


@dataclass
class Server:
    """A `pushmark-bot serve` that runs."""

    process: "subprocess.Popen[str]"

    def end(self) -> str:
        """Ask it to end; returns what it said."""
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, said
        return said


def serving(desk: Desk) -> Server:
    """Start it, and wait until it listens."""
    process = subprocess.Popen(
        ["pushmark-bot", "serve"], cwd=desk.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    said = ""
    while "listening on http://127.0.0.1:" not in said:
        line = process.stderr.readline()
        assert line, f"it ended before it listened:\n{said}"
        said += line
    return Server(process)


def comment(desk: Desk, pull: int, text: str, repo: str = REPO) -> str:
    """The bot's comment, once it says this."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        bodies = [one.body for one in desk.github.comments(repo, pull) if one.author == "pushmark-course[bot]"]
        if bodies and text in bodies[0]:
            assert len(bodies) == 1
            return bodies[0]
        time.sleep(0.1)
    raise AssertionError(f"no comment with {text!r}")


def set_up(desk: Desk) -> None:
    """Make the course, with two people and one lab."""
    assert "upgraded: nothing to" in desk.type("db", "upgrade")
    place = ["--organisation", "example-school", "--installation", str(desk.installation)]
    assert desk.type("course", "add", "ml-101", "--title", "Machine learning at work", *place) == "ml-101 is made\n"
    assert desk.type("course", "roster", "ml-101", "roster.csv") == "2 added, 0 changed, 0 as they were\n"
    assert desk.type("course", "assign", "ml-101", str(LAB), "--due", "2037-01-31T18:00Z") == (
        "tiny-lab is given to ml-101\n"
    )


def test_from_nothing_to_the_first_graded_push_and_on_after_a_restart(desk: Desk) -> None:
    set_up(desk)
    pull = desk.github.seed_pull(REPO, head_sha=desk.github.seed_commit(REPO, desk.files("starter")))
    server = serving(desk)
    desk.type("course", "link", "ml-101", "tiny-lab", "s-1", REPO, str(pull))
    comment(desk, pull, "of 10")
    server.end()
    sha = desk.github.seed_commit(REPO, desk.files("solution"))
    desk.github.set_head(REPO, pull, sha)
    desk.github.wait_for_webhooks()
    again = serving(desk)
    for delivery in desk.github.deliveries:
        desk.github.redeliver(delivery.guid)
    assert "All checks passed" in comment(desk, pull, sha[:10]) or "10 of 10" in comment(desk, pull, sha[:10])
    again.end()
    said = desk.type("course", "log", "ml-101")
    assert re.search(r"graded .*'points'", said)
    assert "the seal holds" in said


def accepted(desk: Desk) -> None:
    """A learner uses their invite, accepts the lab, pushes, and is answered."""
    with (desk.folder / "invites.csv").open(newline="") as file:
        links = {row["identifier"]: row["link"] for row in csv.DictReader(file)}
    browser = Browser("a-learner")
    browser.open(links["s-1"])
    assert "Welcome, A Learner" in browser.sign_in().words
    browser.open(f"{desk.url}/accept/ml-101/tiny-lab")
    browser.press()
    end = time.monotonic() + 120
    while "Your repository is ready" not in browser.open(browser.page.url).words:
        assert time.monotonic() < end, browser.page.words
        time.sleep(0.1)
    assert browser.page.links["Open the repository"].endswith(OWN)
    sha = desk.github.push(OWN, desk.files("solution"), login="a-learner")
    assert "10" in comment(desk, 1, sha[:10], OWN)
    while not desk.github.check_runs(OWN, sha):
        assert time.monotonic() < end + 60, "the check run comes after the comment"
        time.sleep(0.1)
    assert [run.conclusion for run in desk.github.check_runs(OWN, sha)] == ["success"]


def test_the_page_about_running_a_course_works_as_it_is_written(desk: Desk) -> None:
    page = ROOT / "docs" / "how-to" / "run-a-course.md"
    lines = [line for block in blocks(page) if block.language == "shell" for line in block.text.splitlines()]
    assert len(lines) == 16
    (desk.folder / "staff.csv").write_text("identifier,login\nt-1,a-tutor\n")
    (desk.folder / "labs").mkdir()
    (desk.folder / "labs" / "gatecast-2-features").symlink_to(LAB)
    desk.github.seed_template(TEMPLATE, desk.files("starter"))
    pull = desk.github.seed_pull(REPO, head_sha=desk.github.seed_commit(REPO, desk.files("solution")))
    server = None
    for line in lines:
        typed = line
        for written, here in (
            ("7654321", str(desk.installation)),
            ("2027-", "2037-"),
            ("example-school/gatecast-learner 1", f"{REPO} {pull}"),
            ("ml-101 gatecast-2-features", "ml-101 tiny-lab"),
        ):
            typed = typed.replace(written, here)
        program, *arguments = shlex.split(typed)
        assert program == "pushmark-bot"
        if "sync" in arguments:
            desk.github.push(TEMPLATE, {**desk.files("starter"), "MORE.md": b"More.\n"}, login="a-tutor")
        if "archive" in arguments:
            comment(desk, 1, "Ran on my machine; the check asks too much.", OWN)
        if arguments == ["serve"]:
            server = serving(desk)
            accepted(desk)
        else:
            desk.type(*arguments)
        if "link" in arguments:
            comment(desk, pull, "tiny-lab")
    assert server is not None
    assert "MORE.md" in (desk.github.repository(OWN).pulls[2].body or "")
    assert all(desk.github.repository(one).archived for one in (OWN, REPO))
    server.end()


def test_a_submission_that_is_archived_is_left_alone(desk: Desk) -> None:
    set_up(desk)
    pull = desk.github.seed_pull(REPO, head_sha=desk.github.seed_commit(REPO, desk.files("starter")))
    desk.type("course", "link", "ml-101", "tiny-lab", "s-1", REPO, str(pull))
    assert "1 repositories are archived" in desk.type("course", "archive", "ml-101", "--yes")
    desk.github.seed_repo(OTHER, private=True)
    desk.github.seed_pull(OTHER, head_sha=desk.github.seed_commit(OTHER, desk.files("starter")))
    desk.type("course", "link", "ml-101", "tiny-lab", "s-2", OTHER, "1")
    server = serving(desk)
    comment(desk, 1, "of 10", OTHER)
    server.end()
    assert desk.github.comments(REPO, pull) == []


def test_doing_it_again_changes_nothing_that_is_there(desk: Desk) -> None:
    set_up(desk)
    assert desk.type("course", "roster", "ml-101", "roster.csv") == "0 added, 0 changed, 2 as they were\n"
    (desk.folder / "roster.csv").write_text("identifier,name,section\ns-1,,north\n")
    said = desk.type("course", "roster", "ml-101", "roster.csv")
    assert said == "0 added, 1 changed, 0 as they were\nnot in the file, and still on the roster: s-2\n"
    assert desk.type("course", "assign", "ml-101", str(LAB)) == "tiny-lab is changed in ml-101\n"


REFUSED = [
    (["roster", "ml-102", "roster.csv"], "there is no course 'ml-102'"),
    (["roster", "ml-101", "gone.csv"], "gone.csv: no such file"),
    (["add", "ML 101", "--title", "x", "--organisation", "y"], "'ML 101' is no name for a course"),
    (["assign", "ml-101", "LAB", "--due", "tomorrow"], "--due: 'tomorrow' is no moment"),
    (["assign", "ml-101", "LAB", "--due", "2037-01-31"], "due: expected a moment with its time zone"),
    (["assign", "ml-101", "LAB", "--late-per-day", "10"], "per_day: expected a part from 0 to 1, got 10"),
    (["assign", "ml-101", "LAB", "--attempts", "0"], "attempts: expected 1 or more, got 0"),
    (["assign", "ml-101", "nowhere"], "nowhere: no such folder"),
    (["link", "ml-101", "tiny-lab", "s-9", "a/b", "1"], "'s-9' is not on the roster of ml-101"),
    (["link", "ml-101", "other", "s-1", "a/b", "1"], "ml-101 has no lab 'other'"),
]


def test_what_cannot_be_is_refused_with_the_next_step(desk: Desk) -> None:
    set_up(desk)
    for arguments, told in REFUSED:
        said = desk.type("course", *(str(LAB) if one == "LAB" else one for one in arguments), status=2)
        assert told in said
        assert "Next: " in said


def test_a_server_that_lacks_something_says_what_and_starts_nothing(desk: Desk) -> None:
    assert "has no tables yet" in desk.type("serve", status=2)
    set_up(desk)
    (desk.folder / "seeds" / "ml-101.seed").unlink()
    assert "ml-101.seed: no such file" in desk.type("serve", status=2)
    secret(desk.folder / "seeds" / "ml-101.seed", "another seed")
    (desk.folder / "app.pem").chmod(0o644)
    assert "app.pem: others may read this secret" in desk.type("serve", status=2)
    (desk.folder / "pushmark-bot.toml").unlink()
    assert "pushmark-bot.toml: no such file" in desk.type("serve", status=2)
