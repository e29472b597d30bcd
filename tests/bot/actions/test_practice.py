"""Practice results from jobs in learners' repositories: taken with a job's identity, and never as a score."""

import json
import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import msgspec
import pytest
import yaml
from fastapi import FastAPI
from pushmark_bot.actions.oidc import Keys
from pushmark_bot.actions.practice import LARGEST, Accepts, add_intake
from pushmark_bot.db import attempts, log
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Course, Person, Practice, Push, Submission
from pushmark_bot.testing import FakeGitHub
from pushmark_graders.report import schema
from pushmark_graders.report.model import LabRef, Report, SubmissionRef
from sqlalchemy import select

from tests.bot.actions.conftest import AT, REPO
from tests.bot.conftest import MakeReport
from tests.bot.serving import listening, serving
from tests.docs.pages import ROOT

AUDIENCE = "https://pushmark.example-school.org"
WORKFLOW = "pushmark/pushmark/.github/workflows/practice-results.yml"
SHA = "c" * 40
HEAD = "d" * 40


@dataclass
class Intake:
    """An intake that listens, and the GitHub whose jobs speak to it."""

    url: str
    github: FakeGitHub
    database: Database
    report: Report
    seconds: float = 0.0

    def claims(self, **changes: str) -> dict[str, str]:
        return {
            "repository": REPO,
            "repository_id": "4711",
            "sha": SHA,
            "event_name": "push",
            "job_workflow_ref": f"{WORKFLOW}@refs/tags/v0.1.0",
            "run_id": "99",
        } | changes

    def token(self, audience: str = AUDIENCE, **changes: Any) -> str:
        return self.github.job_token(audience, **self.claims(**changes))

    def send(self, token: str, body: bytes | None = None) -> tuple[int, str]:
        """Post a report; returns the status and what the answer says."""
        request = urllib.request.Request(self.url, data=schema.dump(self.report) if body is None else body)
        request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)["why"]
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)["why"]

    def kept(self) -> list[Practice]:
        with self.database.reading() as session:
            return list(session.scalars(select(Practice)))


@pytest.fixture
def intake(database: Database, make_report: MakeReport) -> Iterator[Intake]:
    """One submission is linked, and `HEAD` was pushed to it."""
    _enrol(database)
    made = make_report()
    report = msgspec.structs.replace(
        made,
        tier="practice",
        lab=LabRef(slug="tiny-lab", version="1.0.0", title="Count words"),
        submission=SubmissionRef(repository=REPO, commit=SHA),
    )
    with FakeGitHub() as github:
        running = Intake("", github, database, report)
        app = FastAPI(openapi_url=None)
        accepts = Accepts(issuer=github.url, audience=AUDIENCE, workflow=WORKFLOW)
        add_intake(app, database, accepts, Keys(github.url, lambda: running.seconds), lambda: AT)
        with listening() as (port, url), serving(app, port):
            running.url = f"{url}/results/practice"
            yield running


def _enrol(database: Database) -> None:
    with database.session() as session:
        course = Course(slug="ml-101", title="ML", organisation="example-school", created=AT)
        session.add(course)
        session.flush()
        learner = Person(course_id=course.id, identifier="s-1", login="learner")
        lab = Assignment(course_id=course.id, slug="tiny-lab", lab="/nowhere")
        session.add_all([learner, lab])
        session.flush()
        row = Submission(
            assignment_id=lab.id, person_id=learner.id, repository=REPO.lower(), repository_id=4711, pull=1
        )
        session.add(row)
        session.flush()
        session.add(Push(submission_id=row.id, sha=HEAD, received=AT))


def test_a_practice_result_is_kept_as_practice_and_takes_no_attempt(intake: Intake) -> None:
    assert intake.send(intake.token()) == (202, "")
    [kept] = intake.kept()
    assert (kept.submission_id, kept.sha, kept.run) == (1, SHA, 99)
    assert (kept.points, kept.max_points) == (intake.report.score.points, intake.report.score.max)
    with intake.database.reading() as session:
        submission = session.get_one(Submission, 1)
        assert attempts.attempts(session, submission) == []
        assert (submission.graded_sha, submission.heard) == ("", 0)
        assert [entry.kind for entry in log.entries(session, 1)] == ["practice"]


def test_a_token_is_taken_once(intake: Intake) -> None:
    token = intake.token()
    assert intake.send(token)[0] == 202
    assert intake.send(token) == (409, "this token was used before")
    assert len(intake.kept()) == 1


def test_a_run_for_a_pull_request_may_send_what_we_know_as_a_head(intake: Intake) -> None:
    of_head = msgspec.structs.replace(intake.report, submission=SubmissionRef(repository=REPO, commit=HEAD))
    body = schema.dump(of_head)
    assert intake.send(intake.token(event_name="pull_request"), body)[0] == 202
    assert intake.send(intake.token(event_name="push"), body)[0] == 422
    unknown = msgspec.structs.replace(intake.report, submission=SubmissionRef(repository=REPO, commit="e" * 40))
    assert intake.send(intake.token(event_name="pull_request"), schema.dump(unknown))[0] == 422


def unsigned(intake: Intake) -> str:
    return jwt.encode(intake.claims() | {"aud": AUDIENCE}, "", algorithm="none", headers={"kid": "x"})


def with_the_public_key_as_a_password(intake: Intake) -> str:
    """HS256 over the text of the public key, which everybody has."""
    import base64
    import hashlib
    import hmac

    def part(content: bytes) -> bytes:
        return base64.urlsafe_b64encode(content).rstrip(b"=")

    head = part(json.dumps({"alg": "HS256", "typ": "JWT", "kid": intake.github.issuer.key_id}).encode())
    at = int(time.time())
    told = intake.claims() | {"aud": AUDIENCE, "iss": intake.github.url, "jti": "1"}
    body = part(json.dumps(told | {"iat": at, "nbf": at, "exp": at + 300}).encode())
    key = intake.github.issuer.public_key.encode()
    return b".".join([head, body, part(hmac.digest(key, head + b"." + body, hashlib.sha256))]).decode()


def of_another_issuer(intake: Intake) -> str:
    return intake.github.issuer.token("https://elsewhere.example", aud=AUDIENCE, **intake.claims())


def of_another_key(intake: Intake) -> str:
    from pushmark_bot.testing.issuer import Issuer

    return Issuer().token(intake.github.url, aud=AUDIENCE, **intake.claims())


def altered(intake: Intake) -> str:
    head, body, signature = intake.token().split(".")
    return f"{head}.{body[:-4]}AAAA.{signature}"


ATTACKS: dict[str, Callable[[Intake], str]] = {
    "nothing": lambda _intake: "x",
    "no algorithm": unsigned,
    "the public key as a password": with_the_public_key_as_a_password,
    "another audience": lambda intake: intake.token("https://somebody-else.example"),
    "another issuer": of_another_issuer,
    "another key": of_another_key,
    "altered": altered,
    "expired": lambda intake: intake.token(exp=int(time.time()) - 3600),
    "not yet": lambda intake: intake.token(nbf=int(time.time()) + 3600),
    "from the future": lambda intake: intake.token(iat=int(time.time()) + 3600),
    "for a year": lambda intake: intake.token(exp=int(time.time()) + 365 * 86_400),
    "too long": lambda intake: intake.token(sha="c" * 20_000),
    "without an id": lambda intake: intake.github.issuer.token(
        intake.github.url, aud=AUDIENCE, jti=None, **intake.claims()
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_whoever_has_no_token_of_a_job_is_refused(intake: Intake, name: str) -> None:
    assert intake.send(ATTACKS[name](intake))[0] == 401
    assert intake.kept() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"repository": "mallory/tiny-learner"},
        {"repository_id": "4712"},
        {"job_workflow_ref": "mallory/pushmark/.github/workflows/practice-results.yml@refs/heads/main"},
        {"job_workflow_ref": f"{WORKFLOW}.yml@refs/heads/main"},
        {"job_workflow_ref": f"{REPO}/.github/workflows/own.yml@refs/heads/main"},
    ],
)
def test_a_job_of_another_repository_a_fork_or_another_workflow_is_refused(
    intake: Intake, changes: dict[str, str]
) -> None:
    assert intake.send(intake.token(**changes))[0] == 403
    assert intake.kept() == []


def test_a_report_that_says_it_is_a_grade_is_refused(intake: Intake) -> None:
    grade = msgspec.structs.replace(intake.report, tier="full")
    assert intake.send(intake.token(), schema.dump(grade)) == (422, "only a practice report is taken here")
    other_lab = msgspec.structs.replace(intake.report, lab=LabRef(slug="other", version="1", title="Other"))
    assert intake.send(intake.token(), schema.dump(other_lab))[0] == 403


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"schema": "pushmark/report/v1"}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_report_is_refused(intake: Intake, body: bytes) -> None:
    assert intake.send(intake.token(), body)[0] == 400


def test_reading_ends_when_there_is_too_much(intake: Intake) -> None:
    assert intake.send(intake.token(), b" " * (LARGEST + 1))[0] == 413


def test_new_keys_are_fetched_once_and_strangers_do_not_make_us_ask_again(intake: Intake) -> None:
    assert intake.send(intake.token())[0] == 202
    assert intake.github.keys_asked == 1
    intake.seconds += 100
    intake.github.issuer.rotate()
    assert intake.send(intake.token())[0] == 202, "keys were changed"
    assert intake.github.keys_asked == 2
    for _ in range(5):
        assert intake.send(of_another_key(intake))[0] == 401
    assert intake.github.keys_asked == 2
    intake.seconds += 100
    for _ in range(5):
        assert intake.send(of_another_key(intake))[0] == 401
    assert intake.github.keys_asked == 3
    assert intake.send(intake.token())[0] == 202
    assert intake.github.keys_asked == 3


def test_without_keys_the_sender_is_asked_to_come_again(intake: Intake, database: Database) -> None:
    from pushmark_bot.actions.oidc import NoKeys, identify

    closed = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    closed.close()
    with pytest.raises(NoKeys):
        identify(intake.token(), Keys(address), issuer=intake.github.url, audience=AUDIENCE)


@pytest.mark.parametrize("linked", [True, False])
def test_the_workflow_that_sends_fetches_a_token_and_says_how_it_went(
    intake: Intake, tmp_path: Path, linked: bool
) -> None:
    """Its script, as the shell runs it, against somebody who gives out identities as Actions does."""
    asked: list[str] = []

    class Identities(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.path} {self.headers['Authorization']}")
            changes = {} if linked else {"repository": "mallory/fork"}
            body = json.dumps({"value": intake.token(**changes)}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "practice-results.yml").read_text())
    step = workflow["jobs"]["send"]["steps"][-1]
    assert set(step["env"]) == {"ADDRESS", "AUDIENCE", "REPORT"}
    (tmp_path / "report.json").write_bytes(schema.dump(intake.report))
    with ThreadingHTTPServer(("127.0.0.1", 0), Identities) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {
            "PATH": os.environ["PATH"],
            "ADDRESS": intake.url,
            "AUDIENCE": AUDIENCE,
            "REPORT": str(tmp_path / "report.json"),
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://127.0.0.1:{server.server_port}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "the job's own token",
        }
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        server.shutdown()
    assert done.returncode == (0 if linked else 1), done.stdout + done.stderr
    assert ("The practice result was sent." in done.stdout) is linked
    assert ("was not taken (status 403)" in done.stdout) is not linked
    assert len(intake.kept()) == linked
    assert "api-version=2.0&audience=https" in asked[0]
    assert asked[0].endswith("bearer the job's own token")
