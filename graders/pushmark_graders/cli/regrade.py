"""`pushmark regrade`: a whole cohort on all cores, and only what is not finished yet."""

import contextlib
from pathlib import Path

import click

from pushmark_graders.cli import cohort as shown
from pushmark_graders.cli import options
from pushmark_graders.cli.console import counting, progress
from pushmark_graders.errors import COULD_NOT_GRADE, GRADED, ExitCode
from pushmark_graders.lab.build import DEFAULT_SOURCE, rendered
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.worker.policy import load

PRACTICE_SEED = "practice"


@click.command("regrade")
@click.argument("lab", type=click.Path(path_type=Path))
@click.argument("submissions", nargs=-1, required=True)
@click.option("--each", is_flag=True, help="Each folder named holds submissions: one in each of its subfolders.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="reports",
    show_default=True,
    help="The folder of the reports. What is finished there is not graded again.",
)
@click.option("--again", is_flag=True, help="Grade all, finished or not.")
@click.option(
    "--jobs",
    type=click.IntRange(min=0),
    default=0,
    metavar="NUMBER",
    help="Gradings at a time (default: one per core).",
)
@options.seed(PRACTICE_SEED)
@options.policy("standard", "How far submissions are confined; `strict` refuses where a layer is missing.")
@options.cold
@click.option("--jsonl", is_flag=True, help="Print a line of JSON for each submission as it comes, and no table.")
@click.option("--csv", type=click.Path(path_type=Path), help="Also write the table to this file.")
@options.source(DEFAULT_SOURCE)
@click.option("--quiet", "-q", is_flag=True, help="No progress on standard error.")
def command(
    lab: Path,
    submissions: tuple[str, ...],
    each: bool,
    out: Path,
    again: bool,
    jobs: int,
    seed: str,
    policy: str,
    cold: bool,
    jsonl: bool,
    csv: Path | None,
    source: str,
    quiet: bool,
) -> ExitCode:
    """Grade SUBMISSIONS against the lab folder LAB, and keep a report of each in the folder --out.

    A submission is a folder, or REPO@REF: a commit of a local git repository. A report that is there is
    kept for as long as the submission, the lab, the seed, the policy and Pushmark are the same. So a run
    that was interrupted goes on where it was.

    Exit status: 0 all are graded, whatever their scores, 2 wrong usage or a faulty lab, 3 some could not
    be graded; the others are.

    \b
    Examples:
      pushmark regrade labs/gatecast-2-features --each cohort
      pushmark regrade LAB ../ada ../grace@main --out reports --csv reports.csv
    """
    from pushmark_graders.cohort.keys import Cohort  # noqa: PLC0415  (pytest and numpy: not for --help)
    from pushmark_graders.cohort.regrade import regrade  # noqa: PLC0415
    from pushmark_graders.cohort.reports import Reports  # noqa: PLC0415
    from pushmark_graders.cohort.sources import read  # noqa: PLC0415

    spec = load_lab(lab)
    asked = load(policy)
    every = read(submissions, each=each, apart=out)
    with progress(quiet=quiet) as tell:
        if seed == PRACTICE_SEED:
            tell("using the practice seed, which everybody knows; a course sets PUSHMARK_SEED")
        tell(f"preparing {spec.slug}")
        base = rendered(spec, source=source, progress=tell)
    cohort = Cohort(spec=spec, base=base, policy=asked, seed=seed, warm=not cold)
    outcomes = []
    run = regrade(cohort, every, Reports(out), graders=jobs, again=again)
    with contextlib.closing(run), counting(len(every), quiet=quiet) as count:
        for outcome in run:
            outcomes.append(outcome)
            count.done(f"{outcome.label} {shown.state(outcome)}")
            if jsonl:
                click.echo(shown.as_json(outcome))
    order = {one.label: place for place, one in enumerate(every)}
    outcomes.sort(key=lambda outcome: order[outcome.label])
    if csv is not None:
        shown.write_csv(csv, outcomes)
    if not jsonl:
        shown.table(outcomes, out)
    return GRADED if all(outcome.status == "graded" for outcome in outcomes) else COULD_NOT_GRADE
