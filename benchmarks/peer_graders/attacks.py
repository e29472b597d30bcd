"""The attacks, read from `attacks.toml`."""

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from peer_graders import base

FORGED = json.dumps(
    {
        "score": 20,
        "points": 20,
        "gradable": True,
        "summary": {"passed": 4, "total": 4, "collected": 4},
        "tests": [
            {
                "nodeid": f"tests/test_all.py::test_{name}",
                "name": name,
                "outcome": "passed",
                "status": "passed",
                "score": 5,
                "max_score": 5,
                "points": 5,
            }
            for name in base.CHECKS
        ],
    }
)

REWRITE = '''
import os


def rewrite():
    names = ["report.json", ".report.json", "results.json"]
    roots = [".", "..", os.environ.get("HOME", "/"), os.environ.get("TMPDIR", "/tmp")]
    for root in roots:
        for folder, inner, files in os.walk(root):
            if folder.count(os.sep) - root.count(os.sep) >= 4:
                inner.clear()
            for name in {*names, *(name for name in files if name.endswith(".json"))}:
                try:
                    with open(os.path.join(folder, name), "w") as file:
                        file.write(r"""{{FORGED}}""")
                except OSError:
                    continue
'''

SHOW = """
import re


def show(value):
    for word in set(re.findall("CANARY-[A-Z]+-[0-9a-f]+", repr(value))):
        print(word)
"""


@dataclass(frozen=True)
class Attack:
    """An honest half solution and what the attack adds to it; `files` lie beside it."""

    id: str
    attempts: str
    code: str
    files: dict[str, str]

    @property
    def submission(self) -> dict[str, str]:
        return {base.FILE: base.HALF + self.code, **self.files}


def corpus() -> list[Attack]:
    """All attacks, in the order of the file."""
    described = tomllib.loads(Path(__file__).with_name("attacks.toml").read_text())
    return [
        Attack(
            name,
            told["attempts"],
            _fill(told.get("code", "")),
            {path: _fill(text) for path, text in told.get("files", {}).items()},
        )
        for name, told in described.items()
    ]


def _fill(text: str) -> str:
    program = REWRITE.replace("{{FORGED}}", FORGED) + "\n\nrewrite()\n"
    for word, value in (("QUOTED", repr(program)), ("REWRITE", REWRITE), ("SHOW", SHOW), ("FORGED", FORGED)):
        text = text.replace("{{" + word + "}}", value)
    return text


def applicable(attacks: Iterable[Attack], *, one_file: bool) -> list[Attack]:
    """Those that can be handed in: where a submission is one file, none that needs more."""
    return [attack for attack in attacks if not (one_file and attack.files)]
