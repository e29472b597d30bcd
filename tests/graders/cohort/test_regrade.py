"""A cohort is graded as each submission alone would be; what is finished stays, what changed is graded again."""

import dataclasses
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace
from pushmark_graders import process
from pushmark_graders.cohort import grader as graders
from pushmark_graders.cohort.farm import Farm
from pushmark_graders.cohort.keys import Cohort
from pushmark_graders.cohort.protocol import Setup, Task
from pushmark_graders.cohort.regrade import Outcome, regrade
from pushmark_graders.cohort.reports import Reports
from pushmark_graders.cohort.sources import Submission, labelled, read
from pushmark_graders.errors import LabError, PushmarkError
from pushmark_graders.grading.grade import grade
from pushmark_graders.grading.job import Job
from pushmark_graders.lab.build import rendered
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.report import schema
from pushmark_graders.report.model import Report, Timing

from tests.graders.cohort.conftest import TINY, alive, descendants, wait_until


def timeless(report: Report) -> Report:
    tasks = [replace(task, checks=[replace(check, seconds=0.0) for check in task.checks]) for task in report.tasks]
    return replace(report, tasks=tasks, timing=Timing(total=0.0))


def setup_of(cohort: Cohort) -> Setup:
    return Setup(
        lab=str(cohort.spec.root),
        base=str(cohort.base.template),
        data=str(cohort.base.data),
        policy=cohort.policy,
        seed=cohort.seed,
        warm=cohort.warm,
    )


def cached(outcomes: Sequence[Outcome]) -> dict[str, bool]:
    return {one.label: one.cached for one in outcomes}


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A copy of the tiny lab, to change."""
    return Path(shutil.copytree(TINY, tmp_path / "labs" / "tiny-lab"))


def of(cohort: Cohort, lab: Path) -> Cohort:
    """The same cohort, of another lab."""
    spec = load_lab(lab)
    return dataclasses.replace(cohort, spec=spec, base=rendered(spec))


@pytest.fixture
def two(folders: dict[str, Path]) -> list[Submission]:
    return labelled([folders["solution"], folders["starter"]])


def test_reports_are_those_that_grade_makes(cohort: Cohort, folders: dict[str, Path], tmp_path: Path) -> None:
    outcomes = list(regrade(cohort, labelled(folders.values()), Reports(tmp_path / "out"), graders=2))
    assert {one.label for one in outcomes} == set(folders)
    for one in outcomes:
        job = Job(
            spec=cohort.spec,
            base=cohort.base.template,
            data=cohort.base.data,
            submission=folders[one.label],
            policy=cohort.policy,
            seed=cohort.seed,
        )
        assert one.report is not None
        report = schema.load(one.report)
        assert timeless(report) == timeless(grade(job).report)
        assert report.timing.workers == "warm"
        assert (one.status, one.points, one.max) == ("graded", report.score.points, report.score.max)


def test_what_is_finished_starts_no_process(
    cohort: Cohort, two: list[Submission], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = Reports(tmp_path / "out")
    first = list(regrade(cohort, two, reports))
    monkeypatch.setattr(process, "spawn", pytest.fail)
    second = list(regrade(cohort, two, reports))
    assert cached(first) == {"solution": False, "starter": False}
    assert sorted(second, key=str) == sorted((dataclasses.replace(one, cached=True) for one in first), key=str)


def test_only_a_submission_that_changed_is_graded_again(
    cohort: Cohort, two: list[Submission], folders: dict[str, Path], tmp_path: Path
) -> None:
    reports = Reports(tmp_path / "out")
    list(regrade(cohort, two, reports))
    words = folders["starter"] / "src" / "tiny" / "words.py"
    shutil.copy(folders["solution"] / "src" / "tiny" / "words.py", words)
    outcomes = list(regrade(cohort, two, reports))
    assert cached(outcomes) == {"solution": True, "starter": False}
    assert {one.points for one in outcomes} == {10.0}


def test_another_seed_lab_policy_or_wish_grades_all_again(
    cohort: Cohort, two: list[Submission], lab: Path, tmp_path: Path
) -> None:
    reports, one = Reports(tmp_path / "out"), two[:1]
    (lab / "hidden.py").write_text((lab / "hidden.py").read_text() + "\n# another\n")
    changed = [
        dataclasses.replace(cohort, seed="another"),
        of(cohort, lab),
        dataclasses.replace(cohort, policy=replace(cohort.policy, call_seconds=11.0)),
    ]
    list(regrade(cohort, one, reports))
    for other in changed:
        assert cached(list(regrade(other, one, reports))) == {"solution": False}
    assert cached(list(regrade(changed[-1], one, reports))) == {"solution": True}
    assert cached(list(regrade(changed[-1], one, reports, again=True))) == {"solution": False}


def test_a_report_that_was_tampered_with_or_lost_is_made_again(
    cohort: Cohort, two: list[Submission], tmp_path: Path
) -> None:
    reports, one = Reports(tmp_path / "out"), two[:1]
    list(regrade(cohort, one, reports))
    path = reports.path("solution")
    whole = path.read_bytes()
    for broken in (whole[:100], whole.replace(b'"points": 10', b'"points": 11')):
        path.write_bytes(broken)
        assert cached(list(regrade(cohort, one, reports))) == {"solution": False}
    path.unlink()
    assert cached(list(regrade(cohort, one, reports))) == {"solution": False}


def test_nothing_that_is_kept_holds_the_seed(cohort: Cohort, two: list[Submission], tmp_path: Path) -> None:
    secret = dataclasses.replace(cohort, seed="a-seed-of-its-own")
    list(regrade(secret, two[:1], Reports(tmp_path / "out")))
    kept = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(kept) == 3
    assert not any(b"a-seed-of-its-own" in path.read_bytes() for path in kept)


def test_two_runs_do_not_share_a_folder(cohort: Cohort, two: list[Submission], tmp_path: Path) -> None:
    reports = Reports(tmp_path / "out")
    with reports.locked(), pytest.raises(PushmarkError, match="another run of Pushmark is at work"):
        list(regrade(cohort, two, Reports(tmp_path / "out")))
    assert len(list(regrade(cohort, two[:1], reports))) == 1


def test_a_submission_over_the_limits_costs_only_its_own_result(
    cohort: Cohort, two: list[Submission], folders: dict[str, Path], tmp_path: Path
) -> None:
    for number in range(60):
        (folders["starter"] / "src" / "tiny" / f"more{number}.py").write_text("")
    reports = Reports(tmp_path / "out")
    outcomes = {one.label: one for one in regrade(cohort, two, reports, graders=1)}
    assert outcomes["solution"].status == "graded"
    assert outcomes["starter"].status == "ungraded"
    assert outcomes["starter"].report is None
    assert "the lab allows 50" in outcomes["starter"].message
    assert cached(list(regrade(cohort, two, reports))) == {"solution": True, "starter": False}


def test_one_that_takes_too_long_is_given_up_and_the_next_is_graded(
    cohort: Cohort, folders: dict[str, Path], lab: Path, tmp_path: Path
) -> None:
    (folders["starter"] / "src" / "tiny" / "__init__.py").write_text("import time\ntime.sleep(600)\n")
    text = (lab / "lab.toml").read_text()
    (lab / "lab.toml").write_text(
        text.replace("import_seconds = 10.0", "import_seconds = 600.0\ncheck_seconds = 600.0")
    )
    every = labelled([folders["starter"], folders["solution"]])
    before = descendants(os.getpid())
    run = regrade(of(cohort, lab), every, Reports(tmp_path / "out"), graders=1, seconds=15.0)
    outcomes = {one.label: one for one in run}
    assert outcomes["starter"].message.startswith("no end within 15 s")
    assert outcomes["solution"].status == "graded"
    wait_until(lambda: not alive(descendants(os.getpid()) - before))


def test_a_faulty_lab_ends_the_run(cohort: Cohort, two: list[Submission], lab: Path, tmp_path: Path) -> None:
    (lab / "checks" / "test_hidden_words.py").write_text("import no_such_module\n")
    broken = of(cohort, lab)
    with pytest.raises(LabError, match="no_such_module"):
        list(regrade(broken, two, Reports(tmp_path / "out")))


def test_what_our_side_could_not_grade_is_kept_apart_and_tried_again(
    cohort: Cohort, two: list[Submission], lab: Path, tmp_path: Path
) -> None:
    check = "from pushmark_graders.checks import task\n\n@task(1, points=1)\ndef test_broken(submission):\n"
    (lab / "checks" / "test_more.py").write_text(check + "    '''Breaks.'''\n    raise KeyError('ours')\n")
    broken = of(cohort, lab)
    reports = Reports(tmp_path / "out")
    for _ in range(2):
        (outcome,) = regrade(broken, two[:1], reports)
        assert (outcome.status, outcome.cached, outcome.points) == ("ungraded", False, None)
        assert outcome.report == tmp_path / "out" / "ungraded" / "solution.json"
        assert schema.load(outcome.report).status == "ungraded"
    assert not reports.path("solution").exists()
    assert next(regrade(cohort, two[:1], reports)).status == "graded"
    assert not (tmp_path / "out" / "ungraded" / "solution.json").exists()


def test_a_grader_that_is_killed_is_replaced_and_its_submission_tried_again(
    cohort: Cohort, folders: dict[str, Path]
) -> None:
    killed: list[int] = []

    def tasks() -> Iterator[Task]:
        yield Task(label="first", folder=str(folders["solution"]))
        killed.extend(farm.pids)  # it has just been given the first task
        os.kill(killed[0], signal.SIGKILL)
        yield Task(label="second", folder=str(folders["solution"]))

    with Farm(setup_of(cohort), 2, 600.0) as farm:
        answers = {task.label: answer for task, answer in farm.run(tasks())}
        assert not set(killed) & set(farm.pids)
    assert len(killed) == 1
    points = {label: schema.parse(answer.report).score.points for label, answer in answers.items()}
    assert points == {"first": 10.0, "second": 10.0}


def test_an_idle_grader_that_is_killed_costs_nothing(cohort: Cohort, folders: dict[str, Path]) -> None:
    one = Task(label="one", folder=str(folders["solution"]))
    with Farm(setup_of(cohort), 1, 600.0) as farm:
        assert [answer.what for _, answer in farm.run(iter([one]))] == [""]
        os.kill(farm.pids[0], signal.SIGKILL)
        assert [answer.what for _, answer in farm.run(iter([one]))] == [""]


def test_a_submission_whose_graders_always_die_is_not_graded(
    cohort: Cohort, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dying = tmp_path / "dying.py"
    dying.write_text("print('no such library'); raise SystemExit(1)\n")
    monkeypatch.setattr(graders, "__file__", str(dying))
    with Farm(setup_of(cohort), 2, 600.0) as farm:
        tasks = [Task(label=str(number), folder=str(folders["solution"])) for number in range(2)]
        answers = [answer for _, answer in farm.run(iter(tasks))]
    assert [answer.what for answer in answers] == ["its grader died 2 times: no such library"] * 2


def test_a_worn_grader_is_replaced(cohort: Cohort, folders: dict[str, Path]) -> None:
    for setup, worn in (
        (replace(setup_of(cohort), most_gradings=2), [False, True, False]),
        (replace(setup_of(cohort), most_memory_mb=1), [True, True]),
    ):
        tasks = [Task(label=str(number), folder=str(folders["solution"])) for number in range(len(worn))]
        with Farm(setup, 1, 600.0) as farm:
            answers = [answer for _, answer in farm.run(iter(tasks))]
        assert [answer.is_worn for answer in answers] == worn
        assert all(answer.report for answer in answers)


def test_closing_the_run_in_its_midst_leaves_no_process_and_keeps_what_is_finished(
    cohort: Cohort, folders: dict[str, Path], tmp_path: Path
) -> None:
    before = descendants(os.getpid())
    every = [Submission(str(number), folders["solution"]) for number in range(8)]
    run = regrade(cohort, every, Reports(tmp_path / "out"), graders=2)
    first = next(run)
    started = descendants(os.getpid()) - before
    assert started
    run.close()
    wait_until(lambda: not alive(started))
    assert first.report is not None
    assert schema.load(first.report).status == "graded"
    again = {one.label: one.cached for one in regrade(cohort, every, Reports(tmp_path / "out"), graders=2)}
    assert again[first.label]
    assert set(again) == {one.label for one in every}


def test_sixty_gradings_do_not_make_a_grader_grow(cohort: Cohort, folders: dict[str, Path]) -> None:
    held: list[float] = []
    with Farm(setup_of(cohort), 1, 600.0) as farm:
        tasks = (Task(label=str(number), folder=str(folders["solution"])) for number in range(60))
        for number, (_, answer) in enumerate(farm.run(tasks)):
            assert answer.report
            if number in (9, 59):
                held.append(resident_mb(farm.pids[0]))
    assert held[1] - held[0] < 25, held


def resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def test_a_commit_is_graded_as_the_folder_that_it_holds(
    cohort: Cohort, folders: dict[str, Path], git: Callable[..., str], tmp_path: Path
) -> None:
    repository = folders["solution"]
    git(repository, "init", "-q", "-b", "main")
    git(repository, "add", "-A", "-f")
    git(repository, "commit", "-q", "-m", "All")
    (commit,) = read([f"{repository}@main"])
    (outcome,) = regrade(cohort, [commit], Reports(tmp_path / "out"))
    assert outcome.report is not None
    report = schema.load(outcome.report)
    assert commit.label == "solution@main"
    assert report.submission.commit == git(repository, "rev-parse", "main")
    assert report.score.points == 10.0
    assert report.integrity.overlaid == []
    assert next(regrade(cohort, [commit], Reports(tmp_path / "out"))).cached
    git(repository, "commit", "-q", "--allow-empty", "-m", "Nothing")
    assert not next(regrade(cohort, read([f"{repository}@main"]), Reports(tmp_path / "out"))).cached
