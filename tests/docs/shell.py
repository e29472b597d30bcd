"""Runs the commands of one page in one shell, as a reader would type them, top to bottom.

A command that changes the folder or the environment has its effect on the next block. The few lines in
`STAND_INS` cannot run here; each has a reason, and what is done in its place.
"""

import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages import ROOT, Block

_LINK = (
    'test -e .venv || { mkdir .venv && ln -s "$REAL_PREFIX/bin" "$REAL_PREFIX/lib" "$REAL_PREFIX/pyvenv.cfg" .venv/ '
    "&& touch .venv/.ready; } && "
)
STAND_INS = {
    "sudo apt-get install git make python3-venv": ("changes the machine", ":"),
    "sudo .venv/bin/pushmark doctor": (
        "becomes root; here it asks for what the tests' user can have",
        f".venv/bin/pushmark doctor --policy {'strict' if os.getuid() == 0 else 'standard'}",
    ),
    "make demo": ("takes minutes; tests/bot/demo plays the same command on a small lab", f"{_LINK} make -n demo"),
    "make test": ("is what runs this test", f"{_LINK} make -n test"),
    "make lint": ("takes a minute; CI runs it before the tests", f"{_LINK} make -n lint"),
    'make attacks ARGS="--fast"': ("is what tests/attacks runs too", f"{_LINK} make -n attacks"),
    "make labs": ("grades every variant of every lab, which takes minutes", f"{_LINK} make -n labs"),
    "make setup": ("installs Pushmark from GitHub; here it is installed already", f"{_LINK} make data"),
    "export GITHUB_TOKEN=$(gh auth token)": (
        "needs an account; here it is the test server's",
        'export GITHUB_TOKEN="$ADA_TOKEN"',
    ),
}
"""Lines of the pages that are not run as they stand: the reason, and what runs instead."""

_MARK = "\x01"
_PROGRESS = re.compile(r"^\[ *\d+\.\d s\] ")
_EDIT = """
import json, pathlib, sys
step = json.load(open(sys.argv[1], encoding="utf-8"))[int(sys.argv[2])]
text = open(step["path"], encoding="utf-8").read() if step["old"] else ""
if text.count(step["old"]) != 1 and step["old"]:
    sys.exit(f"{step['path']}: expected {step['old']!r} once, found it {text.count(step['old'])} times")
pathlib.Path(step["path"]).parent.mkdir(parents=True, exist_ok=True)
open(step["path"], "w", encoding="utf-8").write(text.replace(step["old"], step["new"]) if step["old"] else step["new"])
"""


@dataclass(frozen=True)
class Command:
    """One thing to run, what it must print (None: it must succeed instead), and where it stands."""

    script: str
    expected: str | None
    where: str


def commands(page: list[Block], edits: list[dict[str, str]]) -> list[Command]:
    """What to run for the blocks of a page; `edits` collects the changes of files that scripts refer to."""
    found: list[Command] = []
    for block in page:
        where = f"{block.page}:{block.line}"
        if block.verb:
            found.append(Command(_edit(block, edits), None, where))
        elif block.language == "sh":
            found.append(Command("\n".join(_stand_in(line) for line in block.text.splitlines()), None, where))
        elif block.language == "console":
            found += _console(block, where)
    return found


def _edit(block: Block, edits: list[dict[str, str]]) -> str:
    path, _, old = block.what.partition(" | ")
    indent = " " * (len(old) - len(old.lstrip()))
    new = textwrap.indent(block.text.rstrip("\n"), indent) if old else block.text
    edits.append({"path": path, "old": old, "new": new})
    return f'"$PYTHON" -c "$EDIT" "$EDITS" {len(edits) - 1}'


def _stand_in(line: str) -> str:
    command = bare(line)
    line = STAND_INS[command][1] if command in STAND_INS else line
    return line if os.getuid() == 0 else line.replace("--policy strict", "--policy standard")  # it needs root


def bare(line: str) -> str:
    """The command without the remark behind it."""
    return line.partition("  #")[0].strip()


def _console(block: Block, where: str) -> Iterator[Command]:
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    assert not parts[0].strip(), f"{where}: a console block begins with `$ `"
    for part in parts[1:]:
        command, _, expected = part.partition("\n")
        assert expected.strip(), f"{where}: say what `{command}` prints, or make it a block of sh"
        yield Command(_stand_in(command), expected, where)


def run(page: list[Block], folder: Path, environment: dict[str, str]) -> None:
    """Run the page's commands in `folder`; fails with the place and the output of the first that disappoints."""
    edits: list[dict[str, str]] = []
    steps = commands(page, edits)
    (folder.parent / "edits.json").write_text(json.dumps(edits))
    lines = ["set -o pipefail"]
    for number, step in enumerate(steps):
        lines += [f"printf '{_MARK}{number}\\n'", "set -e" if step.expected is None else "set +e", step.script]
    lines.append(f"printf '{_MARK}{len(steps)}\\n'")
    given = {"EDIT": _EDIT, "EDITS": str(folder.parent / "edits.json"), "PYTHON": sys.executable}
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)],
        cwd=folder,
        env=environment | given,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    printed = [part.partition("\n")[2] for part in done.stdout.split(_MARK)[1:]]
    for number, step in enumerate(steps):
        got = printed[number]
        if step.expected is None:
            assert len(printed) > number + 1, f"{step.where} failed:\n{step.script}\n{got}"
        else:
            assert len(printed) > number + 1, f"{step.where}: the shell ended at\n{step.script}\n{got}"
            assert shows(got, step.expected), f"{step.where}:\n{step.script}\nprinted\n{got}\nnot\n{step.expected}"


def shows(got: str, expected: str) -> bool:
    """Whether `got` is the text `expected`, where `...` stands for anything, on a line or for lines.

    Blank lines, the width of gaps and progress lines (a terminal shows a spinner instead) make no difference.
    """
    plain = "\n".join(line for line in _lines(got) if not _PROGRESS.match(line))
    pattern = "\n".join("(?s:.*)" if line == "..." else _pattern(line) for line in _lines(expected))
    pattern = pattern.replace("(?s:.*)\n", "(?s:.*\n)?").replace("\n(?s:.*)", "(?s:\n.*)?")
    return re.fullmatch(pattern, plain) is not None


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _pattern(line: str) -> str:
    return "[^\n]*".join(re.escape(part) for part in line.split("..."))


def environment(home: Path, github: Path, cache: Path) -> dict[str, str]:
    """A reader's environment: Pushmark on PATH, a name for commits, and `github` in GitHub's place for git."""
    settings = {
        "user.name": "Ada",
        "user.email": "ada@example.org",
        "init.defaultBranch": "main",
        "advice.detachedHead": "false",
        f"url.{github}/.insteadOf": "https://github.com/",
    }
    config = {"GIT_CONFIG_COUNT": str(len(settings)), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    for number, (key, value) in enumerate(settings.items()):
        config |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    tools = Path(sys.executable).parent
    return config | {
        "PATH": os.pathsep.join([str(tools), os.environ["PATH"]]),
        "REAL_PREFIX": sys.prefix,
        "HOME": str(home),
        "XDG_CACHE_HOME": str(cache),
        "COLUMNS": "400",
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "DVC_NO_ANALYTICS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_XDIST_AUTO_NUM_WORKERS": "0",  # for one file a worker takes longer to start than its tests to run
    }


def checkout(target: Path) -> Path:
    """Copy what a clone of this repository holds to `target`, with an environment that is set up already."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    for name in filter(None, listed):
        source = ROOT / name
        if source.is_file():  # listed, and deleted since
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(source.read_bytes())
            (target / name).chmod(source.stat().st_mode & 0o777)
    return target


def link_environment(target: Path) -> None:
    """Give the checkout the `.venv` that make would have made, newer than what it is made from."""
    (target / ".venv").mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (target / ".venv" / name).symlink_to(Path(sys.prefix) / name)
    (target / ".venv" / ".ready").touch()
