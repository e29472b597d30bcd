"""A course that is graded on GitHub Actions, set up as its page says, against a running `serve`."""

import json
import os
import stat
import subprocess
import time
from pathlib import Path

import pytest
from pushmark_bot.actions import layout

from tests.bot.commands.test_serve import REPO, Desk, comment, desk, secret, serving, set_up
from tests.docs.pages import ROOT, blocks

__all__ = ["desk"]

GRADING = "example-school/ml-101-grading"
PAGE = ROOT / "docs" / "how-to" / "grade-on-actions.md"


def typed(desk: Desk) -> str:
    """What the page has typed to build the repository."""
    [line] = [block.text.strip() for block in blocks(PAGE) if block.language == "shell"]
    program, _, rest = line.partition(" ")
    assert program == "pushmark-bot"
    return desk.type(*rest.split(), "--policy", "local")


def configure(desk: Desk, said: str) -> None:
    """Put the page's table into the configuration, with the key that was made."""
    [example] = [block.text for block in blocks(PAGE) if block.language == "toml"]
    table = example[example.index("[[actions]]") :].splitlines()
    key = next(line for line in said.splitlines() if line.startswith("public_key"))
    lines = [key if line.startswith("public_key") else line for line in table]
    secret(
        desk.folder / "grading.token",
        desk.github.app_token("grader", GRADING, {"actions": "write", "contents": "write"}),
    )
    with (desk.folder / "pushmark-bot.toml").open("a") as file:
        file.write("\n" + "\n".join([*lines, 'token_file = "grading.token"']) + "\n")


def play(desk: Desk, tmp_path: Path) -> None:
    """Be the runner: the three jobs' own commands, with what the workflow gives each of them and nothing else."""
    end = time.monotonic() + 120
    while not desk.github.workflow_runs(GRADING):
        assert time.monotonic() < end, "nothing was dispatched"
        time.sleep(0.1)
    [run] = desk.github.workflow_runs(GRADING)
    reads = {
        "GITHUB_TOKEN": desk.github.app_token("github-actions", GRADING, {"contents": "read"}),
        "GITHUB_API_URL": desk.github.url,
        "GITHUB_REPOSITORY": GRADING,
        "GITHUB_RUN_ID": str(run.id),
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_SHA": run.sha,
        "PUSHMARK_ORDER": json.dumps(run.inputs),
    }
    secrets = {
        "PUSHMARK_SEED": (desk.folder / "seeds" / "ml-101.seed").read_text(),
        "PUSHMARK_SIGNING_KEY": (desk.folder / "keys" / "ml-101.key").read_text(),
    }
    grading, work, answers, out = (tmp_path / name for name in ("grading", "work", "answers", "out"))

    def job(*arguments: str | Path, **given: str) -> None:
        plain = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_RUNTIME_DIR") if name in os.environ}
        done = subprocess.run(
            ["pushmark-bot", "job", *map(str, arguments)],
            env=plain | given, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    job("prepare", grading, "--out", work, **reads)
    job("answer", work, "--out", answers)
    job("score", grading, answers, "--out", out, **reads, **secrets)
    files = {path.name: path.read_bytes() for path in out.iterdir()}
    desk.github.end_run(GRADING, run.id, "success", {layout.ARTIFACT: files})


def test_the_page_about_grading_on_actions_works_as_it_is_written(desk: Desk) -> None:
    set_up(desk)
    said = typed(desk)
    assert stat.S_IMODE((desk.folder / "keys" / "ml-101.key").stat().st_mode) == 0o600
    grading = desk.folder / "grading"
    assert not any(path.read_bytes() for path in grading.rglob("*.key"))
    desk.github.seed_repo(GRADING, private=True)
    desk.github.seed_workflow(GRADING, "grade.yml", "Grade ${{ inputs.nonce }}")
    configure(desk, said)
    pull = desk.github.seed_pull(REPO, head_sha=desk.github.seed_commit(REPO, desk.files("solution")))
    server = serving(desk)
    desk.type("course", "link", "ml-101", "tiny-lab", "s-1", REPO, str(pull))
    play(desk, desk.folder)
    assert "10 of 10" in comment(desk, pull, "of 10")
    server.end()


def test_what_cannot_be_built_is_refused_with_the_next_step(desk: Desk) -> None:
    set_up(desk)
    source = ["--source", f"pushmark/pushmark@{'a' * 40}"]
    for arguments, told in (
        (["ml-101", "--out", "new", "--source", "pushmark/pushmark@v0.1.0"], "expected OWNER/REPO@COMMIT"),
        (["ml-101", "--out", ".", *source], "exists and is not an empty folder"),
        (["ml-102", "--out", "new", *source], "there is no course 'ml-102'"),
        (["ml-101", "--out", "new", *source, "--lab", "other"], "ml-101 has no lab 'other'"),
        (["ml-101", "--out", "new", *source, "--policy", "lax"], "no policy of this name"),
    ):
        said = desk.type("course", "build", *arguments, status=2)
        assert told in said
        assert "Next: " in said
    assert not (desk.folder / "new").exists()
    assert not (desk.folder / "keys").exists()


def test_a_key_that_is_there_is_never_replaced(desk: Desk) -> None:
    set_up(desk)
    (desk.folder / "keys").mkdir()
    secret(desk.folder / "keys" / "ml-101.key", "the key")
    said = desk.type(
        "course", "build", "ml-101", "--out", "new", "--source", f"a/b@{'a' * 40}", "--new-key", status=2
    )  # fmt: skip
    assert "ml-101.key is there already" in said
    assert (desk.folder / "keys" / "ml-101.key").read_text() == "the key"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ('repository = "grading"', "actions[0].repository: expected OWNER/NAME"),
        ("minutes = 0", "actions[0].minutes: expected 1 or more"),
        ('public_key = "short"', "actions[0].public_key: expected the line"),
        ('course = "ml-102"', "no course 'ml-102' with an installation"),
    ],
)
def test_a_server_with_a_wrong_table_says_what_and_starts_nothing(desk: Desk, change: str, told: str) -> None:
    set_up(desk)
    key = "A" * 43 + "="
    table = {"course": '"ml-101"', "repository": f'"{GRADING}"', "public_key": f'"{key}"'}
    name, _, value = change.partition(" = ")
    lines = [f"{each} = {one}" for each, one in (table | {name: value}).items()]
    with (desk.folder / "pushmark-bot.toml").open("a") as file:
        file.write("\n[[actions]]\n" + "\n".join(lines) + "\n")
    assert told in desk.type("serve", status=2)
