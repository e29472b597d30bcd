"""What the tests of bad input share: a lab and a submission with some files exchanged, and what a person then reads."""

import re
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pushmark_graders
import pytest
from pushmark_graders import cache, cli
from pushmark_graders.lab.build import rendered
from pushmark_graders.lab.spec import load_lab

TINY = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
Files = Mapping[str, str | bytes | None]

NOTHING: Files = {}

_CHANGING = (
    (re.compile(r"^\[ *[\d.]+ s\]", re.MULTILINE), "[time]"),
    (re.compile(r"\d+(\.\d+)? s$", re.MULTILINE), "TIME"),
    (re.compile(r"(failed after|completed in|ran out of time after) [\d.]+ s"), r"\1 TIME"),
    (re.compile(r"^For a person to look at; .*: graded in a weak sandbox, without: [\w ,]+\n", re.MULTILINE), ""),
    (re.compile(r"^Pushmark \d+\.[\s\S]*?(?=\n\n|\s*\Z)", re.MULTILINE), "[where and with what it was graded]"),
    (re.compile(r"\[\.\.\. [\d,]+ (more bytes were dropped|characters cut here)"), r"[... MANY \1"),
)


def change(folder: Path, files: Files) -> None:
    """Write the files below `folder`; None removes one."""
    for name, content in files.items():
        path = folder / name
        if content is None:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.fixture(scope="session")
def cache_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of our own; the empty MLflow store, which takes long to make, comes from the person's own cache."""
    home = tmp_path_factory.mktemp("cache")
    (home / "pushmark").mkdir()
    for store in cache.folder().glob("mlflow-*.db"):
        shutil.copy(store, home / "pushmark")
    return home


@pytest.fixture
def grade(
    tmp_path: Path, cache_home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Grade the tiny lab's solution with some files exchanged; returns all that a person reads, and the status."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache_home))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("PUSHMARK_SEED", raising=False)

    def run(
        *, lab: Files = NOTHING, submission: Files = NOTHING, lab_at: str = "tiny-lab", at: str = "submission"
    ) -> str:
        lab_folder, theirs = tmp_path / "tiny-lab", tmp_path / "submission"
        shutil.copytree(TINY, lab_folder)
        change(lab_folder, lab)
        shutil.copytree(rendered(load_lab(TINY)).template, theirs)
        shutil.copytree(TINY / "solution", theirs, dirs_exist_ok=True)
        change(theirs, submission)
        monkeypatch.setattr(sys, "argv", ["pushmark", "grade", str(tmp_path / lab_at), str(tmp_path / at), "--quiet"])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capfd.readouterr()
        return settle(f"exit status {ended.value.code}\n{told.err}{told.out}", tmp_path)

    return run


def settle(text: str, folder: Path) -> str:
    """The text without what differs from run to run."""
    text = text.replace(str(folder), "").replace(str(Path(pushmark_graders.__file__).parent), "PUSHMARK")
    for pattern, instead in _CHANGING:
        text = pattern.sub(instead, text)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
