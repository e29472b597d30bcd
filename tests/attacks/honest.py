"""The honest half of the corpus as data: submissions that look suspicious and must lose nothing in the sandbox.

`honest.toml` says in one sentence what the submission does, and which plain twin it must score like: the lab's
`solution` or another folder of the fixtures. What is in `files/` lies over the twin's files.
"""

import shutil
import tomllib
from pathlib import Path

import msgspec

from tests.attacks.cases import HERE, lay_twin


class Honest(msgspec.Struct, frozen=True, kw_only=True, rename={"kind": "class"}, forbid_unknown_fields=True):
    """One honest submission. `slow` ones load a large library or train."""

    id: str
    does: str
    kind: str
    lab: str = "workshop"
    twin: str = "solution"
    real: bool = False
    slow: bool = False
    seconds: float = 60.0


def honest_corpus() -> list[Honest]:
    return [_read(path) for path in sorted((HERE / "corpus").glob("*/honest.toml"))]


def _read(path: Path) -> Honest:
    return msgspec.convert({"id": path.parent.name, **tomllib.loads(path.read_text())}, Honest)


def lay_honest(case: Honest, target: Path) -> None:
    lay_twin(case.twin, target, case.lab)
    shutil.copytree(HERE / "corpus" / case.id / "files", target, dirs_exist_ok=True)
