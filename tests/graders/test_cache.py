"""Expensive things are made once, wholly or not at all."""

import subprocess
import sys
from pathlib import Path

import pytest
from pushmark_graders import cache
from pushmark_graders.errors import PushmarkError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "pushmark"


def test_a_thing_is_made_on_first_use_and_then_found(home: Path) -> None:
    made: list[Path] = []

    def make(path: Path) -> None:
        made.append(path)
        path.write_text("thing")

    assert cache.once("thing.txt", make).read_text() == "thing"
    assert cache.once("thing.txt", make) == home / "thing.txt"
    assert len(made) == 1
    assert [path.name for path in home.iterdir()] == ["thing.txt"]


def test_a_thing_that_fails_in_the_making_leaves_nothing_behind(home: Path) -> None:
    def fail(path: Path) -> None:
        path.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        cache.once("thing.txt", fail)
    assert list(home.iterdir()) == []
    assert cache.once("thing.txt", Path.touch).exists()


def test_several_processes_at_once_all_find_a_whole_thing(home: Path) -> None:
    code = (
        "import time; from pushmark_graders import cache\n"
        "def make(path):\n    path.write_text('x' * 100_000); time.sleep(0.3)\n"
        "assert len(cache.once('thing.txt', make).read_text()) == 100_000"
    )
    children = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [child.wait(30) for child in children] == [0, 0, 0]
    assert [path.name for path in home.iterdir()] == ["thing.txt"]


def test_a_folder_that_cannot_be_made_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file is in the way")
    with pytest.raises(PushmarkError, match="cannot be made") as caught:
        cache.folder()
    assert "XDG_CACHE_HOME" in caught.value.next_step
