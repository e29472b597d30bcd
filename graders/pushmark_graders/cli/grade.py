"""`pushmark grade`: the whole grading of one submission, hidden checks and metrics included."""

from pathlib import Path

import click
import msgspec

from pushmark_graders.cli import options, output
from pushmark_graders.cli.console import progress
from pushmark_graders.errors import COULD_NOT_GRADE, GRADED, ExitCode, PushmarkError
from pushmark_graders.grading.grade import PRACTICE_SEED, Job, Result, grade
from pushmark_graders.grading.history import after
from pushmark_graders.lab.build import DEFAULT_SOURCE, rendered
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.report import schema
from pushmark_graders.report.model import SubmissionRef
from pushmark_graders.worker.policy import Policy, load


@click.command("grade")
@click.argument("lab", type=click.Path(path_type=Path))
@click.argument("submission", type=click.Path(path_type=Path))
@click.option(
    "--seed",
    envvar="PUSHMARK_SEED",
    default=PRACTICE_SEED,
    show_default=True,
    help="The course's secret: hidden inputs are derived from it. Better given as PUSHMARK_SEED.",
)
@options.policy("standard", "How far the submission is confined; `strict` refuses where a layer is missing.")
@click.option("--out", type=click.Path(path_type=Path), help="Also write the report (JSON) to this file.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "markdown", "json"]),
    default="terminal",
    show_default=True,
    help="How to print the report.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option(
    "--previous", type=click.Path(path_type=Path), help="The report of the attempt before, to show the change."
)
@click.option("--repository", default="", help="OWNER/NAME, for the report.")
@click.option("--commit", default="", help="The commit that is graded, for the report.")
@click.option(
    "--evidence",
    type=click.Path(path_type=Path),
    help="Write pytest's own JSON report here. For staff: it shows hidden checks.",
)
@click.option(
    "--source",
    envvar="PUSHMARK_SOURCE",
    default=DEFAULT_SOURCE,
    show_default=True,
    metavar="OWNER/REPO@REF",
    help="What the template was built with, if a fork: else its workflows look changed.",
)
@click.option("--quiet", "-q", is_flag=True, help="No progress on standard error.")
def command(
    lab: Path,
    submission: Path,
    seed: str,
    policy: str,
    out: Path | None,
    form: str,
    as_json: bool,
    previous: Path | None,
    repository: str,
    commit: str,
    evidence: Path | None,
    source: str,
    quiet: bool,
) -> ExitCode:
    """Grade the folder SUBMISSION against the lab folder LAB.

    Exit status 0 means graded, whatever the score; 2 a faulty lab or wrong usage; 3 that we could not
    grade, which costs the learner nothing.

    \b
    Examples:
      pushmark grade labs/gatecast-2-features ../learner-repo
      PUSHMARK_SEED=... pushmark grade LAB REPO --policy strict --out report.json --format markdown
    """  # fmt: skip
    before = schema.load(previous) if previous is not None else None
    reference = SubmissionRef(repository=repository, commit=commit)
    result = _run(lab, submission, seed, load(policy), reference, source, quiet=quiet)
    report = after(before, result.report) if before is not None else result.report
    if out is not None:
        output.write(out, output.as_json(report))
    if evidence is not None:
        output.write(evidence, msgspec.json.encode(result.evidence, enc_hook=str).decode())
    output.show(report, "json" if as_json else form)
    return COULD_NOT_GRADE if report.status == "ungraded" else GRADED


def _run(
    lab: Path, submission: Path, seed: str, policy: Policy, reference: SubmissionRef, source: str, *, quiet: bool
) -> Result:
    spec = load_lab(lab)
    if not submission.is_dir():
        what = "not a folder" if submission.exists() else "no such folder"
        raise PushmarkError(f"{submission}: {what}", "give the path of the learner's repository")
    with progress(quiet=quiet) as tell:
        if seed == PRACTICE_SEED:
            tell("using the practice seed, which everybody knows; a course sets PUSHMARK_SEED")
        tell(f"preparing {spec.slug}")
        base = rendered(spec, source=source, progress=tell)
        job = Job(
            spec=spec,
            base=base.template,
            data=base.data,
            submission=submission,
            policy=policy,
            seed=seed,
            reference=reference,
            on_phase=tell,
            on_check=lambda check, outcome: tell(f"{outcome.state}: {'hidden check' if check.hidden else check.id}"),
        )
        return grade(job)
