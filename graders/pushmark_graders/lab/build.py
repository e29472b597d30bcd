"""Renders a lab into the template repository that learners start from.

An instructor types `pushmark lab build LAB OUT` and pushes OUT to GitHub as a template. It holds what a
learner needs and nothing that only the grader may know: no hidden check, no hidden set, no solution.
Two builds of the same lab are equal, byte for byte.
"""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pushmark_graders import __version__, cache
from pushmark_graders.errors import LabError, PushmarkError
from pushmark_graders.lab import public, tracked
from pushmark_graders.lab.spec import FILE, LabSpec

DEFAULT_SOURCE = "pushmark/pushmark@v0.1.0"
TEMPLATE = "template_repo"
TEMPLATE_VARIABLE = "PUSHMARK_TEMPLATE"
TRAINING_WORKFLOW = Path(".github/workflows/training.yml")

_SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}@[A-Za-z0-9][A-Za-z0-9._/+-]{0,199}")
_MARKER = Path(".github/workflows/pushmark.yml")

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Built:
    """A template repository on disk, and what it holds."""

    folder: Path
    files: int
    bytes: int


@dataclass(frozen=True)
class Rendered:
    """A cached build. `template` is the repository as a learner clones it, `data` the folder that the lab's
    `data.py` wrote (empty for a lab without data). Neither may be written to."""

    template: Path
    data: Path


def build(
    spec: LabSpec,
    out: Path,
    *,
    source: str = DEFAULT_SOURCE,
    template: Path | None = None,
    progress: Progress = lambda _: None,
) -> Built:
    """Write the lab's template repository to `out`, whose workflows call Pushmark at `source`.

    `template` is the folder that goes around every lab; by default the `template_repo` beside the lab's
    `labs` folder. Raises LabError for a faulty lab and PushmarkError for a wrong `source` or a used `out`.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise PushmarkError(f"{out} exists and is not an empty folder", "name a new folder, or empty this one first")
    ready = rendered(spec, source=source, template=template, progress=progress)
    shutil.copytree(ready.template, out, dirs_exist_ok=True)
    files = list(_files(out))
    return Built(out, len(files), sum(path.stat().st_size for path in files))


def rendered(
    spec: LabSpec,
    *,
    source: str = DEFAULT_SOURCE,
    template: Path | None = None,
    progress: Progress = lambda _: None,
) -> Rendered:
    """The lab's template and data from the user's cache; built there when the lab has changed in any byte.

    `source` is as for `build`: grading a template of a fork's needs the same one, or its workflows look changed.
    """
    check_source(source)
    around = find_template(spec, template)
    labs = cache.folder() / "labs"
    target = labs / f"{spec.slug[:60]}-{fingerprint(spec, around, source)[:32]}"
    if not target.is_dir():
        labs.mkdir(exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=labs, prefix=".draft-"))
        try:
            _assemble(spec, around, draft, progress)
            _name_source(draft / "template", source)
            _name_extras(draft / "template", spec.extras)
            _move(draft, target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return Rendered(template=target / "template", data=target / "data")


def check_source(source: str) -> None:
    """Raises PushmarkError unless `source` is OWNER/REPO@REF."""
    if not _SOURCE.fullmatch(source) or ".." in source or source.endswith(("/", ".lock")):
        raise PushmarkError(
            f"--source: expected OWNER/REPO@REF, got {source!r}",
            f"name the repository and the tag or commit that holds Pushmark's workflows, as in {DEFAULT_SOURCE}",
        )


def find_template(spec: LabSpec, given: Path | None = None) -> Path:
    """The folder around every lab: `given`, else `$PUSHMARK_TEMPLATE`, else the nearest `template_repo` above the
    lab, else the one of Pushmark's own checkout.

    Raises LabError when there is none.
    """
    named = given or (Path(os.environ[TEMPLATE_VARIABLE]) if os.environ.get(TEMPLATE_VARIABLE) else None)
    above = [parent / TEMPLATE for parent in (*spec.root.parents, Path(__file__).resolve().parents[3])]
    tried = [named] if named else above
    for folder in tried:
        if (folder / _MARKER).is_file():
            return folder.resolve()
    what = f"{named}: no {_MARKER} in it" if named else f"{spec.root}: no folder {TEMPLATE} above it"
    raise LabError([what], f"name Pushmark's {TEMPLATE} folder with --template DIR or {TEMPLATE_VARIABLE}=DIR")


def _assemble(spec: LabSpec, around: Path, draft: Path, progress: Progress) -> None:
    progress("collecting the learner's files")
    template = draft / "template"
    template.mkdir()
    for name, source in sorted(_learner_files(spec, around).items()):
        _copy(source, template / name)
    if spec.training is None:
        (template / TRAINING_WORKFLOW).unlink(missing_ok=True)
    _write_texts(spec, around, template)
    data = draft / "data"
    if spec.data is not None:
        progress("writing the data")
        files = tracked.write_data(spec.root, spec.data, data)
        progress("tracking the data with DVC")
        tracked.initialise(template)
        tracked.track(template, spec.data, data, files)
    else:
        data.mkdir()
        if spec.training is not None:
            tracked.initialise(template)
    for path in (draft, *draft.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _learner_files(spec: LabSpec, around: Path) -> dict[str, Path]:
    """Every file that is copied as it is, by its name in the template.

    Raises LabError when the lab has no starter or checks, or gives a file that another part gives.
    """
    problems = [
        f"{spec.root / name}: no such folder" for name in ("starter", "checks") if not (spec.root / name).is_dir()
    ]
    if problems:
        raise LabError(problems, "a lab has both: what learners start from, and what checks their work")
    chosen = {str(path.relative_to(around)): path for path in _files(around)}
    constraints = around.parent / "constraints.txt"
    if constraints.is_file():
        chosen["constraints.txt"] = constraints
    reserved = {*chosen, FILE, "HINTS.md"} - {".gitignore"}
    for path in _files(spec.root / "starter"):
        name = str(path.relative_to(spec.root / "starter"))
        if name in reserved or name.startswith(("checks/", ".dvc/", f"{tracked.STORE}/")):
            problems.append(f"{path}: the template already has {name}")
        elif name != ".gitignore":
            chosen[name] = path
    if problems:
        raise LabError(problems, "rename these files of the starter, or leave them to the template")
    for path in _files(spec.root / "checks"):
        if not public.is_hidden(path):
            chosen[str(path.relative_to(spec.root))] = path
    return chosen


def _write_texts(spec: LabSpec, around: Path, template: Path) -> None:
    """The files that are made of the lab's and the template's texts."""
    (template / FILE).write_text(public.lab_toml(spec), encoding="utf-8")
    readme = spec.root / "README.md"
    if not readme.is_file():
        raise LabError([f"{readme}: no such file"], "write the lab's text there: the scenario, then a section per task")
    working = around / "README.md"
    (template / "README.md").write_text(public.readme(_text(readme), _text(working)), encoding="utf-8")
    hints = spec.root / "hints.md"
    if hints.is_file():
        (template / "HINTS.md").write_text(public.hints(_text(hints)), encoding="utf-8")
    ignored = [path for path in (around / ".gitignore", spec.root / "starter" / ".gitignore") if path.is_file()]
    (template / ".gitignore").write_text("\n".join(_text(path) for path in ignored), encoding="utf-8")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise LabError([f"{path}: byte {error.start} is not UTF-8"], "save the file as UTF-8") from None


def _name_source(out: Path, source: str) -> None:
    """Point every file that names Pushmark's repository and version at `source`."""
    owner, version = DEFAULT_SOURCE.split("@")
    theirs, ref = source.split("@")
    named = re.compile(rf"(?<![\w.-]){re.escape(owner)}((?:/[\w./-]+)?)@{re.escape(version)}(?![\w.-])")
    for path in [*(out / ".github").rglob("*.yml"), out / "requirements.txt"]:
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            path.write_text(named.sub(lambda found: f"{theirs}{found[1]}@{ref}", text), encoding="utf-8")


def _name_extras(out: Path, extras: Sequence[str]) -> None:
    """Let learners and workflows install what the lab needs beyond the extra `ml`."""
    wanted = ",".join(["ml", *sorted(set(extras))])
    for path in [*(out / ".github").rglob("*.yml"), out / "requirements.txt"]:
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            text = text.replace("pushmark[ml]", f"pushmark[{wanted}]").replace("extras: ml\n", f"extras: {wanted}\n")
            path.write_text(text, encoding="utf-8")


def _files(root: Path) -> Iterator[Path]:
    """Regular files below `root`, sorted; raises LabError for a link, which would break in a learner's clone."""
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if public.is_left_behind(relative):
            continue
        if path.is_symlink():
            raise LabError([f"{path}: a symbolic link"], "put the file itself there")
        if path.is_file():
            yield path


def _copy(source: Path, target: Path) -> None:
    """Copy bytes and the executable bit; owners, times and umask of the builder do not travel."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)


def fingerprint(spec: LabSpec, around: Path, source: str, *, apart: Container[str] = ()) -> str:
    """A hash of everything that a build depends on: the lab, the folders `*-data` beside it that labs share,
    the template around it, where it takes Pushmark from, and Pushmark's version.

    What is below the lab's folders `apart` does not count.
    """
    digest = hashlib.sha256(f"{__version__} {source}".encode())
    shared = [path for path in sorted(spec.root.parent.glob("*-data")) if path.is_dir() and not (path / FILE).exists()]
    for root in (spec.root, around, *shared):
        for path in _files(root):
            if root == spec.root and path.relative_to(root).parts[0] in apart:
                continue
            executable = b"x" if path.stat().st_mode & 0o100 else b"-"
            name = str(path.relative_to(root)).encode()
            digest.update(b"\0".join([b"", name, executable, hashlib.sha256(path.read_bytes()).digest()]))
        digest.update(b"\0\0")
    constraints = around.parent / "constraints.txt"
    digest.update(constraints.read_bytes() if constraints.is_file() else b"")
    return digest.hexdigest()


def _move(draft: Path, target: Path) -> None:
    """Put a finished build in its place; when another process was faster, theirs is as good."""
    try:
        draft.rename(target)
    except OSError:
        if not target.is_dir():
            raise
