"""The lab's tables in the template: tracked by DVC, with a remote that the repository itself carries.

A learner clones and types `dvc pull`: no account, no network beyond git. The tables are in
`.dvcstore`, named by their MD5, and a `.dvc` file beside the place of each says which one it is.

Where a learner's DVC configuration must not be obeyed (the job that marks a push),
`python -I -m pushmark_graders.lab.tracked REPOSITORY` fetches the same files without DVC.
"""

import hashlib
import os
import re
import runpy
import shutil
import sys
import tempfile
import traceback
from pathlib import Path

from pushmark_graders.errors import LabError, PushmarkError
from pushmark_graders.lab.spec import DataSpec, load_lab
from pushmark_graders.process import run

STORE = ".dvcstore"
CONFIG = f"""[core]
    no_scm = True
    analytics = false
    check_update = false
    remote = lab
['remote "lab"']
    url = ../{STORE}
"""
"""`no_scm`: a graded copy has no `.git`, and the same configuration must work in both."""

_TIMEOUT = 300.0
_POINTER = re.compile(r"^- md5: ([0-9a-f]{2})([0-9a-f]{30})$", re.MULTILINE)
_LONGEST_POINTER = 10_000


def write_data(lab: Path, data: DataSpec, folder: Path) -> list[Path]:
    """Call the lab's `write(folder)`; returns the files it wrote, sorted.

    Raises LabError when the lab's code has no such function, raises, or writes nothing.
    """
    script = lab / data.build
    folder.mkdir(parents=True)
    try:
        write = runpy.run_path(str(script)).get("write")
        if write is not None:
            write(folder)
    except Exception as error:  # whatever the author's code raises is the author's to read
        where = traceback.extract_tb(error.__traceback__)[-1]
        raise LabError(
            [f"{script}: {type(error).__name__}: {error} ({where.filename}, line {where.lineno})"],
            f"make write(folder) in {script} run to its end",
        ) from error
    if write is None:
        raise LabError(
            [f"{script}: no function write(folder: Path)"], "define it; it writes the lab's tables into `folder`"
        )
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if not files:
        raise LabError([f"{script}: write(folder) wrote no file"], "write the lab's tables there, or drop [data]")
    return files


def initialise(template: Path) -> None:
    """Make `template` a DVC repository whose remote is inside it."""
    with tempfile.TemporaryDirectory(prefix="pushmark-dvc-") as scratch:
        _dvc(["init", "--no-scm", "--quiet"], template, Path(scratch))
    (template / ".dvc" / "config").write_text(CONFIG)
    (template / ".dvc" / ".gitignore").write_text("/config.local\n/tmp\n/cache\n")
    shutil.rmtree(template / ".dvc" / "tmp", ignore_errors=True)


def track(template: Path, data: DataSpec, folder: Path, files: list[Path]) -> None:
    """Add the files of `folder` to DVC and to the store; the template keeps pointers, not the files."""
    home = template / data.path
    shutil.copytree(folder, home)
    names = [str(path.relative_to(folder)) for path in files]
    with tempfile.TemporaryDirectory(prefix="pushmark-dvc-") as scratch:
        _dvc(["add", "--quiet", *[f"{data.path}/{name}" for name in names]], template, Path(scratch))
        _dvc(["push", "--quiet"], template, Path(scratch))
    for name in names:
        (home / name).unlink()
    (home / ".gitignore").write_text("".join(f"/{name}\n" for name in names))
    for made in ("cache", "tmp"):
        shutil.rmtree(template / ".dvc" / made, ignore_errors=True)


def _dvc(arguments: list[str], cwd: Path, scratch: Path) -> None:
    """Run DVC without the configuration and the caches of the person who builds."""
    beside = Path(sys.executable).with_name("dvc")
    private = {
        "DVC_GLOBAL_CONFIG_DIR": str(scratch / "global"),
        "DVC_SYSTEM_CONFIG_DIR": str(scratch / "system"),
        "DVC_SITE_CACHE_DIR": str(scratch / "site"),
        "DVC_NO_ANALYTICS": "1",
        "GIT_PYTHON_REFRESH": "quiet",
    }
    run([beside if beside.exists() else "dvc", *arguments], cwd=cwd, env={**os.environ, **private}, timeout=_TIMEOUT)


def fetch(repository: Path, path: str) -> list[Path]:
    """Put every table below `path` in its place, from the repository's own store; returns them.

    The repository is a learner's: no link is followed, nothing outside it is written. Raises PushmarkError
    when a pointer or the file in the store is missing or wrong.
    """
    root = repository.resolve()
    home = root / path
    if home.resolve() != home or not home.is_relative_to(root):
        raise PushmarkError(f"{path} leads out of the repository", "make it a plain folder again")
    fetched = []
    for pointer in sorted(home.rglob("*.dvc")):
        target = pointer.with_suffix("")
        digest = _POINTER.search(_plain(pointer, _LONGEST_POINTER).decode("utf-8", "replace"))
        if digest is None:
            raise PushmarkError(f"{pointer.relative_to(root)} names no file", "restore it from the template")
        content = _plain(root / STORE / "files" / "md5" / digest[1] / digest[2])
        if hashlib.md5(content, usedforsecurity=False).hexdigest() != digest[1] + digest[2]:
            raise PushmarkError(f"{STORE}: the table {target.name} is damaged", "restore it from the template")
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as draft:
            draft.write(content)
        Path(draft.name).replace(target)
        fetched.append(target)
    return fetched


def _plain(path: Path, longest: int | None = None) -> bytes:
    """The bytes of a regular file whose folders are no links either."""
    if path.resolve() != path or not path.is_file():
        raise PushmarkError(f"{path.name}: not a plain file", "restore it from the template")
    with path.open("rb") as file:
        return file.read(longest)


def main(arguments: list[str]) -> int:
    """Fetch the tables of the lab in the folder that is named; one line on standard output."""
    try:
        repository = Path(*arguments[:1])
        data = load_lab(repository).data
        tables = fetch(repository, data.path) if data else []
    except PushmarkError as error:
        print(error, file=sys.stderr)  # noqa: T201  (a program of its own)
        return error.exit_code
    print(f"{len(tables)} tables are in their place.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
