"""What GitHub gives for the code, and the files that it becomes.

The code is good once. So the files are looked for before anything is asked, and what cannot be put in its place
afterwards is kept in a folder of its own, and not lost.
"""

import re
import secrets
from pathlib import Path

import msgspec
from pushmark_graders.errors import PushmarkError

from pushmark_bot import new_file
from pushmark_bot.github.itself import AppItself, Told
from pushmark_bot.github.port import GitHubError

KEY, WEBHOOK, CLIENT_ID, CLIENT_SECRET = "app.pem", "webhook.secret", "client.id", "client.secret"


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """A new app. Without webhooks there is no `webhook_secret`."""

    id: int
    slug: str
    html_url: str
    pem: str
    client_id: str
    client_secret: str
    webhook_secret: str | None


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """Which GitHub, and where the bot will be reached ("" for nowhere)."""

    api_url: str
    web_url: str
    public_url: str


def convert(github: AppItself, code: str) -> Registered:
    """Exchange the code for the app and its secrets. Raises GitHubError."""
    told = github.ask(f"/app-manifests/{code}/conversions", method="POST")
    if told.status != 201:
        raise _refused(told)
    try:
        made = msgspec.convert(told.body, Registered)
    except msgspec.ValidationError as wrong:
        step = "check --api-url, and delete the app that was registered"
        raise GitHubError(f"GitHub's answer holds no app: {wrong}", step) from None
    if not re.fullmatch(r"[A-Za-z0-9_-]+", made.slug):
        raise GitHubError("GitHub's answer holds no app: its slug is none", "check --api-url")
    return made


def _refused(told: Told) -> GitHubError:
    what = f"GitHub takes the code no more (it answered {told.status}: {told.message})"
    step = "a code is good once, and for an hour: run this again, and delete the app that was registered before"
    if told.status not in (404, 422):
        what, step = f"GitHub refused the code: it answered {told.status}: {told.message}", "run this again later"
    return GitHubError(what, step, told.status)


def require_room(config: Path) -> None:
    """Raises PushmarkError when one of the files is there already, or the folder cannot be written."""
    there = [path.name for path in _paths(config) if path.is_symlink() or path.exists()]
    if there:
        raise PushmarkError(
            f"{config.parent}: there are {', '.join(there)} already",
            "to make another app, name a file in another folder with --config; to make this one anew, move them away",
        )
    trial = config.parent / f".trial.{secrets.token_hex(4)}"
    new_file.write(trial, b"")
    trial.unlink()


def keep(made: Registered, config: Path, served: Served) -> None:
    """Write the secrets, and the configuration last. Raises PushmarkError, which says where all is in that case."""
    content = _content(made, config.name, served)
    try:
        for name, text in content.items():
            new_file.write(config.parent / name, text.encode())
    except PushmarkError as trouble:
        rest = _rescue(content)
        raise PushmarkError(
            f"{trouble.what}\nThe app is registered; its files are in {rest}", f"move them to {config.parent}"
        ) from None


def _rescue(content: dict[str, str]) -> Path:
    """Put all of it where there is room: GitHub does not give it twice."""
    import tempfile  # noqa: PLC0415  (on bad days only)

    folder = Path(tempfile.mkdtemp(prefix="pushmark-app-"))
    for name, text in content.items():
        new_file.write(folder / name, text.encode())
    return folder


def _paths(config: Path) -> list[Path]:
    return [config.parent / name for name in (config.name, KEY, WEBHOOK, CLIENT_ID, CLIENT_SECRET)]


def _content(made: Registered, name: str, served: Served) -> dict[str, str]:
    """The files by their names; the configuration is the last."""
    secret = {WEBHOOK: made.webhook_secret} if made.webhook_secret else {}
    files = {KEY: made.pem, CLIENT_ID: made.client_id, CLIENT_SECRET: made.client_secret, **secret}
    return {file: text.strip() + "\n" for file, text in files.items()} | {name: _toml(made, served)}


def _toml(made: Registered, served: Served) -> str:
    """The configuration: what setup knows, with defaults left out."""
    lines = ["schema = 1"]
    if served.api_url != "https://api.github.com":
        lines += [f"api_url = {_text(served.api_url)}", f"web_url = {_text(served.web_url)}"]
    if not made.webhook_secret:
        lines.append("poll_seconds = 60")
    if served.public_url:
        lines.append(f"public_url = {_text(served.public_url)}")
    lines += ["", "[app]", f"id = {made.id}", f"slug = {_text(made.slug)}", f"private_key_file = {_text(KEY)}"]
    if made.webhook_secret:
        lines.append(f"webhook_secret_file = {_text(WEBHOOK)}")
    lines += [f"client_id_file = {_text(CLIENT_ID)}", f"client_secret_file = {_text(CLIENT_SECRET)}"]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    """A text in TOML; JSON's form is one."""
    return msgspec.json.encode(value).decode()
