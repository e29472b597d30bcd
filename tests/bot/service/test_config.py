"""The bot's configuration: read, replaced by the environment, and refused with reasons."""

from pathlib import Path

import pytest
from pushmark_bot.service.config import ConfigError, load, read_secret

SMALLEST = """
schema = 1
[app]
id = 7
slug = "pushmark-course"
private_key_file = "app.pem"
webhook_secret_file = "webhook.secret"
"""


def written(folder: Path, text: str) -> Path:
    """A configuration in a folder."""
    file = folder / "pushmark-bot.toml"
    file.write_text(text)
    return file


def test_the_smallest_configuration_has_safe_defaults(tmp_path: Path) -> None:
    config = load(written(tmp_path, SMALLEST), {})
    assert (config.policy, config.host, config.pace.per_minute, config.pace.per_hour) == (
        "strict",
        "127.0.0.1",
        60,
        500,
    )
    assert config.database_url == f"sqlite:///{tmp_path}/pushmark.db"


def test_the_environment_replaces_any_key(tmp_path: Path) -> None:
    environment = {
        "PUSHMARK_BOT_DATABASE": "postgresql://bot@db/pushmark",
        "PUSHMARK_BOT_APP_ID": "8",
        "PUSHMARK_BOT_WRITES_PER_HOUR": "100",
        "PUSHMARK_BOT_PORT": "80",
    }
    config = load(written(tmp_path, SMALLEST), environment)
    assert (config.database_url, config.app.id, config.writes.per_hour, config.port) == (
        "postgresql://bot@db/pushmark",
        8,
        100,
        80,
    )


@pytest.mark.parametrize(
    ("change", "environment", "told"),
    [
        ("schema = 2", {}, "schema: expected 1, got 2"),
        ('databse = "x"', {}, "databse: unknown key; did you mean `database`?"),
        ("port = 70000", {}, "port: expected 0 to 65535, got 70000"),
        ("graders = -1", {}, "graders: expected 0 or more, got -1"),
        ("graders = 0", {}, "graders: expected 1 or more with SQLite, where nobody else can grade, got 0"),
        ("", {"PUSHMARK_BOT_ROUNDS_STALLED_SECONDS": "2"}, "rounds.stalled_seconds: expected 3 or more, got 2"),
        ("", {"PUSHMARK_BOT_ROUNDS_SWEEP_SECONDS": "0"}, "rounds.sweep_seconds: expected 1 or more, got 0"),
        ('api_url = "github.com"', {}, 'api_url: expected a web address, got "github.com"'),
        ("", {"PUSHMARK_BOT_PORT": "eighty"}, 'port: expected a whole number, got "eighty"'),
        ("", {"PUSHMARK_BOT_WRITES_PER_MINUTE": "1"}, "writes.per_minute: expected 2 or more"),
        ("", {"PUSHMARK_BOT_APP_WEBHOOK_SECRET_FILE": ""}, "app.webhook_secret_file: missing; without webhooks"),
    ],
)
def test_a_fault_is_told_by_its_key(tmp_path: Path, change: str, environment: dict[str, str], told: str) -> None:
    text = SMALLEST.replace("schema = 1", change) if change.startswith("schema") else f"{change}\n{SMALLEST}"
    with pytest.raises(ConfigError) as refused:
        load(written(tmp_path, text), environment)
    assert any(told in problem for problem in refused.value.problems), refused.value.problems


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "app.pem"
    file.write_text("key\n")
    file.chmod(0o640)
    with pytest.raises(ConfigError, match="others may read"):
        read_secret(file)
    file.chmod(0o600)
    assert read_secret(file) == "key"
    file.write_text("\n")
    with pytest.raises(ConfigError, match="empty"):
        read_secret(file)
