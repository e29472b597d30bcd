"""The command `pushmark-bot`: what servers and workflow jobs run.

Exit status: 0 done, 2 something in the call or the files must be mended, 3 GitHub refused or was away.
"""

import os
import re
import sys
from pathlib import Path

import click
import msgspec
from pushmark_graders.errors import PushmarkError
from pushmark_graders.report import markdown, schema
from pushmark_graders.report.model import Report

from pushmark_bot import memory
from pushmark_bot.commands.actions import build, job
from pushmark_bot.commands.archive import archive
from pushmark_bot.commands.classroom import command as import_classroom
from pushmark_bot.commands.collect import collect
from pushmark_bot.commands.course import command as course
from pushmark_bot.commands.database import command as database
from pushmark_bot.commands.database import export, load
from pushmark_bot.commands.decisions import appeals, extend, freeze, override, release
from pushmark_bot.commands.doctor import doctor
from pushmark_bot.commands.grades import command as grades
from pushmark_bot.commands.invite import invite
from pushmark_bot.commands.provision import provision
from pushmark_bot.commands.regrade import command as regrade
from pushmark_bot.commands.service import serve, worker
from pushmark_bot.commands.setup import setup
from pushmark_bot.commands.sync import sync
from pushmark_bot.demo.command import command as demo
from pushmark_bot.github import Patience, PullRequest, PyGithubPort
from pushmark_bot.publish import ACTIONS_BOT, Outcome, Target
from pushmark_bot.publish import publish as publish_report

LONGEST_REPORT = 16 * 1024 * 1024
_REPO = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_USER_TOKENS = ("ghp_", "github_pat_", "gho_", "ghu_")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="pushmark")
def app() -> None:
    """Publish Pushmark's reports on GitHub, and run courses there."""


@app.command()
@click.option("--report", "report_file", type=click.Path(path_type=Path), required=True, help="The report to publish.")
@click.option("--repo", required=True, metavar="OWNER/NAME", help="The repository of the pull request.")
@click.option("--pr", "number", type=click.IntRange(min=1), required=True, help="The pull request's number.")
@click.option("--sha", default="", help="The commit that was graded.  [default: the report's]")
@click.option(
    "--author",
    default=ACTIONS_BOT,
    show_default=True,
    metavar="LOGIN",
    help="The login that the token comments as: an app's is its slug followed by [bot].",
)
@click.option(
    "--state",
    "state_file",
    type=click.Path(path_type=Path),
    help="Remember in this file what was published: the next time takes 2 requests instead of 3. "
    "Keep it where learners cannot write.",
)
@click.option("--check/--no-check", default=True, help="Write a check run as well; only apps may.  [default: check]")
@click.option(
    "--pause",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    envvar="PUSHMARK_PAUSE",
    show_envvar=True,
    help="Seconds between writes; GitHub asks for one.",
)
@click.option(
    "--max-wait",
    type=click.FloatRange(min=0),
    default=120.0,
    show_default=True,
    help="Give up rather than wait longer than this for a rate limit.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def publish(
    *,
    report_file: Path,
    repo: str,
    number: int,
    sha: str,
    author: str,
    state_file: Path | None,
    check: bool,
    pause: float,
    max_wait: float,
    as_json: bool,
) -> None:
    """Publish a report on a pull request.

    Writes one comment for each lab, edited in place, and one check run with remarks on the learner's
    lines. Doing it again changes nothing more.

    \b
    GITHUB_TOKEN     the token; in a workflow ${{ github.token }} with
                     pull-requests: write and checks: write
    GITHUB_API_URL   another GitHub than https://api.github.com

    Exit status: 0 published, 2 the call or a file must be mended, 3 GitHub refused or was away.
    """
    report = read_report(report_file)
    api_url = os.environ.get("GITHUB_API_URL") or "https://api.github.com"
    target = Target(
        pull=PullRequest(_checked_repo(repo), number),
        sha=_checked_sha(sha or report.submission.commit),
        author=author,
        api_url=api_url,
        web_url=os.environ.get("GITHUB_SERVER_URL") or "https://github.com",
        check=check,
    )
    patience = Patience(between_requests=pause / 4, between_writes=pause, longest_wait=max_wait)
    port = PyGithubPort(who=_checked_token(os.environ.get("GITHUB_TOKEN"), author), api_url=api_url, patience=patience)
    try:
        with memory.opened(state_file) as remembered:
            outcome = publish_report(report, target, port, markdown.render, remembered)
    finally:
        port.close()
    click.echo(msgspec.json.encode(outcome).decode() if as_json else _in_words(outcome))


app.add_command(demo)
app.add_command(setup)
app.add_command(serve)
app.add_command(doctor)
app.add_command(worker)
app.add_command(database)
app.add_command(export)
app.add_command(load)
app.add_command(course)
for made in (invite, provision, sync, collect, archive):
    course.add_command(made)
for decision in (override, extend, freeze, release, appeals):
    course.add_command(decision)
course.add_command(grades)
course.add_command(import_classroom)
app.add_command(regrade)
app.add_command(job)
course.add_command(build)


def main() -> None:
    """Run the command line; what a person can mend is said in two lines, without a stack trace."""
    try:
        app(prog_name="pushmark-bot")
    except PushmarkError as error:
        click.secho(f"pushmark-bot: {error}", err=True, fg="red" if sys.stderr.isatty() else None)
        sys.exit(error.exit_code)


def read_report(path: Path) -> Report:
    """Read a report, or say which key of it is wrong."""
    if path.is_file() and path.stat().st_size > LONGEST_REPORT:
        step = "Grade again with `pushmark grade ... --out report.json`."
        raise PushmarkError(f"{path}: larger than any report ({LONGEST_REPORT // 2**20} MiB).", step)
    return schema.load(path)


def _checked_repo(repo: str) -> str:
    if not _REPO.fullmatch(repo) or set(repo.split("/")) & {".", ".."}:
        raise PushmarkError(f"--repo: expected OWNER/NAME, got {repo!r}.", "In a workflow: $GITHUB_REPOSITORY.")
    return repo


def _checked_sha(sha: str) -> str:
    if not sha:
        raise PushmarkError("The report names no commit.", "Pass --sha with the commit that was graded.")
    if not _SHA.fullmatch(sha):
        raise PushmarkError(f"Expected a whole commit id, got {sha[:80]!r}.", "Pass --sha $(git rev-parse HEAD).")
    return sha


def _checked_token(token: str | None, author: str) -> str:
    if not token:
        step = "In a workflow: `env: {GITHUB_TOKEN: ${{ github.token }}}` on the step."
        raise PushmarkError("GITHUB_TOKEN is not set.", step)
    if author == ACTIONS_BOT and token.startswith(_USER_TOKENS):
        what = f"This is a person's token, and would not comment as {ACTIONS_BOT}."
        raise PushmarkError(what, "Pass --author with that person's login, and --no-check.")
    return token


def _in_words(outcome: Outcome) -> str:
    check = "" if outcome.check == "none" else f", check run {outcome.check} ({outcome.conclusion})"
    calls = "1 request" if outcome.calls == 1 else f"{outcome.calls} requests"
    return f"Comment {outcome.comment}{check}, {calls}: {outcome.comment_url}"
