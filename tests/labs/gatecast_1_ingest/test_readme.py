"""The README's code: every block runs in the learner's repository and prints what the page says."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import contextlib, io, json, sys
space, told = {}, []
for block in json.load(sys.stdin):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(block, "README.md", "exec"), space)
    told.append(said.getvalue())
json.dump(told, sys.stdout)
"""


def ran(folder: Path, *arguments: str, given: str = "") -> str:
    command = [sys.executable, "-W", "error", *arguments]
    done = subprocess.run(
        command, input=given, cwd=folder, env={**os.environ, "PYTHONUTF8": "1"}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def repository(lab: Path, data_folder: Path, folder: Path) -> Path:
    shutil.copytree(lab / "starter", folder, dirs_exist_ok=True)
    shutil.copytree(data_folder, folder / "data" / "raw")
    return folder


def test_every_code_block_prints_what_the_page_says(lab: Path, data_folder: Path, tmp_path: Path) -> None:
    readme = (lab / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```\n```text\n(.*?)```", readme, flags=re.DOTALL)
    assert len(blocks) == readme.count("```python") == 6, "every block of code is followed by its output"
    told = ran(repository(lab, data_folder, tmp_path), "-c", PROGRAM, given=json.dumps([code for code, _ in blocks]))
    assert json.loads(told) == [said for _, said in blocks]


def test_the_command_of_the_page_tells_the_account_of_a_drop(lab: Path, data_folder: Path, tmp_path: Path) -> None:
    told = ran(repository(lab, data_folder, tmp_path), "src/ingest.py", "data/raw/drops/2013-07-10")
    assert re.search(r"^flights +225 +138 +0 +87$", told, flags=re.MULTILINE)


def test_each_task_has_the_five_parts_and_keeps_them_short(lab: Path) -> None:
    readme = (lab / "README.md").read_text(encoding="utf-8")
    tasks = re.split(r"^## Task ", readme, flags=re.MULTILINE)[1:]
    for task in tasks:
        parts = re.split(r"\*\*(What just happened|Why it matters|Your turn|Check)\.\*\*", task.split("\n## ")[0])
        assert parts[1::2] == ["What just happened", "Why it matters", "Your turn", "Check"]
        assert len(parts[2].split()) <= 120
        assert len(parts[4].split()) <= 60
