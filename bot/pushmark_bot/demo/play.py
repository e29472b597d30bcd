"""Plays the pushes of a lab's demo: build, push, train, grade, publish, show."""

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from pushmark_graders.cli.console import Progress, progress
from pushmark_graders.errors import PushmarkError
from pushmark_graders.grading.grade import grade
from pushmark_graders.grading.history import after
from pushmark_graders.grading.job import Job
from pushmark_graders.lab.build import Rendered, build, rendered
from pushmark_graders.lab.spec import LabSpec
from pushmark_graders.report import markdown, schema
from pushmark_graders.report.model import Report, SubmissionRef
from pushmark_graders.worker import policy

from pushmark_bot import memory
from pushmark_bot.demo import script
from pushmark_bot.demo.repository import Repository
from pushmark_bot.github import Patience, PullRequest, PyGithubPort
from pushmark_bot.publish import Outcome, Target, publish
from pushmark_bot.testing import FakeGitHub

OWNER = "school"
MARKER = ".pushmark-demo"
"""Says that a folder was made by this command and may be made anew."""


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """One push and what came of it. `comment` is the comment's Markdown as GitHub stored it."""

    step: script.Step
    commit: str
    report: Report
    comment: str
    published: Outcome
    seconds: float


def play(spec: LabSpec, out: Path, on_push: Callable[[Push], None]) -> list[Push]:
    """Play the lab's demo into the folder `out` and return its pushes.

    Raises PushmarkError rather than write into a folder that this command did not make.
    """
    steps = script.read(spec)
    out = out.resolve()
    _clear(out)
    with progress(quiet=False) as tell:
        tell(f"building the template repository of {spec.slug}")
        build(spec, out / "template", progress=tell)
        base = rendered(spec, progress=tell)
        repository = Repository(out / "template", out)
        with _github(spec, out / "published.json") as stage:
            pushes: list[Push] = []
            for number, step in enumerate(steps, 1):
                before = pushes[-1].report if pushes else None
                pushes.append(
                    _play_step(_Lab(spec, base), stage, repository, step, before, out / f"push-{number}", tell)
                )
                on_push(pushes[-1])
    return pushes


class _Lab(msgspec.Struct, frozen=True):
    """The lab as it was when the demo began, though somebody edits it meanwhile."""

    spec: LabSpec
    base: Rendered


class _Stage(msgspec.Struct, frozen=True):
    """The pull request that everything is published on."""

    github: FakeGitHub
    port: PyGithubPort
    memory: memory.Memory
    repo: str
    number: int


@contextlib.contextmanager
def _github(spec: LabSpec, state: Path) -> Iterator[_Stage]:
    repo = f"{OWNER}/{spec.slug}-learner"
    with FakeGitHub() as github:
        github.seed_repo(repo)
        number = github.seed_pull(repo, head_sha="0" * 40, branch="work", title="My solution")
        patience = Patience(between_requests=0.0, between_writes=0.0, longest_wait=10.0)
        port = PyGithubPort(who=github.actions_token(repo), api_url=github.url, patience=patience)
        try:
            with memory.opened(state) as remembered:
                yield _Stage(github, port, remembered, repo, number)
        finally:
            port.close()
        github.assert_valid()


def _play_step(
    lab: _Lab,
    stage: _Stage,
    repository: Repository,
    step: script.Step,
    before: Report | None,
    folder: Path,
    tell: Progress,
) -> Push:
    started = time.monotonic()
    tell(f"pushing: {step.message}")
    commit = repository.push(script.folders(lab.spec, step), step.message)
    stage.github.set_head(stage.repo, stage.number, commit)
    submission = repository.fetch(commit, folder / "submission")
    report = _grade(lab, submission, SubmissionRef(repository=stage.repo, commit=commit, author="learner"), tell)
    report = after(before, report) if before is not None else report
    tell("publishing")
    target = Target(pull=PullRequest(stage.repo, stage.number), sha=commit, api_url=stage.github.url)
    published = publish(report, target, stage.port, markdown.render, stage.memory)
    comment = next(one.body for one in stage.github.comments(stage.repo, stage.number) if one.author.endswith("[bot]"))
    (folder / "report.json").write_bytes(msgspec.json.format(schema.dump(report), indent=2))
    (folder / "comment.md").write_text(comment, encoding="utf-8")
    return Push(
        step=step,
        commit=commit,
        report=report,
        comment=comment,
        published=published,
        seconds=time.monotonic() - started,
    )


def _grade(lab: _Lab, submission: Path, reference: SubmissionRef, tell: Progress) -> Report:
    job = Job(
        spec=lab.spec,
        base=lab.base.template,
        data=lab.base.data,
        submission=submission,
        policy=policy.local(),
        reference=reference,
        on_phase=tell,
        on_check=lambda check, outcome: tell(f"{outcome.state}: {'hidden check' if check.hidden else check.id}"),
    )
    return grade(job).report


def _clear(out: Path) -> None:
    if out.exists() and any(out.iterdir()):
        if not (out / MARKER).is_file():
            raise PushmarkError(f"{out} holds files that are not the demo's", "name another folder with --out")
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / MARKER).write_text("Made by `pushmark-bot demo`; it makes this folder anew each time.\n")
