"""`pushmark-bot course build` and `pushmark-bot job ...`: grading in a repository of the instructor's."""

import os
from collections.abc import Callable
from pathlib import Path

import click
from pushmark_graders.errors import PushmarkError
from pushmark_graders.worker.policy import load as load_policy
from sqlalchemy import select

from pushmark_bot.commands.options import config_file
from pushmark_bot.db import find
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment
from pushmark_bot.github import PyGithubPort, PyGithubWorkflows
from pushmark_bot.service.config import Config, load


@click.command("build")
@click.argument("course")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new folder for the repository.")
@click.option("--source", required=True, metavar="OWNER/REPO@COMMIT", help="The Pushmark that its jobs install.")
@click.option("--policy", default="strict", show_default=True, help="The sandbox that its jobs ask for.")
@click.option("--lab", "only", multiple=True, metavar="LAB", help="This lab alone; may be given several times.")
@click.option(
    "--new-key", is_flag=True, help="Make the key that signs results: keys/COURSE.key beside the configuration."
)
@config_file
def build(course: str, out: Path, source: str, policy: str, only: tuple[str, ...], new_key: bool, config: Path) -> None:
    """Write the content of COURSE's grading repository into the folder OUT, with all labs of the course.

    What the labs ask about hidden inputs is written down there, with the course's seed, and proved with each lab's
    solution and starter. A lab that cannot be graded on two machines is refused, with the reason.

    \b
    Example:
      pushmark-bot course build ml-101 --out grading --source pushmark/pushmark@COMMIT --new-key
    """  # fmt: skip
    from pushmark_bot.actions import build as building  # noqa: PLC0415  (grades labs: not for --help)

    loaded = load(config)
    building.check_source(source)
    specs = building.labs_of(_folders(loaded, course, only))
    key = loaded.root / "keys" / f"{course}.key"
    if new_key and key.exists():
        raise _is_there(key)
    building.build(
        course, specs, loaded.seed(course), load_policy(policy), source, out, lambda line: click.echo(line, err=True)
    )
    click.echo(f"{out} is ready; its README.md says how to set it up")
    if new_key:
        public = _new_key(key)
        click.echo(f"for the bot's configuration, in [[actions]]:\npublic_key = {public!r}".replace("'", '"'))


def _folders(config: Config, course: str, only: tuple[str, ...]) -> list[str]:
    database = Database(config.database_url)
    try:
        database.require_newest()
        with database.reading() as session:
            row = find.course(session, course)
            found = session.scalars(select(Assignment).where(Assignment.course_id == row.id).order_by(Assignment.slug))
            labs = {one.slug: one.lab for one in found}
    finally:
        database.close()
    if unknown := [slug for slug in only if slug not in labs]:
        raise PushmarkError(f"{course} has no lab {unknown[0]!r}", f"choose among: {', '.join(labs) or 'none'}")
    return [folder for slug, folder in labs.items() if not only or slug in only]


def _new_key(path: Path) -> str:
    from pushmark_bot.actions.statement import new_key  # noqa: PLC0415  (cryptography)

    path.parent.mkdir(mode=0o700, exist_ok=True)
    private, public = new_key()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise _is_there(path) from None
    with os.fdopen(descriptor, "w") as file:
        file.write(private + "\n")
    click.echo(f"the private key is in {path}: put it into the environment `scoring`, and nowhere else", err=True)
    return public


def _is_there(path: Path) -> PushmarkError:
    return PushmarkError(
        f"{path} is there already", "leave --new-key out; or move the old key away, and put the new one everywhere"
    )


@click.group("job")
def job() -> None:
    """What the jobs of a grading repository run; nothing to type."""


@job.command("prepare")
@click.argument("repository", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new folder.")
def prepare(repository: Path, out: Path) -> None:
    """Put together what learner code is run with, from the grading repository's folder REPOSITORY.

    \b
    PUSHMARK_ORDER   the workflow's inputs as JSON
    GITHUB_TOKEN     may read the repository
    """  # fmt: skip
    from pushmark_bot.actions import jobs  # noqa: PLC0415

    jobs.prepare(jobs.read_order(_variable("PUSHMARK_ORDER")), repository, _blob(), out)


@job.command("answer")
@click.argument("work", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file of answers.")
def answer(work: Path, out: Path) -> None:
    """Run the learner's code in the sandbox, with what `prepare` put into the folder WORK."""
    from pushmark_bot.actions import jobs  # noqa: PLC0415

    jobs.answer(work, out)


@job.command("score")
@click.argument("repository", type=click.Path(path_type=Path))
@click.argument("answers", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new folder for result and signature.")
def score(repository: Path, answers: Path, out: Path) -> None:
    """Score the file ANSWERS with the labels in REPOSITORY, and sign the result. No learner code runs.

    \b
    PUSHMARK_ORDER        the workflow's inputs as JSON
    PUSHMARK_SEED         the course's seed
    PUSHMARK_SIGNING_KEY  the private key of `course build --new-key`
    GITHUB_TOKEN          may read the repository
    """  # fmt: skip
    from pushmark_bot.actions import jobs  # noqa: PLC0415

    order = jobs.read_order(_variable("PUSHMARK_ORDER"))
    jobs.score(order, repository, _blob(), answers, os.environ, jobs.runner(os.environ), out)


def _variable(name: str) -> str:
    if name not in os.environ:
        raise PushmarkError(f"{name} is not set", "let the grading repository's workflow run this")
    return os.environ[name]


def _blob() -> Callable[[str], bytes]:
    api = os.environ.get("GITHUB_API_URL") or "https://api.github.com"
    repository = _variable("GITHUB_REPOSITORY")
    workflows = PyGithubWorkflows(PyGithubPort(who=_variable("GITHUB_TOKEN"), api_url=api))
    return lambda sha: workflows.blob(repository, sha)
