"""What a learner reads of the checks on their files, in every state: golden fragments of the report."""

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from pushmark_graders.grading.scoring import is_ungraded, score_tasks, total
from pushmark_graders.grading.session import Session
from pushmark_graders.lab.spec import SubmissionSpec, TaskSpec
from pushmark_graders.report import markdown, terminal
from pushmark_graders.report.model import Environment, LabRef, LeakFinding, Report, Timing
from pushmark_graders.submission import intake
from pushmark_graders.submission.submitted import SubmittedFiles, take_down
from rich.console import Console

RunChecks = Callable[..., Session]
Golden = Callable[[str, str], None]

QUALITY = """
from pushmark_graders.checks import quality, task

@task(1, points=1)
def test_no_secret(files):
    '''No credential is in the repository.'''
    quality.expect_none(quality.secrets(files))

@task(1, points=1, hint="Delete what nothing uses.")
def test_clean(files):
    '''The service has no likely bug and types on what others call.'''
    found = quality.lint(files, paths=["service.py"]) + quality.untyped_functions(files, paths=["service.py"])
    quality.expect_none(found, sentence="A reviewer would ask about this.")

@task(1, points=1, needs=["clean"])
def test_short(files):
    '''No function is longer than a screen.'''
    quality.expect_none(quality.long_functions(files, most=40))

@task(2, points=1, hint="python -m py_compile tells the same.")
def test_whole(files):
    '''All code can be read.'''
    quality.expect_none(quality.lint(files))
"""
WHOLE = """
from pushmark_graders.checks import quality, task

@task(1, points=1)
def test_whole(files):
    '''The code has no likely bug.'''
    quality.expect_none(quality.lint(files))
"""
CODE = {
    "service.py": b"import os\n\n\ndef score(row, limits=[]):\n    return limits\n",
    "tools/\x1b[31mbroken\n.py": b"def f(:\n",
}

REVIEW = """
from pushmark_graders.checks import review, task

@task(1, points=1)
def test_there(files):
    '''The review can be read.'''
    review.read_findings(files)

@task(1, points=2, hint="Where does the future get in?")
def test_found(files):
    '''The review finds what is wrong and leaves alone what is right.'''
    key = review.Key(
        (review.Defect("train.py", 10, "high"), review.Defect("train.py", 50, "low")),
        lines=80, decoys=(review.Decoy("train.py", 30),),
    )
    review.expect_score(review.score(review.read_findings(files), key), at_least=0.6)

@task(2, points=1, needs=["found"])
def test_order(files):
    '''What matters most comes first.'''

@task(2, points=1)
def test_second(files):
    '''The second review can be read, too.'''
    review.read_findings(files, "second.yaml")
"""
HIDDEN = REVIEW.replace("points=2", "points=2, hidden=True").replace("points=1", "points=1, hidden=True")
ROW = """
  - {{file: {file}, line: {line}, severity: high, category: leakage, evidence: It is used., fix: Drop it.}}
"""
REVIEWS = {
    "review.yaml": ("findings:" + ROW.format(file="train.py", line=11) + ROW.format(file="train.py", line=31)).encode(),
    "second.yaml": b"findings:\n  - &all {file: a.py}\n  - *all\n",
}


LEAKAGE = """
import pandas as pd
from pushmark_graders.checks import leakage, task

DUE = pd.Timestamp("2020-03-01", tz="UTC") + pd.to_timedelta(range(0, 600, 60), unit="min")
PARCELS = pd.DataFrame({"parcel": range(10), "due": DUE, "delay": [5.0] * 9 + [20.0]})
KNOWN = (leakage.Known("parcels", "due", ("delay",), delay=pd.Timedelta("5min")),)
ASKED = leakage.Asked("parcels", "parcel", "due", lead=pd.Timedelta("2h"))

def probe(build):
    return leakage.as_of_probe(build, {"parcels": PARCELS}, KNOWN, ASKED, list(DUE[3:]))

@task(1, points=1)
def test_schedule(submission):
    '''What the schedule says is known in time.'''
    leakage.expect_none(probe(submission.module("features").schedule))

@task(1, points=2, hint="When was this parcel scanned?")
def test_state(submission):
    '''The state of the depot is as of two hours before.'''
    leakage.expect_none(probe(submission.module("features").state), "Later scans are used:")

@task(1, points=1, needs=["state"])
def test_state_is_used(submission):
    '''The state of the depot is a feature.'''

@task(2, points=1)
def test_crashes(submission):
    '''Features come without history, too.'''
    leakage.expect_none(probe(submission.module("features").crashes))
"""
FEATURES = """
def indexed(tables, **columns):
    parcels = tables["parcels"].set_index("parcel")
    return parcels.assign(**columns)[list(columns)]

def schedule(tables):
    return indexed(tables, hour=tables["parcels"]["due"].dt.hour.to_numpy())

def state(tables):
    delay = tables["parcels"]["delay"]
    return indexed(tables, **{"own|`delay`": delay.to_numpy(), "mean": delay.mean(), "hour": 1})

def crashes(tables):
    if tables["parcels"]["delay"].isna().any():
        raise ValueError("no history")
    return schedule(tables)
"""


def report(session: Session) -> Report:
    """The session's checks as a report, with a fixed environment."""
    tasks = score_tasks(
        [TaskSpec(number=1, title="One"), TaskSpec(number=2, title="Two")], session.checks, session.outcomes
    )
    return Report(
        lab=LabRef(slug="churn-2-service", version="1.0.0", title="Churn 2: service"),
        tier="full",
        status="ungraded" if is_ungraded(tasks, []) else "graded",
        score=total(tasks, []),
        tasks=tasks,
        environment=Environment(grader="0.1.0", python="3.11.2", policy="local"),
        timing=Timing(total=1.0),
    )


def pages(of: Report) -> dict[str, str]:
    """The report as a comment and as it is printed."""
    console = Console(file=io.StringIO(), width=100, _environ={})
    terminal.render(of, console)
    assert isinstance(console.file, io.StringIO)
    return {"md": markdown.render(of), "txt": console.file.getvalue()}


def states(of: Report) -> list[str]:
    return [check.state for task in of.tasks for check in task.checks]


@pytest.mark.parametrize(
    ("name", "checks", "files"),
    [("quality", QUALITY, CODE), ("review", REVIEW, REVIEWS)],
    ids=["quality", "review"],
)
def test_passed_failed_blocked_and_error_look_like_their_golden_pages(
    name: str, checks: str, files: dict[str, bytes], run_checks: RunChecks, golden: Golden
) -> None:
    said = report(run_checks({"test_files.py": checks}, {}, files=SubmittedFiles(files)))
    assert sorted(states(said)) == ["blocked", "error", "failed", "passed"]
    for suffix, text in pages(said).items():
        golden(f"{name}.{suffix}", text)


def test_leaks_are_told_in_words_and_as_data_and_look_like_their_golden_pages(
    run_checks: RunChecks, golden: Golden
) -> None:
    said = report(run_checks({"test_features.py": LEAKAGE}, {"features.py": FEATURES}))
    assert states(said) == ["passed", "failed", "blocked", "error"]
    own, mean = (
        LeakFinding(column=name, moved=7, rows=7, moment="2020-03-01T01:00:00Z") for name in ("own|`delay`", "mean")
    )
    assert [check.leaks for task in said.tasks for check in task.checks] == [[], [own, mean], [], []]
    for suffix, text in pages(said).items():
        golden(f"leakage.{suffix}", text)


def test_a_hidden_probe_tells_no_column(run_checks: RunChecks) -> None:
    hidden = LEAKAGE.replace("points=2", "points=2, hidden=True").replace("points=1", "points=1, hidden=True")
    said = report(run_checks({"test_hidden_features.py": hidden}, {"features.py": FEATURES}))
    assert states(said) == ["passed", "failed", "blocked", "error"]
    assert not any(check.leaks or check.message for task in said.tasks for check in task.checks)


def test_a_declaration_of_a_column_that_is_not_there_is_the_labs_fault(run_checks: RunChecks, golden: Golden) -> None:
    broken = LEAKAGE.replace('Known("parcels", "due"', 'Known("parcels", "scanned"')
    said = report(run_checks({"test_features.py": broken}, {"features.py": FEATURES}))
    assert states(said) == ["ungraded", "ungraded", "blocked", "ungraded"]
    for suffix, text in pages(said).items():
        golden(f"leakage_ungraded.{suffix}", text)


def test_a_hostile_tree_is_taken_in_and_judged_without_following_anything(
    run_checks: RunChecks, tmp_path: Path
) -> None:
    theirs, base, target = (tmp_path / name for name in ("theirs", "base", "target"))
    for folder in (theirs, base, target):
        folder.mkdir()
    secret = tmp_path / "secret.py"
    secret.write_text("import secret_of_the_host\n")
    (theirs / "linked.py").symlink_to(secret)
    (theirs / "folder").symlink_to(tmp_path)
    (theirs / "hard.py").hardlink_to(secret)
    os.mkfifo(theirs / "pipe.py")
    for name in (b"--config=x.py", b"@args.py", b"\xff.py", b"a\nb.py", b"\x1b]0;title\x07.py", b"ruff.toml"):
        (theirs / os.fsdecode(name)).write_bytes(b"import os\n")
    spec = SubmissionSpec(editable=["**"])
    taken = intake.take(spec, base, theirs, target)
    files = take_down(target, taken.editable)
    assert len(files.names) == 6
    said = report(run_checks({"test_files.py": WHOLE}, {}, files=files))
    message = said.tasks[0].checks[0].message
    assert message.startswith("The code can be cleaner. 5 findings:")
    assert r"\udcff.py:1: F401" in message
    assert "secret_of_the_host" not in message
    assert msgspec.json.encode(said)
    assert all(text.encode() for text in pages(said).values())


def test_without_ruff_the_attempt_is_ungraded_and_looks_like_its_golden_page(
    run_checks: RunChecks, golden: Golden, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    files = SubmittedFiles({"service.py": b"x = 1\n"})
    said = report(run_checks({"test_files.py": QUALITY}, {}, files=files))
    assert states(said) == ["passed", "ungraded", "blocked", "ungraded"]
    for suffix, text in pages(said).items():
        golden(f"quality_ungraded.{suffix}", text)


def test_without_a_yaml_library_the_attempt_is_ungraded_and_looks_like_its_golden_page(
    run_checks: RunChecks, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    said = report(run_checks({"test_files.py": REVIEW}, {}, files=SubmittedFiles(REVIEWS)))
    assert states(said) == ["ungraded", "ungraded", "blocked", "ungraded"]
    for suffix, text in pages(said).items():
        golden(f"review_ungraded.{suffix}", text)


def test_a_hidden_check_of_a_review_tells_nothing_of_its_key(run_checks: RunChecks, golden: Golden) -> None:
    said = report(run_checks({"test_hidden_files.py": HIDDEN}, {}, files=SubmittedFiles(REVIEWS)))
    assert sorted(states(said)) == ["blocked", "error", "failed", "passed"]
    assert not any(check.message or check.location for task in said.tasks for check in task.checks)
    for suffix, text in pages(said).items():
        golden(f"review_hidden.{suffix}", text)
