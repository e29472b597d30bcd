"""Grading stored attempts anew: shown first, stored when asked to, and published by the server."""

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pushmark_bot.course.chain import broken
from pushmark_bot.db import log, scores
from pushmark_bot.db.tables import Attempt, Override, Submission
from pushmark_bot.gradebook.run import Asked, run
from pushmark_bot.gradebook.shown import Summary, show
from pushmark_graders.errors import LabError, PushmarkError
from sqlalchemy import select

from tests.bot.gradebook.conftest import COURSE, SLUG, Class

PUBLIC = "checks/test_words.py"
STRICT_CASE = '"The cat. the END"), {"the": 2, "cat": 1, "end": 1}'
GENEROUS_CASE = '"the cat. the end"), {"the": 2, "cat": 1, "end": 1}'
RIGHT_ORDER, WRONG_ORDER = '["be", "to"]', '["to", "be"]'


def regraded(cohort: Class, which: str = "latest", *, store: bool = False, allow_lower: bool = False) -> Summary:
    """Grade anew, quietly."""
    asked = Asked(
        course=COURSE,
        lab=SLUG,
        which="all" if which == "all" else "latest",
        store=store,
        allow_lower=allow_lower,
        jobs=0,
        quiet=True,
        by="an instructor",
    )
    return run(cohort.config, asked)


def rows(cohort: Class, learner: str) -> list[tuple[int, int, str, float | None]]:
    """Number, version, state and points of all results of a learner."""
    number = cohort.submission(learner).id
    with cohort.database.reading() as session:
        found = session.scalars(
            select(Attempt).where(Attempt.submission_id == number).order_by(Attempt.number, Attempt.again)
        )
        return [(one.number, one.again, one.state, one.points) for one in found]


def moments(cohort: Class, learner: str) -> set[tuple[datetime, datetime]]:
    """When a learner's results were received and taken."""
    number = cohort.submission(learner).id
    with cohort.database.reading() as session:
        found = session.scalars(select(Attempt).where(Attempt.submission_id == number))
        return {(one.received, one.taken) for one in found}


def grade(cohort: Class, learner: str) -> float:
    """What the gradebook has."""
    number = cohort.submission(learner).id
    with cohort.database.reading() as session:
        found = scores.grade(session, session.get_one(Submission, number))
    assert found is not None
    return found.points


def events(cohort: Class, kind: str) -> list[dict[str, Any]]:
    """What the event log has of a kind; its seal holds."""
    with cohort.database.reading() as session:
        entries = log.entries(session, 1)
    assert broken(entries) is None
    return [one.data for one in entries if one.kind == kind]


def typed(cohort: Class, *arguments: str) -> "subprocess.Popen[str]":
    """Type `pushmark-bot regrade` on the server."""
    tool = Path(sys.executable).parent / "pushmark-bot"
    environment = os.environ | {"COLUMNS": "200"}
    return subprocess.Popen(
        [str(tool), "regrade", COURSE, SLUG, *arguments],
        cwd=cohort.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_who_moves_is_shown_with_the_reasons_and_nothing_changes(
    cohort: Class, capsys: pytest.CaptureFixture[str]
) -> None:
    cohort.mend(PUBLIC, STRICT_CASE, GENEROUS_CASE)
    before = [rows(cohort, learner) for learner in ("s-1", "s-2", "s-3")]
    cohort.github.forget_log()
    summary = regraded(cohort)
    show(summary)
    said = " ".join(capsys.readouterr().out.split())
    assert "s-2, attempt 1: 6 of 10 -> 8 of 10 case-is-ignored (A word at the start" in said
    assert "is the same word.): failed -> passed, +2 grade: 6 -> 8 (+2)" in said
    assert "1 up, 0 down, 2 the same, under tiny-lab 1.0.0." in said
    assert "Nothing was changed." in said
    assert [move.learner for move in summary.moves] == ["s-2"]
    assert [rows(cohort, learner) for learner in ("s-1", "s-2", "s-3")] == before
    assert cohort.github.log == [], "the commits are kept: GitHub was not even asked"


def test_apply_stores_a_new_result_keeps_the_old_one_and_the_server_publishes_it(cohort: Class) -> None:
    cohort.mend(PUBLIC, STRICT_CASE, GENEROUS_CASE)
    assert "6 of 10" in cohort.comment("s-2")
    summary = regraded(cohort, store=True)
    assert summary.stored == 1
    assert rows(cohort, "s-2") == [(1, 0, "set aside", 6.0), (1, 1, "graded", 8.0)]
    assert rows(cohort, "s-1") == [(1, 0, "graded", 10.0)]
    assert moments(cohort, "s-2") == {(cohort.now, cohort.now)}, "it was received and taken when the first one was"
    assert grade(cohort, "s-2") == 8.0
    [event] = events(cohort, "regraded")
    assert (event["attempt"], event["before"], event["now"], event["counts"]) == (1, 6.0, 8.0, 8.0)
    cohort.github.forget_log()
    for learner in ("s-1", "s-2", "s-3"):
        cohort.reconcile(learner)
    assert "8 of 10" in cohort.comment("s-2")
    writes = [line.path for line in cohort.github.log if line.method != "GET"]
    assert all(cohort.repo("s-2") in path for path in writes), "nobody else heard of it"
    assert 1 <= len(writes) <= 2


def test_applying_twice_changes_nothing_more(cohort: Class) -> None:
    cohort.mend(PUBLIC, STRICT_CASE, GENEROUS_CASE)
    regraded(cohort, store=True)
    there = rows(cohort, "s-2")
    again = regraded(cohort, store=True)
    assert (again.stored, again.from_before, again.moves) == (0, 3, [])
    assert rows(cohort, "s-2") == there
    assert len(events(cohort, "regraded")) == 1


def test_a_learner_keeps_the_better_result_unless_it_may_be_lower(
    cohort: Class, capsys: pytest.CaptureFixture[str]
) -> None:
    cohort.mend(PUBLIC, RIGHT_ORDER, WRONG_ORDER)
    summary = regraded(cohort, store=True)
    show(summary)
    assert "s-1, attempt 1: 10 of 10 -> 7 of 10, keeps the better\n" in capsys.readouterr().out
    assert rows(cohort, "s-1") == [(1, 0, "graded", 10.0), (1, 1, "set aside", 7.0)]
    assert grade(cohort, "s-1") == 10.0
    cohort.reconcile("s-1")
    assert "10 of 10" in cohort.comment("s-1")

    lower = regraded(cohort, store=True, allow_lower=True)
    assert lower.stored == 2
    assert rows(cohort, "s-1") == [(1, 0, "set aside", 10.0), (1, 1, "graded", 7.0)]
    assert grade(cohort, "s-1") == 7.0
    cohort.reconcile("s-1")
    assert "7 of 10" in cohort.comment("s-1")


def test_what_staff_set_survives(cohort: Class) -> None:
    number = cohort.submission("s-2").id
    with cohort.database.session() as session:
        session.add(
            Override(submission_id=number, task=1, points=4.5, reason="seen", given_by="staff", given_at=cohort.now)
        )
    assert grade(cohort, "s-2") == 7.5
    cohort.mend(PUBLIC, STRICT_CASE, GENEROUS_CASE)
    summary = regraded(cohort, store=True)
    [move] = summary.moves
    assert (move.points_before, move.points_after) == (6.0, 8.0)
    assert (move.grade_before, move.grade_after) == (7.5, 7.5), "staff set the task whose check was mended"
    assert grade(cohort, "s-2") == 7.5


def test_all_attempts_or_the_newest_and_the_one_that_counts(cohort: Class) -> None:
    cohort.push("s-1", "starter", "worse")
    cohort.push("s-1", "mutants/case-matters", "better again")
    assert regraded(cohort, "all").regraded == 5
    assert regraded(cohort).regraded == 4, "of s-1 the third, and the first, which counts"
    cohort.mend(PUBLIC, STRICT_CASE, GENEROUS_CASE)
    summary = regraded(cohort, "all", store=True)
    assert [(move.learner, move.attempt) for move in summary.moves] == [("s-1", 3), ("s-2", 1)]
    assert rows(cohort, "s-1")[-2:] == [(3, 0, "set aside", 6.0), (3, 1, "graded", 8.0)]


def test_a_repository_that_is_gone_is_graded_from_what_is_kept_and_one_that_is_not_kept_is_named(
    cohort: Class, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(cohort.folder / "commits" / "example-school" / "tiny-lab-s-3")
    cohort.github.delete_repo(cohort.repo("s-2"))
    cohort.github.delete_repo(cohort.repo("s-3"))
    cohort.mend(PUBLIC, STRICT_CASE, GENEROUS_CASE)
    summary = regraded(cohort, store=True)
    assert [move.learner for move in summary.moves] == ["s-2"]
    [lost] = summary.not_regraded
    assert (lost.learner, lost.attempt) == ("s-3", 1)
    assert "is not kept here, and GitHub does not give it" in lost.message
    assert "Next: restore the repository" in lost.message
    show(summary)
    assert "s-3, attempt 1: not graded anew\n" in capsys.readouterr().out
    assert rows(cohort, "s-3") == [(1, 0, "graded", 0.0)], "what it had still counts"


def test_without_kept_commits_they_are_fetched_and_kept(cohort: Class) -> None:
    shutil.rmtree(cohort.folder / "commits")
    cohort.github.forget_log()
    assert regraded(cohort).regraded == 3
    assert len([line for line in cohort.github.log if "/tarball/" in line.path]) == 3
    cohort.github.forget_log()
    cohort.mend(PUBLIC, STRICT_CASE, GENEROUS_CASE)
    assert regraded(cohort).regraded == 3
    assert cohort.github.log == []


def test_a_run_that_is_killed_goes_on_where_it_was(cohort: Class) -> None:
    cohort.mend(PUBLIC, STRICT_CASE, GENEROUS_CASE)
    first = typed(cohort, "--jobs", "1", "--apply")
    finished = cohort.folder / "regrades" / COURSE / SLUG / ".regrade" / "keys"
    end = time.monotonic() + 120
    while not [*finished.glob("*.json")] and first.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.02)
    first.kill()
    first.communicate(timeout=60)
    second = typed(cohort, "--apply", "--json")
    said, progress = second.communicate(timeout=120)
    assert second.returncode == 0, progress
    summary = json.loads(said)
    assert summary["schema"] == "pushmark/regrade/v1"
    assert summary["regraded"] == 3
    assert summary["from_before"] >= 1, "what was finished is not graded again"
    assert "3 of 3" in progress
    assert grade(cohort, "s-2") == 8.0
    assert len(events(cohort, "regraded")) == 1


def test_a_faulty_lab_ends_it_and_nothing_is_stored(cohort: Class) -> None:
    before = rows(cohort, "s-2")
    cohort.mend(PUBLIC, "def test_words_are_counted(submission):", "def test_words_are_counted(submission:")
    with pytest.raises(LabError):
        regraded(cohort, store=True)
    assert rows(cohort, "s-2") == before


@pytest.mark.parametrize(
    ("course", "lab", "told"),
    [("ml-102", SLUG, "there is no course 'ml-102'"), (COURSE, "other", "ml-101 has no lab 'other'")],
)
def test_what_is_not_there_is_named_with_what_is(cohort: Class, course: str, lab: str, told: str) -> None:
    asked = Asked(
        course=course, lab=lab, which="latest", store=False, allow_lower=False, jobs=0, quiet=True, by="somebody"
    )
    with pytest.raises(PushmarkError, match=told) as refused:
        run(cohort.config, asked)
    assert "choose one of: " in refused.value.next_step
