"""What the jobs of a grading repository run: prepare, answer, score. Only the second one meets learner code."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from pushmark_graders.errors import CouldNotGrade, PushmarkError
from pushmark_graders.grading.job import PRACTICE_SEED, Job
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.report import final, schema
from pushmark_graders.report.model import SubmissionRef
from pushmark_graders.split.answering import answer as answer_questions
from pushmark_graders.split.scoring import score as score_answers
from pushmark_graders.worker.policy import load as load_policy

from pushmark_bot.actions import layout
from pushmark_bot.actions.layout import Course
from pushmark_bot.actions.statement import Order, Run, Statement, sign
from pushmark_bot.service.archive import unpack

WORK_ORDER, COMMIT = "order.json", "commit.tar.gz"
Blob = Callable[[str], bytes]


class WorkOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the machine that runs learner code is told."""

    lab: str
    policy: str
    seconds: dict[str, float]
    reference: SubmissionRef


def read_order(text: str) -> Order:
    """The inputs of the workflow, as JSON. Raises PushmarkError."""
    try:
        return msgspec.json.decode(text, type=Order)
    except msgspec.DecodeError as error:
        raise PushmarkError(f"PUSHMARK_ORDER: {error}", "let the bot dispatch this workflow") from None


def prepare(order: Order, repository: Path, blob: Blob, out: Path) -> None:
    """Put together what the answering machine gets: nothing in it is a label. Raises PushmarkError."""
    course = layout.load(repository)
    lab = _lab(course, order)
    out.mkdir(parents=True)
    (out / COMMIT).write_bytes(_archive(order, blob))
    for name in (layout.PUBLIC, layout.QUESTIONS):
        shutil.copyfile(layout.lab_folder(repository, order.lab) / name, out / name)
    reference = SubmissionRef(repository=order.repository, commit=order.commit)
    told = WorkOrder(lab=order.lab, policy=course.policy, seconds=lab.seconds, reference=reference)
    (out / WORK_ORDER).write_bytes(msgspec.json.encode(told))


def answer(work: Path, out: Path) -> None:
    """Run the public part and answer the questions; learner code runs in here. Raises PushmarkError."""
    told = _work_order(work / WORK_ORDER)
    policy = load_policy(told.policy)
    with tempfile.TemporaryDirectory(prefix="pushmark-answer-") as scratch:
        public, commit = _unpacked(work / layout.PUBLIC, scratch), _unpacked(work / COMMIT, scratch)
        job = Job(
            spec=load_lab(public / "lab"),
            base=public / "template",
            data=public / "data",
            submission=commit,
            policy=policy,
            seed=PRACTICE_SEED,
            reference=told.reference,
        )
        with out.open("wb") as file:
            answer_questions(job, work / layout.QUESTIONS, told.seconds, file)


def score(
    order: Order, repository: Path, blob: Blob, answers: Path, secrets: Mapping[str, str], run: Run, out: Path
) -> None:
    """Score the answers, and sign what came of it. `secrets` has PUSHMARK_SEED and PUSHMARK_SIGNING_KEY.

    Raises PushmarkError when there is nothing to sign.
    """
    seed, key = (_secret(secrets, name) for name in ("PUSHMARK_SEED", "PUSHMARK_SIGNING_KEY"))
    course = layout.load(repository)
    _lab(course, order)
    folder = layout.lab_folder(repository, order.lab)
    with tempfile.TemporaryDirectory(prefix="pushmark-score-") as scratch:
        archive = Path(scratch, COMMIT)
        archive.write_bytes(_archive(order, blob))
        public, hidden = _unpacked(folder / layout.PUBLIC, scratch), _unpacked(folder / layout.HIDDEN, scratch)
        job = Job(
            spec=load_lab(hidden / order.lab),
            base=public / "template",
            data=public / "data",
            submission=_unpacked(archive, scratch),
            policy=load_policy(course.policy),
            seed=seed,
            reference=SubmissionRef(repository=order.repository, commit=order.commit),
        )
        with answers.open("rb") as file:
            result = score_answers(job, file)
    content, signature = sign(
        Statement(order=order, run=run, report=schema.dump(result.report), final=final.dump(result.final)), key
    )
    out.mkdir(parents=True)
    (out / layout.RESULT).write_bytes(content)
    (out / layout.SIGNATURE).write_bytes(signature)


def runner(environment: Mapping[str, str]) -> Run:
    """The run that this process belongs to. Raises PushmarkError outside of one."""
    told = {name: environment.get(f"GITHUB_{name}", "") for name in ("REPOSITORY", "RUN_ID", "RUN_ATTEMPT", "SHA")}
    if not all(told.values()) or not (told["RUN_ID"].isdigit() and told["RUN_ATTEMPT"].isdigit()):
        raise PushmarkError("this is no job of GitHub Actions", "let the grading repository's workflow run it")
    return Run(repository=told["REPOSITORY"], id=int(told["RUN_ID"]), attempt=int(told["RUN_ATTEMPT"]), sha=told["SHA"])


def _lab(course: Course, order: Order) -> layout.Lab:
    lab = course.labs.get(order.lab)
    if lab is None:
        known = ", ".join(course.labs) or "none"
        raise PushmarkError(
            f"this repository has no lab {order.lab!r}, but: {known}", "build the course again, and push it"
        )
    return lab


def _archive(order: Order, blob: Blob) -> bytes:
    content = blob(order.archive)
    if hashlib.sha256(content).hexdigest() != order.digest:
        raise CouldNotGrade("the archive is not the one that was ordered", "let the bot dispatch it again")
    return content


def _unpacked(archive: Path, scratch: str) -> Path:
    target = Path(tempfile.mkdtemp(dir=scratch))
    with archive.open("rb") as file:
        unpack(file, target)
    return target


def _work_order(path: Path) -> WorkOrder:
    try:
        return msgspec.json.decode(path.read_bytes(), type=WorkOrder)
    except (OSError, msgspec.DecodeError) as error:
        raise PushmarkError(f"{path}: {error}", "make it with `pushmark-bot job prepare`") from None


def _secret(secrets: Mapping[str, str], name: str) -> str:
    value = secrets.get(name, "")
    if not value:
        raise PushmarkError(
            f"{name} is not set", "put it into the secrets of the repository's environment `scoring`; see its README.md"
        )
    return value
