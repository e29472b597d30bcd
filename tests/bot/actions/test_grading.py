"""A push is graded on GitHub Actions: dispatched once, waited for, and taken only when all of it is right."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from pushmark_bot.actions.statement import Statement, new_key, sign
from pushmark_bot.db import attempts, decisions
from pushmark_bot.db.tables import Submission
from pushmark_bot.service.executor import Graded, Order
from pushmark_bot.service.reconcile import _Notebook
from pushmark_bot.testing import Fault
from pushmark_graders.errors import PushmarkError
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.report.model import Report, SubmissionRef

from tests.bot.actions.conftest import GRADING, LAB, REPO, School, commit


def report_of(school: School, sha: str) -> Report:
    with school.database.reading() as session:
        row = attempts.graded(session, session.get_one(Submission, 1), sha)
        assert row is not None
        assert row.report is not None
        return msgspec.json.decode(row.report, type=Report)


def test_a_push_is_sent_out_waited_for_and_published(school: School) -> None:
    sha = school.push(commit())
    waiting = school.look()
    assert waiting.trouble == "being graded: it was sent to GitHub Actions"
    assert waiting.retry is not None
    assert school.numbers() == [(1, "open")]
    [run] = school.runs()
    assert "is queued" in school.look().trouble
    school.finish(run, school.play(run))
    done = school.look()
    assert (done.graded_sha, done.published_sha, done.trouble, done.retry) == (sha, sha, "", None)
    assert school.numbers() == [(1, "graded")]
    report = report_of(school, sha)
    assert report.score.points == report.score.max == 10
    assert (report.submission.repository, report.submission.commit) == (REPO, sha)
    [body] = [one.body for one in school.github.comments(REPO, school.pull)]
    assert "<!-- pushmark:lab tiny-lab -->" in body
    assert len(school.runs()) == 1


def test_what_is_sent_names_no_secret_and_the_untrusted_job_gets_no_token(school: School) -> None:
    school.push(commit())
    school.look()
    [run] = school.runs()
    assert set(run.inputs) == {"nonce", "lab", "repository", "commit", "archive", "digest"}
    assert school.seed not in str(run.inputs)
    asked = [one for one in school.github.log if one.operation == "git/create-blob"]
    assert len(asked) == 1, "the archive lies in the instructor's repository: no token of ours goes there"


def test_a_wrong_submission_gets_its_hidden_verdict(school: School) -> None:
    sha = school.push(
        commit() | {"src/tiny/words.py": (commit()["src/tiny/words.py"] + b"\n\ndef top(text, n):\n    return []\n")}
    )
    school.look()
    [run] = school.runs()
    school.finish(run, school.play(run))
    school.look()
    states = {check.id: check.state for task in report_of(school, sha).tasks for check in task.checks}
    assert states == {
        "words-are-counted": "passed",
        "case-is-ignored": "passed",
        "commonest-words-come-first": "failed",
        "long-text-is-ranked": "failed",
    }


def test_after_a_crash_before_the_answer_the_run_is_found_again_and_not_sent_twice(school: School) -> None:
    sha = school.push(commit())
    school.github.expect(Fault(method="POST", path="/dispatches", status=502, stored=True))
    school.look()
    [run] = school.runs()
    school.look()
    school.finish(run, school.play(run))
    assert school.look().graded_sha == sha
    assert len(school.runs()) == 1


def test_a_dispatch_that_never_came_about_is_given_back_after_a_while_and_tried_again(school: School) -> None:
    sha = school.push(commit())
    school.github.expect(Fault(method="POST", path="/dispatches", status=502, stored=False))
    school.look()
    assert school.runs() == []
    assert school.look().trouble == "being graded: waiting for the run to begin"
    assert school.numbers() == [(1, "open")]
    given_back = school.look(timedelta(minutes=20))
    assert "no run of example-school/grading began" in given_back.trouble
    assert school.numbers() == []
    school.look()
    [run] = school.runs()
    school.finish(run, school.play(run))
    assert school.look().graded_sha == sha


def test_a_refused_dispatch_costs_no_attempt(school: School) -> None:
    school.push(commit())
    school.github.expect(Fault(method="POST", path="/dispatches", status=404))
    told = school.look()
    assert "Could not dispatch grade.yml of example-school/grading" in told.trouble
    assert school.numbers() == []


def test_a_run_that_does_not_end_is_given_back(school: School) -> None:
    school.push(commit())
    school.look()
    told = school.look(timedelta(minutes=61))
    assert "no result after 60 minutes" in told.trouble
    assert school.numbers() == []


def test_a_run_that_failed_is_given_back_with_its_address(school: School) -> None:
    school.push(commit())
    school.look()
    [run] = school.runs()
    school.github.end_run(GRADING, run.id, "failure")
    told = school.look()
    assert f"the run ended with failure: https://github.com/{GRADING}/actions/runs/{run.id}" in told.trouble
    assert school.numbers() == []


def test_github_being_away_meanwhile_gives_nothing_back(school: School) -> None:
    sha = school.push(commit())
    school.look()
    [run] = school.runs()
    for _ in range(2):
        school.github.expect(Fault(method="GET", path=f"/actions/runs/{run.id}", status=502, stored=False))
    told = school.look()
    assert "Could not look at run" in told.trouble
    assert school.numbers() == [(1, "open")]
    school.finish(run, school.play(run))
    assert school.look().graded_sha == sha


def test_a_newer_push_waits_for_the_one_that_is_under_way(school: School) -> None:
    school.push(commit("starter", "one"))
    school.look()
    newest = school.push(commit())
    school.look()
    [run] = school.runs()
    school.finish(run, school.play(run))
    school.look()
    assert school.numbers() == [(1, "graded")]
    school.look()
    [_, second] = school.runs()
    school.finish(second, school.play(second))
    assert school.look().published_sha == newest
    assert school.numbers() == [(1, "graded"), (2, "graded")]


def test_grading_again_goes_there_too_and_an_attempt_that_failed_there_is_asked_for_again(school: School) -> None:
    school.push(commit())
    school.look()
    school.finish(school.runs()[0], school.play(school.runs()[0]))
    school.look()
    with school.database.session() as session:
        submission = session.get_one(Submission, 1)
        decisions.grade_again(session, submission, everything=False, by="staff", at=school.now)
    school.look()
    assert school.numbers() == [(1, "graded"), (1, "asked")]
    [_, failing] = school.runs()
    school.github.end_run(GRADING, failing.id, "failure")
    assert "the run ended with failure" in school.look().trouble
    assert school.numbers() == [(1, "graded"), (1, "asked")]
    school.look()
    [*_, last] = school.runs()
    assert last is not failing
    school.finish(last, school.play(last))
    school.look()
    assert school.numbers() == [(1, "graded"), (1, "graded")]
    assert len(school.runs()) == 3


@pytest.fixture
def refused(school: School) -> Iterator[Callable[[dict[str, bytes]], str]]:
    """Let a run end with these files, and have the bot refuse them: what it says."""
    sha = school.push(commit())
    school.look()
    [run] = school.runs()
    order = Order(
        course="ml-101",
        lab=load_lab(LAB),
        seed=school.seed,
        reference=SubmissionRef(repository=REPO.lower(), commit=sha, author="learner"),
        fetch=lambda _into: None,
        notebook=_Notebook(school.database, 1),
    )

    def refuse(files: dict[str, bytes]) -> str:
        school.finish(run, files)
        with pytest.raises(PushmarkError) as caught:
            school.actions.grade(order)
        return str(caught.value)

    yield refuse
    honest = school.play(run)
    school.finish(run, honest)
    assert isinstance(school.actions.grade(order), Graded), "the honest result is taken"


def test_a_result_that_is_not_of_this_order_and_run_is_refused(
    school: School, refused: Callable[[dict[str, bytes]], str]
) -> None:
    honest = school.play(school.runs()[0])
    statement = msgspec.json.decode(honest["result.json"], type=Statement)

    def told(key: str = "", **changes: Any) -> str:
        order, run = changes.get("order", {}), changes.get("run", {})
        forged = msgspec.structs.replace(
            statement,
            order=msgspec.structs.replace(statement.order, **order),
            run=msgspec.structs.replace(statement.run, **run),
        )
        content, signature = sign(forged, key or school.private_key)
        return refused({"result.json": content, "result.sig": signature})

    assert "not signed" in told(key=new_key()[0])
    for field, value in {
        "nonce": "0" * 32,
        "lab": "other-lab",
        "commit": "b" * 40,
        "repository": "example-school/somebody-else",
        "archive": "d" * 40,
        "digest": "e" * 64,
    }.items():
        assert f"the result is of another {field}" in told(order={field: value})
    assert "of another run" in told(run={"id": 4711})
    assert "of another attempt of the run" in told(run={"attempt": 2})
    assert "of another repository" in told(run={"repository": "mallory/grading"})
    assert "of another commit of the workflow" in told(run={"sha": "c" * 40})


def test_a_result_that_was_changed_is_refused(school: School, refused: Callable[[dict[str, bytes]], str]) -> None:
    honest = school.play(school.runs()[0])
    changed = honest["result.json"].replace(b'"nonce":"', b'"nonce":"0', 1)
    assert "not signed" in refused(honest | {"result.json": changed})
    assert "not signed" in refused(honest | {"result.sig": b"short"})
    assert "not two files" in refused({"result.json": honest["result.json"]})
    assert "not two files" in refused(honest | {"../more": b""})
    assert "too large" in refused({"result.json": b"\0" * (65 << 20), "result.sig": b""})


def test_a_run_that_is_not_as_it_was_dispatched_is_refused(
    school: School, refused: Callable[[dict[str, bytes]], str]
) -> None:
    [run] = school.runs()
    honest = school.play(run)
    for field, value in (("event", "push"), ("branch", "feature"), ("workflow", "other.yml"), ("title", "Grade me")):
        before = getattr(run, field)
        setattr(run, field, value)
        assert f"the result is of another {field}" in refused(honest)
        setattr(run, field, before)


def test_a_result_of_another_version_of_the_lab_says_what_to_do(school: School) -> None:
    school.push(commit())
    school.look()
    [run] = school.runs()
    made = school.play(run)
    statement = msgspec.json.decode(made["result.json"], type=Statement)
    older = msgspec.structs.replace(
        statement, report=statement.report.replace(b'"version":"1.0.0"', b'"version":"0.9.0"', 1)
    )
    content, signature = sign(older, school.private_key)
    school.finish(run, {"result.json": content, "result.sig": signature})
    told = school.look().trouble
    assert "has version 0.9.0 of tiny-lab, and the bot 1.0.0" in told
    assert "pushmark-bot course build" in told
