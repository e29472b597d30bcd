"""A submission attacks the job that marks it. Nothing it writes is a command, and it finds no token."""

import re

import msgspec
import pytest
from pushmark_graders.report.model import Report

from tests.workflows.act import Run
from tests.workflows.conftest import Learner

FORGED = "forged-by-the-learner"

COMMANDS = f"""
import sys

LINES = [
    "::error title=Autograding complete::{FORGED}",
    "::notice title=Autograding complete::Points 100/100 {FORGED}",
    "::add-mask::pushmark {FORGED}",
    "::set-output name=status::0 {FORGED}",
    "::stop-commands::{FORGED}",
    "all is well ##[group]{FORGED}",
    "all is well ##[error]{FORGED}",
    "##vso[task.complete result=Succeeded;]{FORGED}",
]
for stream in (sys.stdout, sys.stderr):
    print(*LINES, sep="\\n", file=stream, flush=True)


def count(text):
    print(*LINES, sep="\\n", flush=True)
    raise ValueError("\\n".join(LINES))


def top(text, n):
    return LINES
"""

BURGLAR = f"""
import glob
import os

SEEN = {{}}
FOUND = []

for name, value in os.environ.items():
    SEEN[name] = value
for path in glob.glob("/proc/[0-9]*/environ"):
    try:
        SEEN[path] = open(path, "rb").read().decode("utf-8", "replace")
    except OSError:
        pass
for start in ("/tmp", "/home", "/root", "/github", "/var", os.path.expanduser("~")):
    for folder, _, names in os.walk(start):
        for name in names:
            if name in ("envs.txt", "outputcmd.txt", "pathcmd.txt", "statecmd.txt", "SUMMARY.md") or "GITHUB" in name:
                path = os.path.join(folder, name)
                FOUND.append(path)
                try:
                    with open(path, "a") as file:
                        file.write("FORGED={FORGED}\\nstatus=0\\n")
                except OSError:
                    pass
for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY", "BASH_ENV"):
    with open(os.environ.get(name, "/dev/null"), "a") as file:
        file.write("FORGED={FORGED}\\n")


def count(text):
    tokens = [value for value in SEEN.values() if "ghs_" in value]
    raise ValueError(repr(sorted(SEEN)) + repr(FOUND)[:500] + "TOKENS" + repr(tokens))
"""


def assert_untouched(run: Run) -> None:
    """The log and the commands are ours alone."""
    assert FORGED not in run.log
    assert run.says_nothing_but("Some checks did not pass. The summary says which, and what to try next.")
    for command in ("notice", "warning", "add-mask", "group", "debug", "set-env", "stop-commands"):
        assert run.commands(command) == [], command
    assert {event["arg"] for event in run.commands("add-path")} <= {run_path(run)}
    assert {event["name"] for event in run.commands("set-output")} == {"preinstalled", "status", "report", "folder"}
    assert {event["arg"] for event in run.commands("set-output") if event["name"] == "status"} == {"1"}
    assert run.jobs == {"grade": "failure", "publish": "success"}


def run_path(run: Run) -> str:
    path: str = run.commands("add-path")[0]["arg"]
    return path


def test_what_a_submission_prints_is_never_a_command(learner: Learner) -> None:
    learner.write({"src/tiny/words.py": COMMANDS})
    run, sha = learner.push()
    assert_untouched(run)
    assert FORGED in run.summary, "the learner still sees what the code said"
    [check] = learner.check_runs(sha)
    assert check.conclusion == "failure"


def test_names_that_a_submission_chose_are_never_commands(learner: Learner) -> None:
    name = f"##[group]{FORGED}"
    learner.write(
        {
            f"src/tiny/{name}.py": f"def count(text):\n    raise ValueError('{FORGED}')\n",
            f"notes/::error::{FORGED}.txt": "unasked",
            "src/tiny/words.py": f"import importlib\ncount = importlib.import_module('tiny.{name}').count\n",
        }
    )
    run, _sha = learner.push()
    assert_untouched(run)


@pytest.mark.parametrize("broken", [f'x = "::error::{FORGED}"', f'slug = "##[error]{FORGED}"', f"::error::{FORGED}"])
def test_a_hostile_lab_file_is_quoted_in_the_summary_only(learner: Learner, broken: str) -> None:
    learner.write({"lab.toml": f"schema = 1\n{broken}\n"})
    run, _sha = learner.push()
    assert FORGED not in run.log
    assert run.says_nothing_but("The lab or its settings need mending. The summary says what.")
    assert run.jobs == {"grade": "failure"}


def test_a_submission_finds_no_token_and_no_file_of_the_runner(learner: Learner) -> None:
    learner.write({"src/tiny/words.py": BURGLAR})
    run, _sha = learner.push()
    assert_untouched(run)
    assert FORGED not in run.summary
    report = msgspec.json.decode(run.artifact("pushmark-report")["report.json"], type=Report)
    said = " ".join(check.message for task in report.tasks for check in task.checks)
    assert "TOKENS[]" in said, said
    assert "GITHUB_" not in said
    assert "ACTIONS_" not in said
    assert not re.search("ghs_[0-9a-f]{36}", run.artifact("pushmark-report")["report.json"].decode())
