"""Folders that learner code wrote to: what a copy holds, what it refuses, and that everything can be removed."""

import os
import socket
from pathlib import Path

import pytest
from pushmark_graders.worker.tree import MAX_DEPTH, TooMuch, holds_more, private_copy, remove

ROOM = 1 << 20


def copied(source: Path, target: Path, max_bytes: int = ROOM) -> list[str]:
    target.mkdir()
    private_copy(source, target, max_bytes=max_bytes)
    return sorted(str(path.relative_to(target)) for path in target.rglob("*"))


def nest(folder: Path, levels: int) -> None:
    here = Path.cwd()
    os.chdir(folder)
    try:
        for _ in range(levels):
            Path("d").mkdir()
            os.chdir("d")
    finally:
        os.chdir(here)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "run.sh").write_text("echo")
    (folder / "src" / "run.sh").chmod(0o700)
    return folder


def test_a_copy_holds_files_folders_and_links_as_links(source: Path, tmp_path: Path) -> None:
    (source / "empty").mkdir()
    (source / "link").symlink_to("/etc/passwd")
    (source / "to-folder").symlink_to("src")
    target = tmp_path / "target"
    assert copied(source, target) == ["empty", "link", "src", "src/run.sh", "to-folder"]
    assert (target / "link").readlink() == Path("/etc/passwd")
    assert (target / "to-folder").readlink() == Path("src")
    assert (target / "src" / "run.sh").stat().st_mode & 0o111


def test_a_copy_leaves_out_pipes_sockets_and_the_caches_of_dvc(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(source / "pipe")
    monkeypatch.chdir(source)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket")
    for name in (".dvc/cache", ".dvc/tmp", ".dvc/kept", "cache"):
        (source / name).mkdir(parents=True)
    assert copied(source, tmp_path / "target") == [".dvc", ".dvc/kept", "cache", "src", "src/run.sh"]


def test_what_is_nested_too_deeply_is_left_out(source: Path, tmp_path: Path) -> None:
    nest(source, 1500)
    assert len(copied(source, tmp_path / "target")) == 2 + MAX_DEPTH
    remove(source)


def test_more_bytes_than_allowed_are_refused_even_when_they_take_no_room_on_disk(source: Path, tmp_path: Path) -> None:
    with (source / "sparse").open("wb") as file:
        file.truncate(ROOM + 1)
    with pytest.raises(TooMuch, match="larger than 1 MiB"):
        copied(source, tmp_path / "target")


def test_more_files_than_allowed_are_refused(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pushmark_graders.worker.tree.MAX_ENTRIES", 10)
    for number in range(10):
        (source / str(number)).touch()
    with pytest.raises(TooMuch, match="more than 10 files"):
        copied(source, tmp_path / "target")


def test_what_a_folder_takes_on_disk_is_bounded(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not holds_more(source, ROOM)
    with (source / "sparse").open("wb") as file:
        file.truncate(2 * ROOM)
    nest(source, 1500)
    assert not holds_more(source, 10 * ROOM)
    (source / "full").write_bytes(os.urandom(2 * ROOM))
    assert holds_more(source, ROOM)
    monkeypatch.setattr("pushmark_graders.worker.tree.MAX_ENTRIES", 3)
    assert holds_more(source, 10 * ROOM)
    remove(source)


def test_everything_is_removed_and_nothing_outside(source: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o500)
    (source / "locked").mkdir()
    (source / "locked" / "link").symlink_to(outside)
    (source / "locked" / "file").touch()
    (source / "locked").chmod(0)
    Path(os.fsdecode(os.fsencode(source) + b"/bad\xff")).touch()
    os.mkfifo(source / "pipe")
    nest(source, 1500)
    remove(source)
    assert not source.exists()
    assert outside.stat().st_mode & 0o777 == 0o500


def test_removing_a_link_or_nothing_does_nothing(source: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(source)
    remove(link)
    remove(tmp_path / "nothing")
    assert (source / "src" / "run.sh").exists()


def test_a_path_that_is_too_long_where_the_copy_is_is_the_submissions_fault(tmp_path: Path) -> None:
    source = tmp_path / "s"
    deep = source
    while len(str(deep)) < 3900:
        deep /= "d" * 100
    deep.mkdir(parents=True)
    target = tmp_path / ("t" * 200)
    target.mkdir()
    with pytest.raises(TooMuch, match="too long"):
        private_copy(source, target, max_bytes=1 << 20)
