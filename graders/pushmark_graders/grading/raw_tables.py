"""The lab's raw tables: given to a submission, and named by a hash of their bytes."""

import hashlib
from pathlib import Path

from pushmark_graders.lab.spec import LabSpec


def place(spec: LabSpec, data: Path, folder: Path) -> None:
    """Give the submission the lab's raw tables, whatever it brought in their place."""
    if spec.data is None or not data.is_dir():
        return
    target = folder / spec.data.path
    target.mkdir(parents=True, exist_ok=True)
    for table in sorted(data.iterdir()):
        if table.is_file():
            (target / table.name).write_bytes(table.read_bytes())


def hash_folder(folder: Path) -> str:
    """A short hash of every table's name and bytes, so that a report says which data it was graded on.

    What DVC and git keep beside the tables does not count: a learner's clone and the grader agree.
    """
    if not folder.is_dir():
        return ""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".dvc" and not path.name.startswith("."):
            digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
