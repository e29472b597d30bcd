"""The submissions that a lab ships to prove itself: starter, solution, honest ones and mutants.

`solution/` and `honest/NAME/` hold the files in which they differ from `starter/` and from the solution;
`mutants/NAME/` differ from the solution too, and `mutant.toml` says what that must cost.
"""

import shutil
import tomllib
from pathlib import Path
from typing import Literal

import msgspec

from pushmark_graders.errors import LabError
from pushmark_graders.lab.spec import LabSpec

Kind = Literal["solution", "starter", "honest", "mutant"]
MUTANT_FILE = "mutant.toml"
APART = ("honest", "mutants", "demo", "design.md")
"""What of a lab no check, no hidden set and no other submission depends on."""


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One submission: layers of folders laid over the template, later ones winning.

    `loses` lists the checks and metrics that must not pass (mutants only).
    """

    name: str
    kind: Kind
    layers: list[Path]
    loses: list[str] = []
    title: str = ""


class _MutantFile(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    loses: list[str]


def variants(spec: LabSpec) -> list[Variant]:
    """All of them, solution first. Raises LabError for a missing solution or an unreadable mutant.toml."""
    solution = spec.root / "solution"
    if not solution.is_dir():
        raise LabError(
            [f"{solution}: no such folder"], "put the files there in which the solution differs from starter/"
        )
    found = [
        Variant(name="solution", kind="solution", layers=[solution]),
        Variant(name="starter", kind="starter", layers=[]),
    ]
    for folder in _folders(spec.root / "honest"):
        found.append(Variant(name=f"honest/{folder.name}", kind="honest", layers=[solution, folder]))
    for folder in _folders(spec.root / "mutants"):
        described = _read_mutant(folder / MUTANT_FILE)
        found.append(
            Variant(
                name=f"mutants/{folder.name}",
                kind="mutant",
                layers=[solution, folder],
                loses=described.loses,
                title=described.title,
            )
        )
    return found


def materialise(layers: list[Path], template: Path, target: Path) -> Path:
    """Copy `template` to `target` and lay the layers over it."""
    shutil.copytree(template, target, dirs_exist_ok=True)
    for layer in layers:
        shutil.copytree(layer, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(MUTANT_FILE, "__pycache__"))
    return target


def _folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    return sorted(path for path in parent.iterdir() if path.is_dir() and not path.name.startswith((".", "__")))


def _read_mutant(path: Path) -> _MutantFile:
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _MutantFile)
    except FileNotFoundError:
        raise LabError([f"{path}: no such file"], 'write `title = "..."` and `loses = ["check-id"]` there') from None
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise LabError([f"{path}: {error}"], "expected `title` (text) and `loses` (list of check ids)") from None
