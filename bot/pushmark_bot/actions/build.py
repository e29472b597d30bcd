"""Writes the content of a grading repository: its workflow, and for each lab what either machine needs.

A lab's questions are written down here, with the course's seed, and proved: graded in two halves, its solution and its
starter get the verdicts that they get on a host.
"""

import re
import tempfile
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path

import msgspec
from pushmark_graders.errors import LabError, PushmarkError
from pushmark_graders.grading.job import Job
from pushmark_graders.lab.build import Rendered, rendered
from pushmark_graders.lab.spec import SUITE, LabSpec, load_lab
from pushmark_graders.lab.variants import APART, materialise, variants
from pushmark_graders.split.asking import ask
from pushmark_graders.split.proof import prove, seconds_of
from pushmark_graders.worker.policy import Policy

from pushmark_bot.actions import layout
from pushmark_bot.actions.layout import Course, Lab

SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}@[0-9a-f]{40}")
_NO_COMMIT = "0" * 40
"""Where the workflow names the commit to install."""
_MOST_FILE = 95 << 20
"""GitHub refuses files of 100 MB."""
Tell = Callable[[str], None]


def build(course: str, labs: Sequence[LabSpec], seed: str, policy: Policy, source: str, out: Path, tell: Tell) -> None:
    """Write the repository of `course` into the new or empty folder `out`; its jobs install Pushmark from `source`.

    Raises LabError for a lab that cannot be graded in two halves, and PushmarkError.
    """
    check_source(source)
    _check_folder(out)
    if not labs:
        raise PushmarkError(f"{course} has no labs", "give it some: pushmark-bot course assign COURSE LAB")
    with tempfile.TemporaryDirectory(prefix="pushmark-course-") as scratch:
        made = Path(scratch, "repository")
        known = {spec.slug: _lab(spec, seed, policy, made, tell) for spec in labs}
        _write(made / layout.COURSE_FILE, msgspec.json.format(
            msgspec.json.encode(Course(course=course, policy=policy.name, labs=known)), indent=2
        ) + b"\n")  # fmt: skip
        around = resources.files("pushmark_bot.actions").joinpath("repository")
        workflow = around.joinpath(layout.WORKFLOW).read_text(encoding="utf-8")
        extras = sorted({extra for spec in labs for extra in spec.extras})
        where, commit = source.split("@")
        filled = workflow.replace(_NO_COMMIT, commit).replace("pushmark/pushmark/.github", f"{where}/.github")
        _write(
            made / layout.WORKFLOW_PATH, filled.replace("extras: ml", f"extras: {','.join(['ml', *extras])}").encode()
        )
        _write(made / "README.md", _readme(around.joinpath("README.md").read_text(encoding="utf-8"), course, labs))
        _write(made / ".gitattributes", b"* -text\n")
        out.mkdir(parents=True, exist_ok=True)
        _check_folder(out)
        for name, path in layout.below(made):
            _write(out / name, path.read_bytes())


def check_source(source: str) -> None:
    """Raises PushmarkError unless `source` is OWNER/REPO@COMMIT."""
    if not SOURCE.fullmatch(source):
        raise PushmarkError(
            f"--source: expected OWNER/REPO@COMMIT with a whole commit id, got {source!r}",
            "name the commit of Pushmark that this bot runs: a tag can be moved",
        )


def _check_folder(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise PushmarkError(f"{out} exists and is not an empty folder", "name a new folder, or empty this one first")


def _lab(spec: LabSpec, seed: str, policy: Policy, made: Path, tell: Tell) -> Lab:
    """Write one lab's files, and prove that it can be graded with them."""
    tell(f"{spec.slug}: preparing")
    base = rendered(spec)
    folder = layout.lab_folder(made, spec.slug)
    folder.mkdir(parents=True)
    (folder / layout.PUBLIC).write_bytes(layout.pack(_public(spec, base)))
    (folder / layout.HIDDEN).write_bytes(layout.pack(_hidden(spec)))
    with tempfile.TemporaryDirectory(prefix="pushmark-proof-") as scratch:
        jobs = {
            variant.name: Job(
                spec=spec,
                base=base.template,
                data=base.data,
                submission=materialise(variant.layers, base.template, Path(scratch, variant.name)),
                policy=policy,
                seed=seed,
            )
            for variant in variants(spec)
            if variant.kind in ("solution", "starter")
        }
        tell(f"{spec.slug}: writing down what the solution is asked")
        questions = folder / layout.QUESTIONS
        whole = ask(jobs["solution"], questions)
        for name, report in (("solution", whole.report), ("starter", None)):
            tell(f"{spec.slug}: grading the {name} in two halves")
            prove(jobs[name], questions, f"the {name}", report)
    for path in sorted(folder.iterdir()):
        size = path.stat().st_size
        if size > _MOST_FILE:
            raise LabError(
                [f"{spec.root}: {path.name} would have {size >> 20:,} MiB, and GitHub takes no such file"],
                "let hidden checks ask with less data, or grade this lab on a host",
            )
    return Lab(version=spec.version, seconds=seconds_of(jobs["solution"]))


def _public(spec: LabSpec, base: Rendered) -> list[tuple[str, Path]]:
    """What the answering machine gets of a lab: the learner's edition, its data, and what their tests run on."""
    found = layout.below(base.template, "template/") + layout.below(base.template, "lab/")
    found += layout.below(base.data, "data/") if base.data.is_dir() else []
    suite = spec.root / SUITE
    return found + (layout.below(suite, f"lab/{SUITE}/") if suite.is_dir() else [])


def _hidden(spec: LabSpec) -> list[tuple[str, Path]]:
    """The whole lab but what only proves it, and the folders beside it that its files name."""
    found = layout.below(spec.root, f"{spec.slug}/", skip=APART)
    texts = [path.read_text(encoding="utf-8", errors="replace") for _, path in found if path.suffix == ".py"]
    for beside in sorted(spec.root.parent.iterdir()):
        if beside.is_dir() and beside != spec.root and any(f'"{beside.name}"' in text for text in texts):
            skip = APART if (beside / "lab.toml").is_file() else ()
            found += layout.below(beside, f"{beside.name}/", skip=skip)
    return found


def _readme(text: str, course: str, labs: Sequence[LabSpec]) -> bytes:
    rows = "\n".join(f"| `{spec.slug}` | {spec.version} |" for spec in labs)
    return text.replace("COURSE", course).replace("LABS", f"| lab | version |\n| --- | --- |\n{rows}").encode()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def labs_of(folders: Sequence[str]) -> list[LabSpec]:
    """The labs in these folders. Raises LabError."""
    return [load_lab(Path(folder)) for folder in folders]
