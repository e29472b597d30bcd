"""The operator's page: what it tells to type works as it is written, on a bot with a course."""

import shlex
import subprocess

import pytest
from pushmark_bot import cli
from pushmark_bot.db.store import Database

from tests.bot.db import course
from tests.bot.doctor.conftest import Bot
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "how-to" / "operate-the-bot.md"
ELSEWHERE = "postgresql://pushmark@db.example.org/pushmark"


def test_an_operator_backs_up_restores_upgrades_and_moves_as_the_page_says(
    bot: Bot, postgresql: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [line for block in blocks(PAGE) if block.language == "shell" for line in block.text.splitlines()]
    assert len([line for line in lines if line.startswith("pushmark-bot ")]) == 7
    assert any(ELSEWHERE in line for line in lines)
    file = bot.folder / "pushmark-bot.toml"
    file.write_text(file.read_text().replace('webhook_secret_file = "webhook.secret"\n', ""))
    monkeypatch.setenv("PUSHMARK_BOT_POLL_SECONDS", "60")
    monkeypatch.chdir(bot.folder)
    before = bot.database()
    expected = course.sums(before)
    before.close()
    for line in lines:
        typed = line.replace(ELSEWHERE, postgresql)
        if typed.startswith("pushmark-bot "):
            monkeypatch.setattr("sys.argv", shlex.split(typed))
            with pytest.raises(SystemExit) as ended:
                cli.main()
            assert not ended.value.code, f"{typed}\n{capsys.readouterr()}"
        else:
            subprocess.run(["bash", "-c", typed], check=True, timeout=60)
    after = Database(postgresql)
    assert course.sums(after) == expected
    after.close()
