"""The author's reference and mutants, read from the lab's folder `suite/`, which learners never get.

`suite/reference/` holds the files that take the place of the learner's; `suite/mutants/NAME/` those in which a
mutant differs from the reference. `mutant.toml` beside them may hold a `hint`: the sentence for a learner whose
tests miss this mutant. Without one, learners hear nothing of it but that it is counted.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from random import Random

import msgspec

from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.grading.disguise import disguise
from pushmark_graders.lab.public import is_left_behind
from pushmark_graders.lab.variants import MUTANT_FILE

Files = dict[str, bytes]


@dataclass(frozen=True)
class Mutant:
    """A faulty implementation: all of its files, those of the reference included."""

    name: str
    files: Files
    hint: str


class _MutantFile(msgspec.Struct, forbid_unknown_fields=True):
    hint: str = ""


def read_reference(lab: Path, folder: str, tests: str) -> Files:
    """The reference's files by their names in a submission. Raises CouldNotGrade where the lab is wrong."""
    files = _read(lab / folder)
    if theirs := [name for name in files if Path(name).is_relative_to(tests)]:
        raise _wrong(lab / folder / theirs[0], f"it would take the place of the learner's tests in {tests}")
    return files


def read_mutants(lab: Path, folder: str, reference: Files) -> list[Mutant]:
    """The mutants in the order of their names. Raises CouldNotGrade where the lab is wrong."""
    parent = lab / folder
    places = sorted(path for path in parent.glob("[!._]*") if path.is_dir()) if parent.is_dir() else []
    if not places:
        raise _wrong(parent, "no mutants in it; expected a folder for each")
    return [_read_mutant(place, reference) for place in places]


def _read_mutant(place: Path, reference: Files) -> Mutant:
    files = _read(place)
    said = files.pop(MUTANT_FILE, b"")
    if strangers := sorted(files.keys() - reference.keys()):
        raise _wrong(place / strangers[0], "the reference has no such file")
    if all(reference[name] == content for name, content in files.items()):
        raise _wrong(place, "it does not differ from the reference")
    try:
        hint = msgspec.convert(tomllib.loads(said.decode()), _MutantFile).hint
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise _wrong(place / MUTANT_FILE, str(error)) from None
    return Mutant(place.name, reference | files, hint)


def _read(folder: Path) -> Files:
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    files = {str(path.relative_to(folder)): path.read_bytes() for path in found if not is_left_behind(path)}
    if not files:
        raise _wrong(folder, "no files in it")
    for name, content in files.items():
        if name.endswith(".py"):
            try:
                disguise(content.decode(), Random(0))  # noqa: S311  (is it possible at all?)
            except (SyntaxError, ValueError) as error:
                raise _wrong(folder / name, f"it does not compile ({error})") from None
    return files


def dressed(files: Files, random: Random) -> Files:
    """The same implementation as a variant of its own."""
    return {
        name: disguise(content.decode(), random).encode() if name.endswith(".py") else content
        for name, content in files.items()
    }


def _wrong(where: Path, what: str) -> CouldNotGrade:
    return CouldNotGrade(f"{where}: {what}", "mend the lab; docs/how-to/grade-learners-tests.md shows how it looks")
