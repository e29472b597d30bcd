"""`pushmark-bot setup`: from an empty folder to an app, through a browser's requests and GitHub's answers."""

import html.parser
import json
import os
import socket
import stat
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pushmark_bot import cli
from pushmark_bot.service.config import load
from pushmark_bot.setup import needs
from pushmark_bot.testing import FakeGitHub

FILES = {"pushmark-bot.toml", "app.pem", "webhook.secret", "client.id", "client.secret"}
PUBLIC = "https://bot.example.org"


class Form(html.parser.HTMLParser):
    """The form of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.action = ""
        self.values: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            assert given["method"] == "post"
            self.action = given["action"]
        elif tag == "input":
            self.values[given["name"]] = given["value"]


class NotFollowed(urllib.request.HTTPRedirectHandler):
    """Shows where a browser is sent."""

    def redirect_request(self, *_: Any) -> None:
        return None


def fetch(url: str, data: bytes | None = None, **headers: str) -> tuple[int, str, dict[str, str]]:
    """A request as a browser sends it; returns status, body and headers."""
    request = urllib.request.Request(url, data=data, headers=headers)
    try:
        with urllib.request.build_opener(NotFollowed).open(request, timeout=60) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode(), dict(refused.headers)


def press(url: str) -> str:
    """Open the page and press its button; returns where GitHub sends the browser."""
    status, body, _ = fetch(url)
    assert status == 200
    form = Form(body)
    status, _, headers = fetch(form.action, urllib.parse.urlencode(form.values).encode())
    assert status == 302, headers.get("X-Why")
    return headers["Location"]


def browse(url: str) -> None:
    """What a person does: press, and follow."""
    status, body, _ = fetch(press(url))
    assert (status, "Go back to the terminal" in body) == (200, True)


@dataclass
class Desk:
    """A terminal in an empty folder, a GitHub, and a browser that does what `browser` says."""

    folder: Path
    github: FakeGitHub
    patch: pytest.MonkeyPatch
    printed: pytest.CaptureFixture[str]
    browser: Callable[[str], None] = browse
    wrong: list[BaseException] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def open(self, url: str) -> bool:
        """Open a page, beside the command."""

        def go() -> None:
            try:
                self.browser(url)
            except BaseException as error:
                self.wrong.append(error)

        self.threads.append(threading.Thread(target=go))
        self.threads[-1].start()
        return True

    def type(self, *more: str, status: int = 0) -> str:
        """Run `setup`; returns all that it printed."""
        there = ["--organisation", "example-school", "--api-url", self.github.url, "--web-url", self.github.url]
        self.patch.setattr("sys.argv", ["pushmark-bot", "setup", *there, *more])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        for thread in self.threads:
            thread.join()
        said = self.printed.readouterr()
        assert not self.wrong, self.wrong
        assert int(str(ended.value.code or 0)) == status, said
        return said.out + said.err

    def files(self) -> set[str]:
        """What is in the folder."""
        return {path.name for path in self.folder.iterdir()}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    """A desk in a folder with nothing in it."""
    monkeypatch.chdir(tmp_path)
    with FakeGitHub() as github:
        made = Desk(tmp_path, github, monkeypatch, capsys)
        monkeypatch.setattr("webbrowser.open", made.open)
        yield made


def test_one_click_makes_an_app_with_all_that_serve_needs(desk: Desk) -> None:
    said = desk.type("--public-url", PUBLIC)
    assert desk.files() == FILES
    config = load(desk.folder / "pushmark-bot.toml", {})
    assert config.app.slug == "pushmark-example-school"
    assert config.api_url == desk.github.url
    assert config.secret(config.app.private_key_file).startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert len(config.secret(config.app.webhook_secret_file)) == 40
    assert "apps/pushmark-example-school/installations/new" in said
    for step in ("db upgrade", "course add", "doctor", "serve"):
        assert f"pushmark-bot {step}" in said


def test_every_file_is_readable_for_its_owner_alone_and_no_secret_is_printed(desk: Desk) -> None:
    before = os.umask(0)
    try:
        said = desk.type("--public-url", PUBLIC)
    finally:
        os.umask(before)
    for name in FILES:
        assert stat.S_IMODE((desk.folder / name).stat().st_mode) == 0o600
    for name in FILES - {"pushmark-bot.toml"}:
        assert (desk.folder / name).read_text().strip() not in said


def test_the_app_may_what_the_bot_needs_and_nothing_more(desk: Desk) -> None:
    manifests: list[dict[str, Any]] = []

    def look(url: str) -> None:
        manifests.append(json.loads(Form(fetch(url)[1]).values["manifest"]))
        browse(url)

    desk.browser = look
    desk.type("--public-url", f"{PUBLIC}/")
    assert manifests[0]["default_permissions"] == {
        "checks": "write",
        "contents": "read",
        "issues": "write",
        "metadata": "read",
        "pull_requests": "write",
    }
    assert manifests[0]["hook_attributes"] == {"url": f"{PUBLIC}/webhooks/github"}
    assert {"issue_comment", "pull_request"} <= set(manifests[0]["default_events"])
    assert manifests[0]["public"] is False


def test_provisioning_asks_for_more(desk: Desk) -> None:
    said = json.loads(desk.type("--manifest", "--provisioning"))
    assert said["default_permissions"] == needs.permissions(provisioning=True)
    assert said["default_permissions"]["administration"] == "write"
    assert desk.files() == set()


def test_a_bot_without_an_address_asks_github_itself(desk: Desk) -> None:
    desk.type()
    assert desk.files() == FILES - {"webhook.secret"}
    config = load(desk.folder / "pushmark-bot.toml", {})
    assert (config.poll_seconds, config.app.webhook_secret_file) == (60, "")


def test_the_address_is_shown_for_a_browser_elsewhere(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    said = desk.type("--no-browser", "--port", str(port), "--minutes", "0.001", status=2)
    assert f"Open http://127.0.0.1:{port}/" in said
    assert "nobody registered the app" in said
    assert not desk.threads
    assert desk.files() == set()


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_that_is_there_is_kept_and_nothing_is_registered(desk: Desk, name: str) -> None:
    (desk.folder / name).write_text("mine\n")
    said = desk.type(status=2)
    assert f"there are {name} already" in said
    assert "--config" in said
    assert (desk.folder / name).read_text() == "mine\n"
    assert not desk.threads


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_registered(desk: Desk) -> None:
    said = desk.type("--config", "nowhere/pushmark-bot.toml", status=2)
    assert "cannot be written" in said
    assert not desk.threads


def test_a_file_that_came_meanwhile_stays_and_the_secrets_are_not_lost(desk: Desk, tmp_path: Path) -> None:
    def meanwhile(url: str) -> None:
        location = press(url)
        (desk.folder / "app.pem").write_text("mine\n")
        fetch(location)

    desk.browser = meanwhile
    said = desk.type("--public-url", PUBLIC, status=2)
    assert (desk.folder / "app.pem").read_text() == "mine\n"
    rest = Path(said.split("its files are in ")[1].split()[0])
    assert {path.name for path in rest.iterdir()} == FILES
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in rest.iterdir())
    for path in rest.iterdir():
        path.unlink()
    rest.rmdir()


def test_a_port_that_is_taken_is_told(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = desk.type("--port", str(taken.getsockname()[1]), status=2)
    assert "Address already in use" in said
    assert "--port" in said


def test_a_code_of_somebody_elses_is_not_taken(desk: Desk) -> None:
    told: list[tuple[int, str]] = []

    def slip_in(url: str) -> None:
        for query in ("code=abc&state=guessed", "code=abc", "", "state="):
            told.append(fetch(f"{url}registered?{query}")[:2])
        location = press(url)
        told.append(fetch(location.replace("code=", "code=../../"))[:2])
        told.append(fetch(url, Host="evil.example")[:2])
        fetch(location)

    desk.browser = slip_in
    desk.type("--public-url", PUBLIC)
    assert [status for status, _ in told] == [400] * 6
    assert "The state is another one" in told[0][1]
    assert desk.files() == FILES


def test_a_code_that_is_good_no_more_is_told(desk: Desk) -> None:
    def late(url: str) -> None:
        location = press(url)
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)["code"][0]
        used = urllib.request.Request(f"{desk.github.url}/app-manifests/{code}/conversions", method="POST")
        urllib.request.urlopen(used, timeout=60).close()
        fetch(location)

    desk.browser = late
    said = desk.type("--public-url", PUBLIC, status=3)
    assert "GitHub takes the code no more (it answered 404: Not Found)" in said
    assert "a code is good once, and for an hour" in said
    assert desk.files() == set()


def test_the_page_can_be_framed_and_kept_by_nobody_and_sends_to_github_alone(desk: Desk) -> None:
    headers: dict[str, str] = {}

    def look(url: str) -> None:
        headers.update(fetch(url)[2])
        browse(url)

    desk.browser = look
    desk.type("--public-url", PUBLIC)
    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert f"form-action {desk.github.url}" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--organisation", "a/b"], "--organisation: 'a/b' is no name of one"),
        (["--public-url", "bot.example.org"], "--public-url: 'bot.example.org' is no address"),
        (["--public-url", "https://x/path"], "--public-url: 'https://x/path' is no address"),
        (["--web-url", "https://x; script-src *"], "--web-url: "),
    ],
)
def test_what_cannot_be_is_refused_with_the_next_step(desk: Desk, given: list[str], told: str) -> None:
    said = desk.type(*given, status=2)
    assert told in said
    assert "Next: " in said
    assert not desk.threads
