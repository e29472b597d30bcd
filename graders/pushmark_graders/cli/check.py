"""`pushmark check`: a learner's public checks, on the learner's machine, in seconds."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pushmark_graders.cli import options, output
from pushmark_graders.cli.console import progress
from pushmark_graders.errors import CHECKS_FAILED, COULD_NOT_GRADE, GRADED, ExitCode, PushmarkError
from pushmark_graders.lab.spec import LabSpec, load_lab
from pushmark_graders.report.model import Report
from pushmark_graders.worker.policy import Policy, load

if TYPE_CHECKING:
    from pushmark_graders.grading.job import Job


@click.command("check")
@click.argument("path", type=click.Path(path_type=Path), default=".")
@click.option("--task", type=int, help="Only the checks of this task.")
@click.option("--train", is_flag=True, help="Run the training pipeline first, and the checks that look at it.")
@options.policy("local", "How far your code is confined.")
@options.cold
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--out", type=click.Path(path_type=Path), help="Also write the report (JSON) to this file.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Also write the report as Markdown to this file.")
@click.option("--html", type=click.Path(path_type=Path), help="Also write the report as a page to this file.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors and what --json asks for.")
def command(
    path: Path,
    task: int | None,
    train: bool,
    policy: str,
    cold: bool,
    as_json: bool,
    out: Path | None,
    markdown: Path | None,
    html: Path | None,
    quiet: bool,
) -> ExitCode:
    """Run the public checks of the lab in PATH (default: here).

    Your code runs in a worker process, on a copy of your files; the end of the report says how far it was
    confined. This is practice: your instructor's grader also runs hidden checks.

    Exit status: 0 all passed, 1 some did not, 2 wrong usage or a faulty lab, 3 we could not grade.

    \b
    Examples:
      pushmark check                 all public checks
      pushmark check --task 2        only task 2, while you work on it
      pushmark check --train         train first, then everything
    """
    spec = load_lab(path)
    check_task(spec, task)
    report = _run(spec, path, load(policy), task=task, train=train, warm=not cold, quiet=quiet or as_json)
    for file, form in ((out, "json"), (markdown, "markdown"), (html, "html")):
        if file is not None:
            output.write(file, output.rendered(report, form))
    if as_json or not quiet:
        output.show(report, "json" if as_json else "terminal")
    return exit_code(report)


def exit_code(report: Report) -> ExitCode:
    """0 when everything passed, 1 when something of the learner's did not, 3 when our side failed."""
    if report.status == "ungraded":
        return COULD_NOT_GRADE
    trained = report.training is None or report.training.state in ("completed", "skipped")
    passed = all(check.state == "passed" for task in report.tasks for check in task.checks)
    return GRADED if trained and passed else CHECKS_FAILED


def check_task(spec: LabSpec, task: int | None) -> None:
    numbers = [one.number for one in spec.tasks]
    if task is not None and task not in numbers:
        raise PushmarkError(f"there is no task {task}", f"choose one of: {', '.join(map(str, numbers))}")


def _run(
    spec: LabSpec, path: Path, policy: Policy, *, task: int | None, train: bool, warm: bool, quiet: bool
) -> Report:
    from pushmark_graders.grading.grade import grade  # noqa: PLC0415  (pytest and numpy: not for --help)

    job = practice(spec, path, policy, task=task)
    with progress(quiet=quiet) as tell:
        told = replace(
            job,
            train=train,
            warm=warm,
            on_phase=tell,
            on_check=lambda check, outcome: tell(f"{outcome.state}: {check.id}"),
        )
        return grade(told).report


def practice(spec: LabSpec, path: Path, policy: Policy, *, task: int | None) -> "Job":
    """The public checks of the repository at `path`, without training. Raises PushmarkError where data is missing."""
    from pushmark_graders.grading.job import Job  # noqa: PLC0415

    data = path / spec.data.path if spec.data else path / "data"
    absent = [tracked.name for tracked in sorted(data.glob("*.dvc")) if not tracked.with_suffix("").exists()]
    if spec.data is not None and (absent or not data.is_dir()):
        raise PushmarkError(f"{data}: the raw tables are not there", "fetch them with: make data")
    return Job(
        spec=spec,
        base=path,
        data=data,
        submission=path,
        policy=policy,
        tier="practice",
        train=False,
        wanted=lambda check: task is None or check.task == task,
    )
