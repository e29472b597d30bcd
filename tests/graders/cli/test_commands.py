"""The command line as people and programs meet it: what goes where, and the exit status."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import msgspec
import pytest
from click.testing import CliRunner
from pushmark_graders import __version__
from pushmark_graders.cli import cli
from pushmark_graders.report.model import Report

TINY = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
PUSHMARK = Path(sys.executable).with_name("pushmark")
ESCAPE = "\x1b["

CHECKS = """
from pushmark_graders.checks import expect, task

@task(1, points=2, hint="Count again.")
def test_one(submission):
    '''One is one.'''
    expect.equal(submission.module("a").one(), 1)

@task(2, points=1, needs=["one"])
def test_two(submission):
    '''Two is two.'''
    expect.equal(submission.module("a").two(), 2)
"""
RIGHT = "def one():\n    return 1\ndef two():\n    return 2\n"
WRONG = RIGHT.replace("return 1", "return 7")


@dataclass
class Ran:
    status: int
    out: str
    err: str


def pushmark(*arguments: str | Path, cwd: Path | None = None, **variables: str) -> Ran:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ}
    done = subprocess.run(
        [PUSHMARK, *arguments], cwd=cwd, env=kept | variables, capture_output=True, text=True, check=False, timeout=120
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def repository(write_lab: Callable[..., Path]) -> Callable[..., Path]:
    """A learner's repository with `a.py`: the public edition of a lab at its root."""

    def make(source: str, checks: str = CHECKS) -> Path:
        return write_lab({"checks/test_a.py": checks, "a.py": source})

    return make


@pytest.fixture(scope="module")
def passing(repository: Callable[..., Path]) -> Path:
    return repository(RIGHT)


@pytest.fixture(scope="module")
def failing(repository: Callable[..., Path]) -> Path:
    return repository(WRONG)


def test_check_ends_with_0_when_all_passed_and_says_so(passing: Path) -> None:
    ran = pushmark("check", cwd=passing)
    assert ran.status == 0, ran.err
    assert "2 of 2" in ran.out
    assert "1 of 1" in ran.out
    assert "passed: one" in ran.err
    assert "passed: one" not in ran.out


def test_check_ends_with_1_when_something_did_not_pass_and_shows_what(failing: Path) -> None:
    ran = pushmark("check", failing)
    assert ran.status == 1
    for part in ("One is one.", "called a.one()", "got:      7", "expected: 1", "a.py:1", "Count again."):
        assert part in ran.out
    assert "Waits for" in ran.out
    assert "Traceback" not in ran.out + ran.err


def test_json_is_valid_and_alone_on_standard_output(failing: Path) -> None:
    ran = pushmark("check", failing, "--json")
    report = msgspec.json.decode(ran.out, type=Report)
    assert ran.status == 1
    assert (report.tier, report.score.points, report.score.max) == ("practice", 0, 3)
    assert ran.err == ""


def test_quiet_says_nothing_and_files_say_it_all(failing: Path, tmp_path: Path) -> None:
    report, comment, page = tmp_path / "new" / "report.json", tmp_path / "comment.md", tmp_path / "report.html"
    ran = pushmark("check", failing, "--quiet", "--out", report, "--markdown", comment, "--html", page)
    assert ran == Ran(1, "", "")
    assert msgspec.json.decode(report.read_bytes(), type=Report).score.points == 0
    assert "One is one." in comment.read_text()
    assert "One is one." in page.read_text()


def test_quiet_does_not_take_the_json_away_that_was_asked_for(passing: Path) -> None:
    assert msgspec.json.decode(pushmark("check", passing, "-q", "--json").out, type=Report).score.points == 3


def test_a_file_that_cannot_be_written_is_a_usage_error(passing: Path, tmp_path: Path) -> None:
    ran = pushmark("check", passing, "--out", tmp_path, "--quiet")
    assert ran.status == 2
    assert re.search(r"Error: .* cannot be written: Is a directory\nNext: ", ran.err)


def test_one_task_runs_the_checks_it_waits_for_and_reports_only_its_own(passing: Path, failing: Path) -> None:
    ran = pushmark("check", passing, "--task", "2", "--json")
    report = msgspec.json.decode(ran.out, type=Report)
    assert ran.status == 0
    assert [check.id for task in report.tasks for check in task.checks] == ["two"]
    blocked = msgspec.json.decode(pushmark("check", failing, "--task", "2", "--json").out, type=Report)
    assert blocked.tasks[0].checks[0].state == "blocked"
    assert blocked.tasks[0].checks[0].waits_for == ["one"]


TRAINED_CHECK = """
from pushmark_graders.checks import expect, task

@task(1, points=2)
def test_one(submission):
    '''One is one.'''
    expect.equal(submission.module("a").one(), 1)

@task(2, points=1)
def test_loss_is_logged(training):
    '''The run writes its loss down.'''
    expect.equal(training.metric("loss"), 0.5)
"""
PIPELINE = "stages:\n  fit:\n    cmd: python fit.py\n    metrics: [{metrics.json: {cache: false}}]\n"


@pytest.fixture(scope="module")
def trainable(write_lab: Callable[..., Path]) -> Path:
    files = {"a.py": RIGHT, "checks/test_a.py": TRAINED_CHECK, "dvc.yaml": PIPELINE}
    fit = "import json\njson.dump({'loss': 0.5}, open('metrics.json', 'w'))\n"
    return write_lab({**files, "fit.py": fit}, '[training]\nstages = ["fit"]\nseconds = 60\n')


def test_train_runs_the_pipeline_first_and_then_the_checks_that_look_at_it(trainable: Path) -> None:
    ran = pushmark("check", trainable, "--train")
    assert ran.status == 0, ran.out + ran.err
    told = [line.split("] ", 1)[1] for line in ran.err.splitlines()]
    assert told == ["training", "training: fit", "passed: one", "passed: loss-is-logged"]


def test_without_train_the_checks_of_a_run_are_left_out_and_everything_else_decides(trainable: Path) -> None:
    ran = pushmark("check", trainable, "--json")
    report = msgspec.json.decode(ran.out, type=Report)
    assert ran.status == 0
    assert [check.id for task in report.tasks for check in task.checks] == ["one"]
    assert report.training is not None
    assert report.training.state == "skipped"


def test_a_training_that_fails_is_a_failure_even_when_all_other_checks_pass(trainable: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(trainable, tmp_path / "broken")
    (broken / "fit.py").write_text("raise ValueError('the loss is not a number')\n")
    ran = pushmark("check", broken, "--train", "--task", "1")
    assert ran.status == 1
    assert "ValueError: the loss is not a number" in ran.out


def test_check_leaves_the_learners_folder_as_it_was(passing: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in passing.rglob("*")}
    pushmark("check", passing, "--quiet")
    assert {path: path.stat().st_mtime_ns for path in passing.rglob("*")} == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "nowhere"], "nowhere: no such folder"),
        (["check", "/"], "/lab.toml: no such file"),
        (["check", "LAB", "--task", "9"], "there is no task 9"),
        (["check", "LAB", "--tsak", "1"], "No such option"),
        (["chekc"], "No such command"),
        (["grade", "LAB"], "Missing argument"),
        (["grade", "LAB", "nowhere"], "nowhere: no such folder"),
        (["grade", "LAB", "LAB", "--policy", "weak"], "weak: no policy of this name"),
        (["grade", "LAB", "LAB", "--previous", "LAB/lab.toml"], "lab.toml"),
        (["lab", "build", "LAB", "LAB"], "is not an empty folder"),
    ],
)
def test_wrong_usage_ends_with_2_and_one_message(passing: Path, arguments: list[str], said: str) -> None:
    ran = pushmark(*[argument.replace("LAB", str(passing)) for argument in arguments])
    assert ran.status == 2
    assert said in ran.err
    assert "Error: " in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""


def test_a_faulty_lab_ends_with_2_and_all_its_faults(passing: Path, tmp_path: Path) -> None:
    lab = shutil.copytree(passing, tmp_path / "lab")
    (lab / "lab.toml").write_text((lab / "lab.toml").read_text().replace("summary", "sumary").replace('"One"', "1"))
    ran = pushmark("check", lab)
    assert ran.status == 2
    for part in (
        "sumary: unknown key; did you mean `summary`?",
        "summary: missing",
        "tasks[0].title: expected a text",
        "Next:",
    ):
        assert part in ran.err


def test_a_check_that_breaks_by_itself_ends_with_3(repository: Callable[..., Path]) -> None:
    ran = pushmark("check", repository(RIGHT, CHECKS.replace("expect.equal", "expect.eqal", 1)), "--json")
    assert ran.status == 3
    assert msgspec.json.decode(ran.out, type=Report).status == "ungraded"


def test_a_fault_of_pushmark_ends_with_3_and_one_message(passing: Path, tmp_path: Path) -> None:
    """A schema file that is gone stands for any fault of our own."""
    code = (
        "import sys; from pushmark_graders.cli import main, check\n"
        "def broken(*_, **__): raise ZeroDivisionError('a value that is nobody\\'s business')\n"
        "check._run = broken; sys.argv = ['pushmark', 'check', sys.argv[1]]; main()"
    )
    done = subprocess.run([sys.executable, "-c", code, passing], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "Pushmark itself broke: ZeroDivisionError in " in done.stderr
    assert "nobody" not in done.stderr
    assert "Traceback" not in done.stderr


def test_grade_ends_with_0_whatever_the_score_and_runs_hidden_checks() -> None:
    scores = {}
    for name in ("starter", "solution"):
        ran = pushmark("grade", TINY, TINY / name, "--format", "json", "--quiet")
        assert (ran.status, ran.err) == (0, "")
        report = msgspec.json.decode(ran.out, type=Report)
        scores[name] = (report.score.points, report.score.max)
        hidden = [check for task in report.tasks for check in task.checks if check.hidden]
        assert [check.id for check in hidden] == ["long-text-is-ranked"]
    assert scores == {"starter": (0, 10), "solution": (10, 10)}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Path, Path]:
    folder = tmp_path_factory.mktemp("graded")
    arguments: list[str | Path] = [
        "--out",
        folder / "report.json",
        "--evidence",
        folder / "evidence.json",
        "--html",
        folder / "report.html",
        "--repository",
        "ada/words",
    ]
    ran = pushmark(
        "grade", TINY, TINY / "mutants" / "case-matters", "--format", "markdown", "--commit", "a" * 40, *arguments,
        PUSHMARK_SEED="a very secret seed",
    )  # fmt: skip
    return ran, folder / "report.json", folder / "evidence.json"


def test_progress_goes_to_standard_error_and_never_names_a_hidden_check(graded: tuple[Ran, Path, Path]) -> None:
    ran, _, _ = graded
    assert ran.status == 0
    assert "failed: hidden check" in ran.err
    assert "long-text-is-ranked" not in ran.err
    assert "preparing tiny-lab" in ran.err
    assert "preparing" not in ran.out


def test_markdown_goes_to_standard_output_and_the_report_into_the_file(graded: tuple[Ran, Path, Path]) -> None:
    ran, path, _ = graded
    report = msgspec.json.decode(path.read_bytes(), type=Report)
    assert (report.submission.repository, report.submission.commit) == ("ada/words", "a" * 40)
    assert report.score.points == 6
    assert "6 of 10" in ran.out


def test_a_report_file_is_shown_again_as_it_was_and_in_any_other_form(
    graded: tuple[Ran, Path, Path], tmp_path: Path
) -> None:
    ran, path, _ = graded
    assert pushmark("report", path, "--format", "markdown").out == ran.out
    written = pushmark("report", path, "--format", "html", "--out", tmp_path / "again.html")
    assert written == Ran(0, "", "")
    assert (tmp_path / "again.html").read_bytes() == path.with_name("report.html").read_bytes()
    assert pushmark("report", path, "--format", "json").out.rstrip("\n") == path.read_text()
    shown = pushmark("report", path)
    assert "6 of 10 points" in shown.out
    assert pushmark("report", path, "--out", tmp_path / "again.txt").status == 0
    assert "6 of 10 points" in (tmp_path / "again.txt").read_text()


def test_what_is_no_report_is_a_usage_error_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("{}")
    ran = pushmark("report", tmp_path / "report.json")
    assert ran.status == 2
    assert "report.json: object missing required field" in ran.err
    assert "Next: " in ran.err


def test_the_seed_appears_nowhere(graded: tuple[Ran, Path, Path]) -> None:
    ran, report, evidence = graded
    for text in (ran.out, ran.err, report.read_text(), evidence.read_text()):
        assert "secret seed" not in text


def test_evidence_is_pytests_own_record(graded: tuple[Ran, Path, Path]) -> None:
    outcomes = {test["nodeid"].split("::")[1]: test["outcome"] for test in json.loads(graded[2].read_text())["tests"]}
    assert outcomes["test_case_is_ignored"] == "failed"
    assert outcomes["test_long_text_is_ranked"] == "failed"


def test_the_next_attempt_is_compared_with_the_one_before(graded: tuple[Ran, Path, Path]) -> None:
    ran = pushmark("grade", TINY, TINY / "solution", "--json", "--quiet", "--previous", graded[1])
    report = msgspec.json.decode(ran.out, type=Report)
    assert report.attempt == 2
    assert report.previous is not None
    assert (report.previous.points, report.score.points) == (6, 10)


def test_colour_is_for_terminals_and_no_color_is_honoured(failing: Path) -> None:
    assert ESCAPE not in pushmark("check", failing).out
    assert ESCAPE in on_terminal("check", failing)
    plain = on_terminal("check", failing, NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*[1-9][0-9]m", plain)  # no colour; bold and cursor movements are none
    assert not re.search(r"\x1b\[31", on_terminal("check", "nowhere", NO_COLOR="1"))
    assert re.search(r"\x1b\[31", on_terminal("check", "nowhere"))


def on_terminal(*arguments: str | Path, **variables: str) -> str:
    ours, theirs = pty.openpty()
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ}
    child = subprocess.Popen(
        [PUSHMARK, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**kept, "TERM": "xterm-256color", **variables},
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # Linux says EIO when the last writer is gone
            break
        if not chunk:
            break
        seen += chunk
    os.close(ours)
    child.wait(10)
    return seen.decode()


def test_a_reader_that_goes_away_is_no_error(failing: Path) -> None:
    child = subprocess.Popen([PUSHMARK, "check", failing, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    said = child.stderr.read().decode()
    child.stderr.close()
    assert "Traceback" not in said
    assert "BrokenPipe" not in said
    assert child.wait(30) in (0, 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_with_130_and_leaves_no_worker_and_no_folder(
    repository: Callable[..., Path], tmp_path: Path, number: int
) -> None:
    token = f"sleeper{os.getpid()}"
    folder = repository(f"import os\ndef one():\n    os.execv('/bin/sleep', ['{token}', '60'])\n")

    def sleepers() -> int:
        found = 0
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                found += path.read_bytes().startswith(token.encode())
            except OSError:
                continue
        return found

    tmp_path.chmod(0o755)
    child = subprocess.Popen(
        [PUSHMARK, "check", folder, "--quiet"],
        env={**os.environ, "TMPDIR": str(tmp_path)}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_until(lambda: sleepers() > 0)
    child.send_signal(number)
    _, said = child.communicate(timeout=20)
    assert child.returncode == 130, said
    assert "Traceback" not in said
    wait_until(lambda: sleepers() == 0)
    assert list(tmp_path.iterdir()) == []


def wait_until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with the words that call it."""
    if isinstance(group, click.Group):
        context = click.Context(group, help_option_names=["-h", "--help"])
        for name in group.list_commands(context):
            found = group.get_command(context, name)
            assert found is not None
            yield from commands(found, (*path, name))
    else:
        yield path, group


ALL = dict(commands(cli))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_the_help_of_every_command_says_what_it_does_and_shows_an_example(path: tuple[str, ...]) -> None:
    for flag in ("--help", "-h"):
        shown = CliRunner().invoke(cli, [*path, flag], prog_name="pushmark")
        assert shown.exit_code == 0
        assert f"Usage: pushmark {' '.join(path)}" in shown.output
    first = (ALL[path].help or "").strip().split("\n")[0]
    assert len(first) > 20
    examples = shown.output.partition("Example")[2]
    assert re.search(rf"\n +(PUSHMARK_SEED=\S+ )?pushmark {' '.join(path)} ?", examples), shown.output
    for option in ALL[path].params:
        assert not isinstance(option, click.Option) or option.help, f"{option.name} has no help"


def test_the_help_lists_every_command_with_a_line_and_the_exit_statuses() -> None:
    shown = CliRunner().invoke(cli, ["--help"], prog_name="pushmark").output
    for name in ("check", "grade", "lab"):
        assert re.search(rf"^  {name} +\S.{{15}}", shown, re.MULTILINE)
    assert "Exit status: 0 graded or all passed, 1 public checks failed" in re.sub(r"\s+", " ", shown)


def test_the_help_of_check_loads_nothing_heavy() -> None:
    code = (
        "import sys; from pushmark_graders.cli import cli; cli(['check', '--help'], standalone_mode=False); "
        "print({'numpy', 'pandas', 'pytest', 'rich', 'mlflow', 'subprocess'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_the_version_is_the_packages() -> None:
    assert pushmark("--version").out == f"pushmark, version {__version__}\n"


def test_without_a_command_the_help_is_shown() -> None:
    ran = pushmark()
    assert ran.status == 2
    assert "Usage: pushmark" in ran.out + ran.err
