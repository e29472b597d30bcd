"""What is graded is what was submitted: Python files that training changed are put back, and named."""

import os
from pathlib import Path

import pytest
from pushmark_graders.grading.sources import put_back, snapshot


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "submission"
    (made / "src").mkdir(parents=True)
    for name in ("src/a.py", "src/b.py", "train.py"):
        (made / name).write_text(f"# {name}\n")
    (made / "metrics.json").write_text("{}")
    return made


def test_an_honest_run_leaves_the_sources_alone_and_is_not_mentioned(folder: Path) -> None:
    before = snapshot(folder)
    (folder / "metrics.json").write_text('{"auc": 1}')
    (folder / "model.bin").write_bytes(b"x")
    assert put_back(folder, before) == []


def test_what_a_run_changed_deleted_or_added_is_named_and_the_submitted_files_are_back(folder: Path) -> None:
    before = snapshot(folder)
    (folder / "src" / "a.py").write_text("# changed")
    (folder / "src" / "b.py").unlink()
    (folder / "src" / "new.py").write_text("# new")
    assert put_back(folder, before) == [
        "training changed src/a.py; the submitted file was graded",
        "training changed src/b.py; the submitted file was graded",
        "training wrote src/new.py, which was not submitted",
    ]
    assert {name: content for name, content in snapshot(folder).items() if name in before} == before


def test_links_pipes_and_folders_in_the_place_of_sources_lead_nowhere(folder: Path, tmp_path: Path) -> None:
    before = snapshot(folder)
    outside = tmp_path / "outside"
    (outside / "src").mkdir(parents=True)
    (outside / "victim.py").write_text("untouched")
    for path in (folder / "src").iterdir():
        path.unlink()
    (folder / "src").rmdir()
    (folder / "src").symlink_to(outside / "src")
    (folder / "train.py").unlink()
    (folder / "train.py").symlink_to(outside / "victim.py")
    assert len(put_back(folder, before)) == 3
    assert snapshot(folder) == before
    assert (outside / "victim.py").read_text() == "untouched"
    assert list((outside / "src").iterdir()) == []


def test_a_pipe_or_a_full_folder_in_the_place_of_a_source_is_no_obstacle(folder: Path) -> None:
    before = snapshot(folder)
    (folder / "train.py").unlink()
    os.mkfifo(folder / "train.py")
    (folder / "src" / "a.py").unlink()
    (folder / "src" / "a.py" / "deep").mkdir(parents=True)
    (folder / "src" / "a.py" / "deep" / "file").write_text("x")
    assert len(put_back(folder, before)) == 2
    assert snapshot(folder) == before
