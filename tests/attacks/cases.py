"""The corpus as data: each folder of `corpus/` is a submission that attacks the grader, and says how.

`attack.toml` holds one line about what it attempts, the class of attack, and the attack-free twin: the same
submission without the payload, which is one of the folders `fixtures/half` and `fixtures/wrong`. The payload
in `files/` lies over the twin's files; what git cannot hold (links, pipes, strange names) is made on the spot.
"""

import base64
import json
import os
import shlex
import shutil
import socket
import tomllib
from pathlib import Path

import msgspec

HERE = Path(__file__).parent
FIXTURES = HERE / "fixtures"
GIT_HOOKS = ("post-checkout", "pre-commit", "post-index-change", "post-merge", "reference-transaction", "fsmonitor")


class Attack(msgspec.Struct, frozen=True, kw_only=True, rename={"kind": "class"}, forbid_unknown_fields=True):
    """One attack. `states` and `overlaid` are what the report must say besides what all oracles ask.

    `threats` are ids of `catalogue.toml`. A `probe` answers rightly once it was given what it must not be given, so
    that a success is a better score. `lab` names the lab that it attacks; a `slow` one takes many seconds. One that is
    `between` others is graded after one plain submission and before another, by the same grader.
    """

    id: str
    attempts: str
    kind: str
    twin: str
    threats: list[str]
    lab: str = "lab"
    probe: bool = False
    slow: bool = False
    between: bool = False
    real: bool = False
    seconds: float = 20.0
    states: dict[str, str] = {}
    overlaid: list[str] = []
    links: dict[str, str] = {}
    hardlinks: dict[str, str] = {}
    fifos: list[str] = []
    sockets: list[str] = []
    strange_names: bool = False
    names: list[str] = []
    many: dict[str, int] = {}
    sparse: dict[str, int] = {}
    times: dict[str, int] = {}
    encoded: dict[str, str] = {}
    git: str = ""


def corpus() -> list[Attack]:
    return [_read(path) for path in sorted((HERE / "corpus").glob("*/attack.toml"))]


def _read(path: Path) -> Attack:
    return msgspec.convert({"id": path.parent.name, **tomllib.loads(path.read_text())}, Attack)


def lay_twin(twin: str, target: Path, lab: str = "lab") -> None:
    """Write the attack-free submission: the starter of `lab` with the twin's files over it.

    A twin is a folder of the fixtures, or of the lab itself, as its `solution` is.
    """
    own = FIXTURES / lab / twin
    shutil.copytree(FIXTURES / lab / "starter", target)
    shutil.copytree(own if own.is_dir() else FIXTURES / twin, target, dirs_exist_ok=True)


def lay(attack: Attack, target: Path, words: dict[str, str]) -> None:
    """Write the attacking submission; `words` replace `{{WORD}}` in its files."""
    lay_twin(attack.twin, target, attack.lab)
    if attack.probe:
        shutil.copytree(FIXTURES / "probe", target, dirs_exist_ok=True)
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
    _make_files(attack, target)
    if attack.git:
        _make_git(target, attack.git, words)


def _make_files(attack: Attack, target: Path) -> None:
    """Files that git holds badly: odd names, thousands of them, terabytes without a byte, bytes that are no text."""
    for name in attack.names:
        _place(target, name).write_text("")
    for pattern, count in attack.many.items():
        for step in range(count):
            _place(target, pattern.format(step)).write_text("")
    for name, size in attack.sparse.items():
        with _place(target, name).open("wb") as file:
            file.truncate(size)
    for name, text in attack.encoded.items():
        _place(target, name).write_bytes(base64.b64decode(text))
    for name, seconds in attack.times.items():
        os.utime(_place(target, name), (seconds, seconds))


def _place(target: Path, name: str) -> Path:
    """Room for the file `name`: a file that stands where one of its folders must be goes."""
    place = target / name
    for parent in place.parents:
        if parent.is_file():
            parent.unlink()
    place.parent.mkdir(parents=True, exist_ok=True)
    return place


def _make_git(target: Path, command: str, words: dict[str, str]) -> None:
    """A repository whose hooks, filters and settings run `command`; git itself has no part in making it."""
    command = _fill(command, words)
    script = f"#!/bin/sh\n{command}\n"
    for name in GIT_HOOKS:
        hook = _place(target, f".git/hooks/{name}")
        hook.write_text(script)
        hook.chmod(0o755)
    _place(target, ".gitattributes").write_text("* filter=run diff=run text merge=run export-subst ident\n")
    _place(target, ".gitmodules").write_text(
        '[submodule "inside"]\n\tpath = inside\n\turl = ./.git\n\tupdate = !' + command + "\n"
        '[submodule "outside"]\n\tpath = ../../outside\n\turl = ext::sh -c ' + command.replace(" ", "% ") + "\n"
    )
    _place(target, ".git/HEAD").write_text("ref: refs/heads/main\n")
    _place(target, ".git/objects/pack/keep").write_text("")
    _place(target, ".git/refs/heads/keep").write_text("")
    runs = json.dumps(f"sh -c {shlex.quote(command)}")
    _place(target, ".git/config").write_text(
        "[core]\n\trepositoryformatversion = 0\n"
        f"\tfsmonitor = {runs}\n\tsshCommand = {runs}\n\tpager = {runs}\n\teditor = {runs}\n"
        f'[filter "run"]\n\tclean = {runs}\n\tsmudge = {runs}\n\trequired = true\n'
        f'[diff "run"]\n\ttextconv = {runs}\n[alias]\n\tstatus = !{command}\n'
    )


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
