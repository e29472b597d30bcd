"""The bot's configuration: one TOML file, every key of which an environment variable can replace."""

import os
import re
import stat
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from pushmark_graders import toml_file
from pushmark_graders.errors import FileError

from pushmark_bot.service.writes import Pace

FILE = "pushmark-bot.toml"
PREFIX = "PUSHMARK_BOT_"
REFERENCE = "docs/reference/bot-toml.md"
START = f"write one as {REFERENCE} shows, or name it with --config"


class ConfigError(FileError):
    """The configuration is wrong."""


class AppConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The GitHub App. Secrets are in files of their own, which nobody else may read."""

    id: int
    slug: str
    private_key_file: str
    webhook_secret_file: str = ""
    client_id_file: str = ""
    client_secret_file: str = ""


class WritesConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How many writes each installation sends to GitHub, at most."""

    per_minute: int = 60
    per_hour: int = 500


class RoundsConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How often, in seconds, what was missed is looked for."""

    sweep_seconds: int = 60
    audit_seconds: int = 3600
    stalled_seconds: int = 30


class ActionsConfig(msgspec.Struct, frozen=True, kw_only=True):
    """A grading repository: whose gradings run there, and whose signature counts. `labs` are all when none is named."""

    course: str
    repository: str
    public_key: str
    labs: list[str] = []
    branch: str = "main"
    minutes: int = 90
    token_file: str = ""


class PracticeConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Practice results from jobs in learners' repositories: `audience` is ours, `workflow` the one that may send."""

    audience: str = ""
    workflow: str = "pushmark/pushmark/.github/workflows/practice-results.yml"
    issuer: str = "https://token.actions.githubusercontent.com"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file. Relative paths are below the file's folder; `seeds` holds a file for each course, NAME.seed."""

    schema: int
    app: AppConfig
    database: str = "sqlite:///pushmark.db"
    seeds: str = "seeds"
    commits: str = "commits"
    commits_mb: int = 2048
    host: str = "127.0.0.1"
    port: int = 8765
    policy: str = "strict"
    graders: int = 1
    poll_seconds: int = 0
    api_url: str = "https://api.github.com"
    web_url: str = "https://github.com"
    public_url: str = ""
    writes: WritesConfig = WritesConfig()
    rounds: RoundsConfig = RoundsConfig()
    actions: list[ActionsConfig] = []
    practice: PracticeConfig = PracticeConfig()
    root: Path = Path()

    @property
    def poll(self) -> timedelta:
        return timedelta(seconds=self.poll_seconds)

    @property
    def pace(self) -> Pace:
        return Pace(per_minute=self.writes.per_minute, per_hour=self.writes.per_hour)

    @property
    def database_url(self) -> str:
        """The address, a relative file of SQLite made absolute."""
        found = re.fullmatch(r"sqlite:///([^/].*)", self.database)
        return f"sqlite:///{self.root / found[1]}" if found is not None else self.database

    @property
    def commits_bytes(self) -> int:
        return self.commits_mb << 20

    def secret(self, name: str) -> str:
        """The content of a secret file, without the line end. Raises ConfigError with the next step."""
        return read_secret(self.root / name)

    def seed(self, course: str) -> str:
        """The secret seed of a course."""
        return read_secret(self.root / self.seeds / f"{course}.seed")


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Config:
    """Read the file, with what the environment says in its place: `app.id` is PUSHMARK_BOT_APP_ID.

    Raises ConfigError with one line for each fault.
    """
    raw = toml_file.read(path, ConfigError, START)
    _replace(raw, Config, PREFIX, environment)
    problems = toml_file.faults(raw, Config)
    if not problems:
        config = msgspec.structs.replace(msgspec.convert(raw, Config), root=path.resolve().parent)
        problems = _meaning(config)
        if not problems:
            return config
    raise toml_file.fault_error(path, problems, ConfigError, REFERENCE)


def _replace(raw: dict[str, Any], kind: type[msgspec.Struct], prefix: str, environment: Mapping[str, str]) -> None:
    for field in msgspec.structs.fields(kind):
        name = f"{prefix}{field.name.upper()}"
        if field.name == "root":
            continue
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            below = raw.setdefault(field.name, {})
            if isinstance(below, dict):
                _replace(below, field.type, f"{name}_", environment)
            if not below and not field.required:
                del raw[field.name]
        elif name in environment:
            given = environment[name]
            raw[field.name] = int(given) if field.type is int and re.fullmatch(r"-?\d{1,18}", given) else given


def _meaning(config: Config) -> list[str]:
    problems = [] if config.schema == 1 else [f"schema: expected 1, got {config.schema}"]
    positive = {
        "app.id": config.app.id,
        "writes.per_minute": config.writes.per_minute,
        "writes.per_hour": config.writes.per_hour,
        "rounds.sweep_seconds": config.rounds.sweep_seconds,
        "rounds.audit_seconds": config.rounds.audit_seconds,
    }
    problems += [f"{key}: expected 1 or more, got {value}" for key, value in positive.items() if value < 1]
    if config.writes.per_minute < 2:
        problems.append(f"writes.per_minute: expected 2 or more, as one report takes 2, got {config.writes.per_minute}")
    if config.graders < 0:
        problems.append(f"graders: expected 0 or more, got {config.graders}")
    if config.graders == 0 and config.database.startswith("sqlite:"):
        problems.append("graders: expected 1 or more with SQLite, where nobody else can grade, got 0")
    if config.rounds.stalled_seconds < 3:
        problems.append(f"rounds.stalled_seconds: expected 3 or more, got {config.rounds.stalled_seconds}")
    if not 0 <= config.port <= 65535:
        problems.append(f"port: expected 0 to 65535, got {config.port}")
    if config.poll_seconds < 0:
        problems.append(f"poll_seconds: expected 0 or more, got {config.poll_seconds}")
    if config.commits_mb < 0:
        problems.append(f"commits_mb: expected 0 or more, got {config.commits_mb}")
    problems += [
        f"{key}: expected a web address, got {toml_file.show(value)}"
        for key, value in (("api_url", config.api_url), ("web_url", config.web_url))
        if not re.match(r"https?://[^/]", value)
    ]
    if config.public_url and not re.fullmatch(r"https?://[^/?#@\s]+", config.public_url):
        problems.append(f"public_url: expected https://HOST without a path, got {toml_file.show(config.public_url)}")
    if config.public_url and not (config.app.client_id_file and config.app.client_secret_file):
        problems.append("app.client_id_file, app.client_secret_file: learners who come to public_url sign in with both")
    if not config.app.webhook_secret_file and not config.poll_seconds:
        problems.append("app.webhook_secret_file: missing; without webhooks set poll_seconds, such as 60")
    return problems + _actions_meaning(config.actions)


def _actions_meaning(tables: list[ActionsConfig]) -> list[str]:
    problems: list[str] = []
    for at, one in enumerate(tables):
        where = f"actions[{at}]"
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", one.repository):
            problems.append(f"{where}.repository: expected OWNER/NAME, got {toml_file.show(one.repository)}")
        if one.minutes < 1:
            problems.append(f"{where}.minutes: expected 1 or more, got {one.minutes}")
        if not re.fullmatch(r"[A-Za-z0-9+/]{43}=", one.public_key):
            problems.append(f"{where}.public_key: expected the line that `course build --new-key` printed")
        if one.course in [other.course for other in tables[:at]]:
            problems.append(f"{where}.course: {toml_file.show(one.course)} has a table already")
    return problems


def read_secret(path: Path) -> str:
    """A secret from a file that nobody else may read. Raises ConfigError."""
    try:
        others = path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        content = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise ConfigError([f"{path}: no such file"], "put the secret there, readable for this user alone") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read: {error}"], "make it readable for this user alone") from None
    if others:
        raise ConfigError([f"{path}: others may read this secret"], f"run: chmod 600 {path}")
    if not content:
        raise ConfigError([f"{path}: the file is empty"], "put the secret there")
    return content
