"""The corpus as data: each folder of `corpus/` is a submission that attacks the grader, and says how.

`attack.toml` holds one line about what it attempts, the class of attack, and the attack-free twin: the same
submission without the payload, which is one of the folders `fixtures/half` and `fixtures/wrong`. The payload
in `files/` lies over the twin's files; what git cannot hold (links, pipes, strange names) is made on the spot.
"""

import os
import shutil
import socket
import tomllib
from pathlib import Path

import msgspec

HERE = Path(__file__).parent
FIXTURES = HERE / "fixtures"


class Attack(msgspec.Struct, frozen=True, kw_only=True, rename={"kind": "class"}, forbid_unknown_fields=True):
    """One attack. `states` and `overlaid` are what the report must say besides what all oracles ask."""

    id: str
    attempts: str
    kind: str
    twin: str
    real: bool = False
    seconds: float = 20.0
    states: dict[str, str] = {}
    overlaid: list[str] = []
    links: dict[str, str] = {}
    hardlinks: dict[str, str] = {}
    fifos: list[str] = []
    sockets: list[str] = []
    strange_names: bool = False


def corpus() -> list[Attack]:
    return [_read(path) for path in sorted((HERE / "corpus").glob("*/attack.toml"))]


def _read(path: Path) -> Attack:
    return msgspec.convert({"id": path.parent.name, **tomllib.loads(path.read_text())}, Attack)


def lay_twin(twin: str, target: Path) -> None:
    """Write the attack-free submission: the starter with the twin's files over it."""
    shutil.copytree(FIXTURES / "lab" / "starter", target)
    shutil.copytree(FIXTURES / twin, target, dirs_exist_ok=True)


def lay(attack: Attack, target: Path, words: dict[str, str]) -> None:
    """Write the attacking submission; `words` replace `{{WORD}}` in its files."""
    lay_twin(attack.twin, target)
    payload = HERE / "corpus" / attack.id / "files"
    for path in sorted(payload.rglob("*")) if payload.is_dir() else []:
        if path.is_file():
            place = target / path.relative_to(payload)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(_fill(path.read_text(), words))
    _make_special(attack, target, words)


def _make_special(attack: Attack, target: Path, words: dict[str, str]) -> None:
    for name, goal in attack.links.items():
        (target / name).symlink_to(_fill(goal, words))
    for name, goal in attack.hardlinks.items():
        (target / name).hardlink_to(target / goal)
    for name in attack.fifos:
        os.mkfifo(target / name)
    for name in attack.sockets:
        with socket.socket(socket.AF_UNIX) as made:
            here = Path.cwd()
            os.chdir((target / name).parent)  # a socket's path has 108 bytes at most
            try:
                made.bind(Path(name).name)
            finally:
                os.chdir(here)
    if attack.strange_names:
        _make_strange_names(target)


def _make_strange_names(target: Path) -> None:
    Path(os.fsdecode(os.fsencode(target / "src") + b"/bad\xff\xfename.py")).write_text("")
    (target / "src" / ("long" * 60)).write_text("")
    (target / "new\nline\t<img src=x>\u202e").write_text("")
    here = Path.cwd()
    os.chdir(target)
    try:
        for _ in range(1100):
            Path("d").mkdir()
            os.chdir("d")
    finally:
        os.chdir(here)


def _fill(text: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        text = text.replace("{{" + word + "}}", value)
    return text
