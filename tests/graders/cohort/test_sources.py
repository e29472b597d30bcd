"""What a person names becomes submissions with labels that are file names and stay the same."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pushmark_graders.cohort.sources import labelled, read
from pushmark_graders.errors import PushmarkError


def folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


def test_a_folder_is_called_by_its_name_wherever_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = folder(tmp_path / "ada")
    monkeypatch.chdir(ada)
    assert [one.label for one in read([".", str(ada), "../ada/"])] == ["ada"]


def test_each_subfolder_is_a_submission(tmp_path: Path) -> None:
    for name in ("grace", "ada", ".git"):
        folder(tmp_path / "all" / name)
    (tmp_path / "all" / "notes.txt").write_text("")
    (tmp_path / "all" / "link").symlink_to(tmp_path / "all" / "ada")
    assert [one.label for one in read([str(tmp_path / "all")], each=True)] == ["ada", "grace"]
    with pytest.raises(PushmarkError, match="no folder in it"):
        read([str(tmp_path / "all" / "ada")], each=True)


def test_the_folder_of_the_reports_is_no_submission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ada", "reports"):
        folder(tmp_path / "all" / name)
    monkeypatch.chdir(tmp_path / "all")
    assert [one.label for one in read(["."], each=True, apart=Path("reports"))] == ["ada"]


def test_what_is_not_there_is_named_with_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for argument, what in (("nobody", "no such folder"), ("file", "not a folder"), ("nobody@main", "no such folder")):
        with pytest.raises(PushmarkError, match=what) as caught:
            read([str(tmp_path / argument)])
        assert "REPO@REF" in caught.value.next_step


def test_a_path_with_an_at_sign_may_be_a_folder_or_a_repository(tmp_path: Path, git: Callable[..., str]) -> None:
    at = folder(tmp_path / "ada@home")
    git(at, "init", "-q", "-b", "a@b")
    git(at, "commit", "-q", "--allow-empty", "-m", "Start")
    (plain,) = read([str(at)])
    (commit,) = read([f"{at}@a@b"])
    assert (plain.label, plain.reference.commit) == ("ada@home", "")
    assert (commit.label, commit.reference.commit) == ("ada@home@a@b", git(at, "rev-parse", "HEAD"))


def test_equal_names_are_told_apart_in_the_same_way_each_time(tmp_path: Path) -> None:
    paths = [tmp_path / one / name for one, name in (("a", "work"), ("b", "Work"), ("c", "other"))]
    labels = [one.label for one in labelled(paths)]
    assert labels == [one.label for one in reversed(labelled(reversed(paths)))]
    assert labels[2] == "other"
    assert re.fullmatch(r"work-[0-9a-f]{8}", labels[0])
    assert labels[0].casefold() != labels[1].casefold()


@given(st.lists(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1), unique=True))
def test_a_label_is_a_file_name_of_its_own_for_any_name(names: list[str]) -> None:
    labels = [one.label for one in labelled(Path("/all") / name for name in names if name not in (".", ".."))]
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,120}", label) for label in labels)
    assert len({label.casefold() for label in labels}) == len(labels)
