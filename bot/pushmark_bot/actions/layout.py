"""The files of a grading repository, for whoever writes them and whoever reads them."""

import gzip
import io
import re
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, cast

import msgspec
from pushmark_graders.errors import PushmarkError

COURSE_FILE = "course.json"
WORKFLOW = "grade.yml"
WORKFLOW_PATH = f".github/workflows/{WORKFLOW}"
PUBLIC, QUESTIONS, HIDDEN = "public.tar.gz", "questions.gz", "hidden.tar.gz"
RESULT, SIGNATURE = "result.json", "result.sig"
ARTIFACT = "pushmark-result"
MOST_RESULT = 64 << 20
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")


class Lab(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lab of the repository. `seconds` is the time for a call, by scene (see `pushmark_graders.split`)."""

    version: str
    seconds: dict[str, float]


class Course(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`course.json`."""

    schema: Literal["pushmark/grading/v1"] = "pushmark/grading/v1"
    course: str
    policy: str
    labs: dict[str, Lab]


def load(folder: Path) -> Course:
    """Read a repository's `course.json`. Raises PushmarkError."""
    path = folder / COURSE_FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Course)
    except (OSError, msgspec.DecodeError) as error:
        raise PushmarkError(f"{path}: {error}", "build the course again with this version of Pushmark") from None


def lab_folder(repository: Path, slug: str) -> Path:
    """Where the files of a lab are."""
    return repository / "labs" / slug


def pack(files: Iterable[tuple[str, Path]]) -> bytes:
    """A `.tar.gz` of files by their names, below one top folder; equal files make equal bytes."""
    made = io.BytesIO()
    with (
        gzip.GzipFile("", "wb", 6, made, mtime=0) as packed,
        tarfile.open(fileobj=cast("io.BytesIO", packed), mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name, path in sorted(files):
            info = tarfile.TarInfo(f"files/{name}")
            content = path.read_bytes()
            info.size, info.mode = len(content), 0o644
            tar.addfile(info, io.BytesIO(content))
    return made.getvalue()


def below(folder: Path, prefix: str = "", skip: Iterable[str] = ()) -> list[tuple[str, Path]]:
    """The regular files below a folder, by their names below `prefix`; top-level names in `skip` are left out."""
    left_out = {*skip}
    return [
        (f"{prefix}{path.relative_to(folder).as_posix()}", path)
        for path in folder.rglob("*")
        if path.is_file()
        and not path.is_symlink()
        and path.relative_to(folder).parts[0] not in left_out
        and not {"__pycache__", ".git"} & {*path.relative_to(folder).parts}
    ]
