"""Folders that last as long as a grading: those of the living are kept, those of the dead are swept."""

import fcntl
import os
import signal
import tempfile
from pathlib import Path

import pytest
from pushmark_graders import temporary


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def killed() -> Path:
    """The folder of a process that was killed."""
    ready, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        with temporary.folder() as made:
            (made / "submission").mkdir()
            (made / "submission" / "file").write_text("kept")
            os.write(theirs, str(made).encode())
            signal.pause()
    made = Path(os.read(ready, 4096).decode())
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(ready)
    os.close(theirs)
    return made


def test_a_folder_is_there_for_as_long_as_it_is_used(place: Path) -> None:
    with temporary.folder() as made:
        (made / "file").write_text("")
        assert made.parent == place
    assert list(place.iterdir()) == []


def test_what_a_killed_process_left_goes_when_the_next_begins() -> None:
    left = killed()
    assert (left / "submission" / "file").read_text() == "kept"
    with temporary.folder() as made:
        assert not left.exists()
        assert made.exists()


def test_the_folders_of_the_living_are_kept() -> None:
    with temporary.folder() as first, temporary.folder() as second:
        temporary.sweep()
        assert first.is_dir() and second.is_dir()


def test_what_is_no_folder_of_ours_is_kept(place: Path) -> None:
    (place / "elsewhere").mkdir()
    (place / "pushmark-grading-link").symlink_to(place / "elsewhere")
    (place / "pushmark-grading-file").write_text("")
    (place / "pushmark-other").mkdir()
    temporary.sweep()
    assert len(list(place.iterdir())) == 4


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_the_folders_of_other_users_are_kept(place: Path) -> None:
    left = killed()
    os.chown(left, 65534, 65534)
    temporary.sweep()
    assert left.is_dir()


def test_a_folder_that_a_sweep_takes_before_it_is_held_is_made_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = fcntl.flock
    swept: list[Path] = []

    def late(descriptor: int, how: int) -> None:
        if not swept:
            (only,) = place.iterdir()
            swept.append(only)
            only.rmdir()
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with temporary.folder() as made:
        assert made.is_dir()
        assert made != swept[0]
