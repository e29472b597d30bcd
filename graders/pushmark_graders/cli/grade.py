"""`pushmark grade`: the grading of one submission, by default all of it, hidden checks and metrics included."""

import contextlib
import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import msgspec
from msgspec.structs import replace

from pushmark_graders import toolchain
from pushmark_graders.cli import options, output
from pushmark_graders.cli.console import progress
from pushmark_graders.course.counted import Counted, grade_auto, grade_counted, grade_fast
from pushmark_graders.course.ledger import Ledger, Outcome
from pushmark_graders.course.spec import load_course
from pushmark_graders.errors import COULD_NOT_GRADE, GRADED, ExitCode, PushmarkError
from pushmark_graders.grading import session
from pushmark_graders.grading.catalogue import Check
from pushmark_graders.grading.grade import Grading, opened
from pushmark_graders.grading.history import after
from pushmark_graders.grading.job import PRACTICE_SEED, Job, Result
from pushmark_graders.grading.raw_tables import hash_folder
from pushmark_graders.grading.stages import Stages
from pushmark_graders.grading.tiers import Tier, is_clean
from pushmark_graders.lab.build import DEFAULT_SOURCE, Rendered, rendered
from pushmark_graders.lab.spec import LabSpec, load_lab
from pushmark_graders.report import final as final_file
from pushmark_graders.report import schema
from pushmark_graders.report.model import Report, SubmissionRef
from pushmark_graders.worker.policy import Policy, load


@click.command("grade")
@click.argument("lab", type=click.Path(path_type=Path))
@click.argument("submission", type=click.Path(path_type=Path))
@click.option(
    "--tier",
    type=click.Choice(["fast", "full", "auto"]),
    default="full",
    show_default=True,
    help="fast: the public checks that take seconds. auto: fast, and full when all of it passed.",
)
@options.seed(PRACTICE_SEED)
@options.policy("standard", "How far the submission is confined; `strict` refuses where a layer is missing.")
@options.cold
@click.option("--out", type=click.Path(path_type=Path), help="Also write the report (JSON) to this file.")
@click.option("--html", type=click.Path(path_type=Path), help="Also write the report as a page to this file.")
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
    "--final",
    type=click.Path(path_type=Path),
    help="Write the measurements on the final half of the hidden rows here. For staff: no learner is told them.",
)
@click.option("--course", type=click.Path(path_type=Path), help="A course.toml: grade within its budget of attempts.")
@click.option("--ledger", type=click.Path(path_type=Path), help="The folder in which the course counts attempts.")
@click.option("--learner", metavar="ID", help="Whose attempt this is, for the ledger and for --stages.")
@click.option(
    "--stages",
    type=click.Path(path_type=Path),
    help="Keep results of the pipeline's stages here, and reuse those of which no input has changed.",
)
@options.source(DEFAULT_SOURCE)
@click.option("--quiet", "-q", is_flag=True, help="No progress on standard error.")
def command(
    lab: Path,
    submission: Path,
    tier: str,
    seed: str,
    policy: str,
    cold: bool,
    out: Path | None,
    html: Path | None,
    form: str,
    as_json: bool,
    previous: Path | None,
    repository: str,
    commit: str,
    evidence: Path | None,
    final: Path | None,
    course: Path | None,
    ledger: Path | None,
    learner: str | None,
    stages: Path | None,
    source: str,
    quiet: bool,
) -> ExitCode:
    """Grade the folder SUBMISSION against the lab folder LAB.

    Exit status 0 means graded, whatever the score; 2 a faulty lab or wrong usage; 3 that we could not
    grade, which costs the learner nothing; 4 that the course's budget holds no attempt now.

    With --course, --ledger and --learner an attempt is taken before anything runs, or with --tier auto before
    the full tier does. A --commit that was graded before costs nothing, and its report is shown again. The fast
    tier never takes an attempt.

    With --stages, a learner's training runs the stages of which an input has changed since an earlier
    attempt, and takes the results of the others. Leave it out for the grade that counts.

    \b
    Examples:
      pushmark grade labs/gatecast-2-features ../learner-repo
      pushmark grade labs/gatecast-2-features ../learner-repo --tier fast
      PUSHMARK_SEED=... pushmark grade LAB REPO --policy strict --out report.json --format markdown
    """  # fmt: skip
    spec = load_lab(lab)
    _check_folder(submission)
    reference = SubmissionRef(repository=repository, commit=commit)
    learner = (learner or "").strip()
    if stages is not None and not learner:
        raise PushmarkError("--learner missing", "say whose results these are: --stages FOLDER --learner ID")
    whose = learner if stages is None or course is not None or ledger is not None else ""
    counting = _counting(spec, course, ledger, whose, commit, previous)
    before = schema.load(previous) if previous is not None else None

    asked = load(policy)
    with contextlib.ExitStack() as ending:

        @functools.cache
        def grading() -> Grading:
            return ending.enter_context(
                _opened(
                    spec,
                    submission,
                    seed,
                    asked,
                    reference,
                    source,
                    quiet=quiet,
                    counts=counting is not None,
                    warm=not cold,
                    kept=None if stages is None else (stages, learner),
                )
            )

        def run(tier: Tier) -> Result:
            return grading().run(tier)

        counted = (
            _uncounted(tier, run, before) if counting is None else _counted(tier, run, counting, spec, commit.lower())
        )
    _write(counted, out, html, evidence, final)
    report = counted.outcome.report
    output.show(report, "json" if as_json else form)
    return COULD_NOT_GRADE if report.status == "ungraded" else GRADED


def _check_folder(submission: Path) -> None:
    if not submission.is_dir():
        what = "not a folder" if submission.exists() else "no such folder"
        raise PushmarkError(f"{submission}: {what}", "give the path of the learner's repository")


def _counting(
    spec: LabSpec, course: Path | None, ledger: Path | None, learner: str, commit: str, previous: Path | None
) -> Ledger | None:
    """The ledger to count this attempt in; None without a course."""
    given = {"--course": course, "--ledger": ledger, "--learner": learner or None}
    if not any(given.values()):
        return None
    if missing := [option for option, value in given.items() if value is None]:
        raise PushmarkError(
            f"{' and '.join(missing)} missing", "a budget needs all three: --course FILE --ledger FOLDER --learner ID"
        )
    if not re.fullmatch(r"([0-9a-f]{40}|[0-9a-f]{64})", commit.lower()):
        raise PushmarkError(
            f"--commit: expected a whole commit id, got {commit!r}",
            "give what `git -C SUBMISSION rev-parse HEAD` prints: the same commit is counted once",
        )
    if previous is not None:
        raise PushmarkError(
            "--previous is of no use with --ledger", "leave it out: the ledger knows the attempt before"
        )
    assert course is not None
    assert ledger is not None
    return Ledger(ledger, load_course(course), spec.slug, learner)


def _uncounted(tier: str, run: Callable[[Tier], Result], before: Report | None) -> Counted:
    result = run("full" if tier == "full" else "fast")
    if tier == "auto" and is_clean(result.report):
        result = run("full")
    report = after(before, result.report) if before is not None else result.report
    return Counted(Outcome(report, replace(result.final, attempt=report.attempt)), result.evidence)


def _counted(tier: str, run: Callable[[Tier], Result], ledger: Ledger, spec: LabSpec, commit: str) -> Counted:
    fast, full = (functools.partial(run, "fast"), functools.partial(run, "full"))
    if tier == "auto":
        return grade_auto(ledger, spec, commit, fast, full)
    return grade_fast(ledger, fast) if tier == "fast" else grade_counted(ledger, spec, commit, full)


def _write(counted: Counted, out: Path | None, html: Path | None, evidence: Path | None, final: Path | None) -> None:
    for file, form in ((out, "json"), (html, "html")):
        if file is not None:
            output.write(file, output.rendered(counted.outcome.report, form))
    if final is not None:
        output.write(final, final_file.dump(counted.outcome.final).decode())
    if evidence is not None and counted.evidence is not None:
        output.write(evidence, msgspec.json.encode(counted.evidence, enc_hook=str).decode())


@contextlib.contextmanager
def _opened(
    spec: LabSpec,
    submission: Path,
    seed: str,
    policy: Policy,
    reference: SubmissionRef,
    source: str,
    *,
    quiet: bool,
    counts: bool,
    warm: bool,
    kept: tuple[Path, str] | None,
) -> Iterator[Grading]:
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
            on_check=lambda check, outcome: tell(_progress(check, outcome, counts=counts)),
            warm=warm,
            stages=_stages(spec, base, *kept) if kept is not None and spec.training is not None else None,
        )
        with opened(job) as grading:
            yield grading


def _stages(spec: LabSpec, base: Rendered, folder: Path, learner: str) -> Stages:
    """Where the learner's results are. The name of the rendered lab stands for all of its files."""
    lab = f"{spec.slug} {base.template.parent.name} {hash_folder(base.data)}"
    return Stages(folder, lab=lab, learner=learner.casefold(), toolchain=toolchain.fingerprint())


def _progress(check: Check, outcome: session.Outcome, *, counts: bool) -> str:
    """One line for a check. What a hidden one said is told when the attempt is settled, not before."""
    if check.hidden:
        return "a hidden check ran" if counts else f"{outcome.state}: hidden check"
    return f"{outcome.state}: {check.id}"
