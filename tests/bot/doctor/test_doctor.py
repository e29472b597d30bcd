"""`pushmark-bot doctor` on a bot that is well, and on one with each thing broken that can be, alone and together."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pushmark_bot import cli
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Course, Event
from pushmark_bot.doctor import hosting
from pushmark_bot.doctor.examine import CHECKS
from pushmark_bot.doctor.finding import Finding, within
from pushmark_bot.testing import Fault
from pushmark_bot.testing.apps import AppHook
from sqlalchemy import update

from tests.bot.commands.small_disk import on_read_only_disk
from tests.bot.doctor.conftest import Bot
from tests.docs.pages import ROOT, rows, section


class Taking(BaseHTTPRequestHandler):
    """Takes every delivery."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@contextmanager
def listening(bot: Bot) -> Iterator[None]:
    """Somebody takes deliveries at the bot's address."""
    server = ThreadingHTTPServer(("127.0.0.1", int(bot.url.rsplit(":", 1)[1])), Taking)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_check_is_made_in_its_order_and_is_right(bot: Bot) -> None:
    found = bot.examine()
    named = [name.replace("COURSE", "ml-101").replace("LAB", "tiny-lab") for name in CHECKS]
    assert list(found) == named
    assert {name for name, one in found.items() if one.state != "right"} == {"public address"}
    assert found["installation ml-101"].what == f"{bot.installation} on example-school"
    assert found["deliveries"].what == "none so far"


def test_the_command_says_that_all_is_right_beside_a_bot_that_runs(bot: Bot) -> None:
    program = str(Path(sys.executable).with_name("pushmark-bot"))
    serving = subprocess.Popen([program, "serve"], cwd=bot.folder, stderr=subprocess.PIPE, text=True)
    assert serving.stderr is not None
    assert "listening on" in serving.stderr.readline()
    done = subprocess.run([program, "doctor"], cwd=bot.folder, capture_output=True, text=True, timeout=300, check=False)
    serving.send_signal(signal.SIGTERM)
    serving.communicate(timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(CHECKS)
    assert all(line.startswith("✓ ") for line in lines)
    assert f"✓ public address: {bot.url}/healthz answers" in lines


def test_it_changes_nothing(bot: Bot) -> None:
    database = bot.database()
    with database.snapshot() as connection:
        before = [connection.exec_driver_sql(f"select * from {name}").all() for name in ("delivery", "event", "course")]
    bot.examine()
    with database.snapshot() as connection:
        after = [connection.exec_driver_sql(f"select * from {name}").all() for name in ("delivery", "event", "course")]
    database.close()
    assert before == after


def test_findings_as_json_and_the_exit_status(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["pushmark-bot", "doctor", "--json", "--config", f"{bot.folder}/pushmark-bot.toml"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    found = json.loads(capsys.readouterr().out)
    assert [one["check"] for one in found if one["state"] == "wrong"] == ["public address"]
    assert set(found[0]) == {"check", "state", "what", "next"}


def test_a_malformed_configuration_names_the_line_and_the_rest_waits(bot: Bot) -> None:
    (bot.folder / "pushmark-bot.toml").write_text("schema = 1\n[app\n")
    found = bot.examine()
    assert "not valid TOML" in found["configuration"].what
    assert "line 2" in found["configuration"].what
    assert {one.state for name, one in found.items() if name != "configuration"} == {"unknown"}


def test_every_fault_of_the_configuration_is_named(bot: Bot) -> None:
    bot.environment = {"PUSHMARK_BOT_PORT": "70000", "PUSHMARK_BOT_GRADERS": "0"}
    assert "port: expected 0 to 65535" in bot.wrong()["configuration"]
    assert "graders: expected 1 or more" in bot.wrong()["configuration"]


def test_a_key_of_another_app_is_told(bot: Bot) -> None:
    other, _ = bot.github.seed_app("other", account="somebody")
    (bot.folder / "app.pem").write_text(other.private_key)
    wrong = bot.wrong()
    assert "GitHub does not take this key for app" in wrong["credentials"]
    assert set(wrong) == {"credentials"}


@pytest.mark.parametrize(
    "content", ["", "not a key", "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----"]
)
def test_a_file_that_is_no_key_is_told_and_the_clock_is_looked_at_all_the_same(bot: Bot, content: str) -> None:
    (bot.folder / "app.pem").write_text(content)
    found = bot.examine()
    assert found["private key"].state == "wrong"
    assert found["clock"].state == "right"
    assert found["credentials"].what == "waits for the private key"


@pytest.mark.parametrize(("ahead", "way"), [(7200.0, "ahead of"), (-7200.0, "behind")])
def test_a_clock_that_is_wrong_is_told_with_how_much_and_not_the_key(bot: Bot, ahead: float, way: str) -> None:
    bot.ahead = ahead
    wrong = bot.wrong()
    assert f"s {way} GitHub's" in wrong["clock"]
    assert abs(int(wrong["clock"].split(" clock is ")[1].split()[0]) - 7200) < 60
    assert "mend the clock first" in wrong["credentials"]


def test_a_removed_installation_is_told(bot: Bot) -> None:
    bot.github.uninstall(bot.installation)
    told = bot.wrong()["installation ml-101"]
    assert "is no installation of this app: it was removed" in told
    assert "install the app on Example-School again" in told


def test_a_suspended_installation_is_told(bot: Bot) -> None:
    bot.github.suspend(bot.installation)
    assert "Example-School suspended it on" in bot.wrong()["installation ml-101"]


def test_an_installation_elsewhere_is_told(bot: Bot) -> None:
    bot.app.installations[bot.installation] = "another-school"
    assert "is on another-school, not on Example-School" in bot.wrong()["installation ml-101"]


def test_new_permissions_that_nobody_accepted_are_told(bot: Bot) -> None:
    bot.app.granted[bot.installation] = {"metadata": "read", "contents": "read", "checks": "read"}
    told = bot.wrong()["installation ml-101"]
    assert "example-school has not granted checks: write, issues: write, pull_requests: write" in told
    assert "accepts the app's new permissions" in told


def test_a_course_without_an_installation_is_told(bot: Bot) -> None:
    database = bot.database()
    with database.session() as session:
        session.execute(update(Course).values(installation=None))
    database.close()
    assert "https://github.com/apps/pushmark-course/installations/new" in bot.wrong()["installation ml-101"]


def test_permissions_and_events_that_the_app_lacks_are_told(bot: Bot) -> None:
    bot.app.permissions = {"metadata": "read", "contents": "read", "issues": "read"}
    bot.app.events = ["push"]
    wrong = bot.wrong()
    assert "the app lacks checks: write, issues: write, pull_requests: write" in wrong["permissions"]
    assert "the app does not hear of" in wrong["events"]
    assert "pull_request" in wrong["events"]


def test_another_name_of_the_app_is_told(bot: Bot) -> None:
    bot.environment = {"PUSHMARK_BOT_APP_SLUG": "pushmark-curse"}
    assert 'set app.slug to "pushmark-course"' in bot.wrong()["credentials"]


@pytest.mark.parametrize(
    ("hook", "told"),
    [
        (None, "GitHub has no address to send to"),
        (AppHook(url="http://127.0.0.1:9/hooks", secret="s"), "does not end with /webhooks/github"),
        (AppHook(url="http://127.0.0.1:9/webhooks/github"), "it has no secret"),
        (AppHook(url="http://127.0.0.1:9/webhooks/github", secret="s", insecure=True), "certificates are not checked"),
        (AppHook(url="http://127.0.0.1:9/webhooks/github", secret="s", content_type="form"), "not JSON"),
    ],
)
def test_a_webhook_that_cannot_work_is_told(bot: Bot, hook: AppHook | None, told: str) -> None:
    bot.app.hook = hook
    assert told in bot.wrong()["webhook"]


def test_a_bot_that_nobody_reaches_is_told(bot: Bot) -> None:
    found = bot.examine()["public address"]
    assert f"{bot.url}/healthz does not answer" in found.what
    assert "start the bot" in found.next


def test_something_else_at_the_address_is_told(bot: Bot) -> None:
    bot.app.hook = AppHook(url=f"{bot.github.url}/webhooks/github", secret="s")
    assert "answers 401, and is not the bot" in bot.examine()["public address"].what


def test_lost_deliveries_are_told_until_they_arrive(bot: Bot) -> None:
    bot.github.seed_repo("example-school/work")
    bot.github.add_webhook(f"{bot.url}/webhooks/github", secret="s", installation=bot.installation)
    bot.github.seed_pull("example-school/work", head_sha="a" * 40)
    bot.github.wait_for_webhooks()
    told = bot.wrong()["deliveries"]
    assert "1 of the last 1 did not arrive; the newest: pull_request, 502" in told
    assert "settings/apps/pushmark-course/advanced" in told
    with listening(bot):
        bot.github.redeliver(bot.github.deliveries[0].guid)
        bot.github.wait_for_webhooks()
    assert bot.examine()["deliveries"].what == "the last 1 arrived"


def test_github_that_is_away_is_told_once_and_the_rest_is_looked_at(bot: Bot) -> None:
    bot.environment = {"PUSHMARK_BOT_API_URL": "http://127.0.0.1:9"}
    found = bot.examine()
    assert "http://127.0.0.1:9 does not answer" in found["clock"].what
    assert found["permissions"].what == "waits for GitHub"
    assert {found[name].state for name in ("database", "seed ml-101", "lab ml-101/tiny-lab", "sandbox")} == {"right"}


def test_github_that_refuses_is_told(bot: Bot) -> None:
    bot.github.expect(Fault(method="GET", path="/app/hook/config", status=502))
    assert "GitHub answered 502" in bot.wrong()["webhook"]


def test_a_database_that_is_not_there_is_told_and_not_made(bot: Bot) -> None:
    (bot.folder / "pushmark.db").unlink()
    found = bot.examine()
    assert "no such file" in found["database"].what
    assert "pushmark-bot db upgrade" in found["database"].next
    assert found["seed COURSE"].what == "waits for the database"
    assert not (bot.folder / "pushmark.db").exists()


def test_a_database_of_a_newer_release_is_told(bot: Bot) -> None:
    database = bot.database()
    with database.writing() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    database.close()
    assert "newer Pushmark (revision 9999)" in bot.wrong()["database"]


def test_a_database_that_cannot_be_written_is_told_and_what_can_be_read_is_looked_at(bot: Bot) -> None:
    program = str(Path(sys.executable).with_name("pushmark-bot"))
    running = bot.database()
    with running.reading() as session:
        session.get_one(Course, 1)  # whoever has it open keeps the files that a reader needs
        done = on_read_only_disk(bot.folder, [program, "doctor", "--json"])
    running.close()
    found = {one["check"]: one for one in json.loads(done.stdout)}
    assert "readonly" in found["database"]["what"]
    assert "writable for this user" in found["database"]["next"]
    assert {found[name]["state"] for name in ("event log ml-101", "seed ml-101", "installation ml-101")} == {"right"}


def test_postgresql_is_looked_at_too(bot: Bot, postgresql: str) -> None:
    bot.environment = {"PUSHMARK_BOT_DATABASE": postgresql}
    assert "has no tables yet" in bot.wrong()["database"]
    database = Database(postgresql)
    database.upgrade()
    database.close()
    assert bot.wrong() == {}


def test_postgresql_that_is_away_is_told_without_its_password(bot: Bot) -> None:
    bot.environment = {"PUSHMARK_BOT_DATABASE": "postgresql://bot:hunter2@127.0.0.1:9/pushmark"}
    told = bot.wrong()["database"]
    assert "start PostgreSQL" in told
    assert "hunter2" not in told


def test_a_log_that_was_changed_is_told(bot: Bot) -> None:
    database = bot.database()
    with database.session() as session:
        session.execute(update(Event).values(actor="somebody else"))
    database.close()
    assert "event 1 is not as it was written" in bot.wrong()["event log ml-101"]


def test_a_full_disk_is_told(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "LEAST_FREE", 1 << 60)
    assert "MiB are free in" in bot.wrong()["disk"]


@pytest.mark.parametrize(
    ("folder", "kind"), [("/srv/bot", "nfs4"), ("/srv", "ext4"), ("/", "ext4"), ("/srv/bot er/x", "tmpfs")]
)
def test_the_kind_of_a_file_system_is_that_of_its_nearest_mount(folder: str, kind: str) -> None:
    mounts = "/dev/sda / ext4 rw 0 0\nhost:/x /srv/bot nfs4 rw 0 0\ntmpfs /srv/bot\\040er tmpfs rw 0 0\n"
    assert hosting.file_system(Path(folder), mounts) == kind
    assert (kind in hosting.ELSEWHERE) == (kind == "nfs4")


def test_a_seed_or_a_secret_that_others_may_read_is_told(bot: Bot) -> None:
    (bot.folder / "seeds" / "ml-101.seed").chmod(0o644)
    (bot.folder / "webhook.secret").write_text("short")
    wrong = bot.wrong()
    assert "chmod 600" in wrong["seed ml-101"]
    assert "it can be guessed" in wrong["webhook secret"]


def test_a_lab_that_cannot_be_loaded_is_told(bot: Bot) -> None:
    database = bot.database()
    with database.session() as session:
        session.execute(update(Assignment).values(lab="/nowhere"))
    database.close()
    assert "/nowhere: no such folder" in bot.wrong()["lab ml-101/tiny-lab"]


def test_a_policy_that_is_none_is_told(bot: Bot) -> None:
    bot.environment = {"PUSHMARK_BOT_POLICY": "lenient"}
    assert "lenient" in bot.wrong()["sandbox"]


def test_many_things_broken_at_once_are_all_told(bot: Bot) -> None:
    (bot.folder / "app.pem").chmod(0o644)
    (bot.folder / "webhook.secret").unlink()
    (bot.folder / "pushmark.db").write_bytes(b"not a database" * 100)
    bot.environment = {"PUSHMARK_BOT_POLICY": "lenient"}
    bot.ahead = 600
    assert set(bot.wrong()) == {"private key", "webhook secret", "clock", "database", "sandbox"}


def test_a_look_that_never_ends_is_left_behind() -> None:
    def forever() -> Iterator[Finding]:
        time.sleep(3600)
        yield Finding(check="x", state="right", what="")

    [found] = within(0.05, "x", forever)
    assert (found.state, found.what) == ("wrong", "no answer within 0.05 s")


def test_a_look_that_breaks_hides_no_other() -> None:
    def broken() -> Iterator[Finding]:
        yield Finding(check="x", state="right", what="")
        raise ZeroDivisionError

    first, second = within(60, "x", broken)
    assert first.state == "right"
    assert second.next == "report this"


def test_every_line_is_explained_on_the_operators_page() -> None:
    page = ROOT / "docs" / "how-to" / "operate-the-bot.md"
    assert [row[0].strip("`") for row in rows(section(page, "What each line of doctor means"))] == list(CHECKS)
