"""Starts a new lab: a small one that works, so that an author edits something that already lints."""

import re
import shutil
from importlib import resources
from pathlib import Path

from pushmark_graders.errors import PushmarkError

FILES = "skeleton_files"
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def make(name: str, into: Path) -> Path:
    """Write the lab `into/name` and return its folder.

    Raises PushmarkError for a name that is no slug, and rather than touch a folder that exists.
    """
    if not _SLUG.fullmatch(name):
        raise PushmarkError(
            f"{name!r} cannot be a lab's name", "use lower-case words with hyphens, as in churn-1-cleaning"
        )
    folder = into / name
    if folder.exists():
        raise PushmarkError(f"{folder} exists already", "choose another name; nothing was changed")
    with resources.as_file(resources.files("pushmark_graders.lab") / FILES) as files:
        shutil.copytree(files, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("lab.toml", "README.md"):
        text = (folder / file).read_text(encoding="utf-8")
        title = name.replace("-", " ").capitalize()
        (folder / file).write_text(text.replace("LAB_SLUG", name).replace("LAB_TITLE", title), encoding="utf-8")
    return folder
