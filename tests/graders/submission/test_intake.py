"""Taking a submission in: what is copied, what is put back, what is left out, and what is said about it."""

import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pushmark_graders.errors import PushmarkError
from pushmark_graders.lab.spec import SubmissionSpec
from pushmark_graders.submission.intake import MAX_DEPTH, Taken, is_editable, take

BASE = {"README.md": "read me\n", "checks/test_a.py": "lab\n", "src/a.py": "starter\n", "src/b.py": "starter\n"}
Write = Callable[[Path, Mapping[str, str | bytes]], Path]
Take = Callable[..., tuple[Taken, dict[str, bytes]]]


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def repository(tmp_path: Path, write: Write) -> Path:
    """A learner's unchanged repository, to change."""
    return write(tmp_path / "theirs", BASE)


@pytest.fixture
def taken(tmp_path: Path, repository: Path, write: Write) -> Take:
    def go(**changes: object) -> tuple[Taken, dict[str, bytes]]:
        spec = msgspec.structs.replace(SubmissionSpec(editable=["src/*.py"]), **changes)
        target = tmp_path / "target"
        target.mkdir()
        return take(spec, write(tmp_path / "base", BASE), repository, target), content(target)

    return go


@pytest.mark.parametrize(
    ("name", "pattern", "matches"),
    [
        ("a.py", "*.py", True),
        ("src/a.py", "*.py", False),
        ("src/a.py", "src/*.py", True),
        ("src/deep/a.py", "src/*.py", False),
        ("src/a.py", "src/**/*.py", True),
        ("src/deep/a.py", "src/**/*.py", True),
        ("src/very/deep/a.py", "src/**/*.py", True),
        ("srcs/a.py", "src/**/*.py", False),
        ("src/a.py", "**/*.py", True),
        ("a.py", "**/*.py", True),
        ("a.txt", "**/*.py", False),
        ("src/deep/data.csv", "src/**", True),
        ("src", "src/**", False),
        ("src/deep/data.csv", "src/", True),
        ("src/A.py", "src/a.py", False),
        ("notes/x/a.py", "notes/*/a.py", True),
        ("notes/x/y/a.py", "notes/*/a.py", False),
        ("src/a.pyc", "src/**/*.py", False),
        ("checks/src/a.py", "src/**/*.py", False),
        ("src/a/b/c.py", "src/**/b/*.py", True),
        ("src/a/b/x/c.py", "src/**/b/*.py", False),
    ],
)
def test_a_star_stays_inside_a_folder_and_two_cross_folders(name: str, pattern: str, matches: bool) -> None:
    assert is_editable(name, SubmissionSpec(editable=[pattern])) is matches


@given(name=st.text("abc/.*[]!?\n", min_size=1), pattern=st.text("abc/.*[]!?", min_size=1))
def test_no_name_or_pattern_breaks_the_match(name: str, pattern: str) -> None:
    assert is_editable(name, SubmissionSpec(editable=[pattern])) in (True, False)


def test_an_unchanged_submission_is_taken_without_a_remark(taken: Take) -> None:
    result, files = taken()
    assert files == {name: text.encode() for name, text in BASE.items()}
    assert result.editable == ["src/a.py", "src/b.py"]
    assert (result.integrity.overlaid, result.integrity.ignored, result.integrity.flags) == ([], [], [])


def test_editable_files_come_from_the_submission_and_a_deleted_one_stays_deleted(taken: Take, repository: Path) -> None:
    (repository / "src/a.py").write_text("mine\n")
    (repository / "src/b.py").unlink()
    (repository / "src/c.py").write_text("new\n")
    result, files = taken()
    assert {name: text for name, text in files.items() if name.startswith("src")} == {
        "src/a.py": b"mine\n",
        "src/c.py": b"new\n",
    }
    assert result.editable == ["src/a.py", "src/c.py"]
    assert result.integrity.overlaid == []


def test_files_of_the_lab_are_put_back_and_the_difference_is_reported(taken: Take, repository: Path) -> None:
    (repository / "checks/test_a.py").write_text("LAB\n")  # the same size
    (repository / "README.md").unlink()
    result, files = taken()
    assert files["checks/test_a.py"] == b"lab\n"
    assert files["README.md"] == b"read me\n"
    assert result.integrity.overlaid == ["README.md (deleted)", "checks/test_a.py"]


def test_a_lab_file_replaced_by_a_link_is_put_back_and_flagged(taken: Take, repository: Path) -> None:
    (repository / "checks/test_a.py").unlink()
    (repository / "checks/test_a.py").symlink_to("/etc/passwd")
    result, files = taken()
    assert files["checks/test_a.py"] == b"lab\n"
    assert result.integrity.flags == ["checks/test_a.py is a symbolic link and was left out"]


def test_unknown_files_are_left_out_and_listed_unless_the_lab_ignores_them(taken: Take, repository: Path) -> None:
    for name in ("conftest.py", "notes/plan.txt", "models/model.bin"):
        (repository / name).parent.mkdir(exist_ok=True)
        (repository / name).write_text("x")
    result, files = taken(ignore=["models/**"])
    assert set(files) == set(BASE)
    assert result.integrity.ignored == ["conftest.py", "notes/plan.txt"]


def test_folders_that_tools_make_are_no_part_of_a_submission(taken: Take, repository: Path) -> None:
    for name in (".git/config", ".venv/x.py", "src/__pycache__/a.pyc", ".dvc/cache/f", "mlruns/0/m", "mlflow.db"):
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text("x")
    result, files = taken()
    assert set(files) == set(BASE)
    assert result.integrity.ignored == []


@pytest.mark.parametrize("kind", ["link", "folder link", "hard link", "pipe", "socket"])
def test_what_is_no_regular_file_is_left_out_flagged_and_never_opened(
    taken: Take, repository: Path, tmp_path: Path, kind: str
) -> None:
    secret = tmp_path / "secret.py"
    secret.write_text("secret")
    path = repository / "src" / "c.py"
    made: dict[str, Callable[[], object]] = {
        "link": lambda: path.symlink_to(secret),
        "folder link": lambda: path.symlink_to(tmp_path),
        "hard link": lambda: path.hardlink_to(secret),
        "pipe": lambda: os.mkfifo(path),
        "socket": lambda: socket.socket(socket.AF_UNIX).bind(str(path)),
    }
    if kind == "socket":
        with socket.socket(socket.AF_UNIX) as made_socket:
            made_socket.bind(os.path.relpath(path))  # an absolute one may be too long for an address
    else:
        made[kind]()
    result, files = taken()
    assert "src/c.py" not in files
    said = {"folder link": "a symbolic link", "link": "a symbolic link", "hard link": "a hard link"}
    assert result.integrity.flags == [f"src/c.py is {said.get(kind, 'not a regular file')} and was left out"]


def test_too_many_editable_files_are_refused_with_both_numbers(taken: Take, repository: Path) -> None:
    for number in range(4):
        (repository / f"src/extra{number}.py").write_text("")
    with pytest.raises(PushmarkError, match="6 editable files; the lab allows 5"):
        taken(max_files=5)


def test_too_many_editable_bytes_are_refused_and_the_largest_file_is_named(taken: Take, repository: Path) -> None:
    (repository / "src/big.py").write_bytes(b"#" * 5000)
    with pytest.raises(PushmarkError, match=r"5,016 bytes; the lab allows 5,000 \(largest: src/big.py\)"):
        taken(max_bytes=5000)


def test_a_sparse_file_counts_with_its_whole_size(taken: Take, repository: Path) -> None:
    with (repository / "src/hole.py").open("wb") as hole:
        hole.truncate(1 << 40)
    with pytest.raises(PushmarkError, match="editable files have"):
        taken()


def test_a_name_that_is_not_utf_8_is_taken_and_reported_as_text(taken: Take, repository: Path) -> None:
    for folder in ("src", "notes"):
        (repository / folder).mkdir(exist_ok=True)
        Path(os.fsdecode(os.fsencode(repository / folder) + b"/\xff.py")).write_text("x = 1\n")
    result, files = taken()
    assert os.fsdecode(b"src/\xff.py") in files
    assert result.integrity.ignored == ["notes/\\xff.py"]
    assert msgspec.json.encode(result.integrity)


def test_a_tree_without_end_is_cut_and_flagged(taken: Take, repository: Path) -> None:
    deepest = repository / "src"
    for _ in range(MAX_DEPTH * 2):
        deepest = deepest / "d"
    deepest.mkdir(parents=True)
    (deepest / "a.py").write_text("x")
    result, files = taken(editable=["src/**/*.py"])
    assert set(files) == set(BASE)
    assert "nested more than" in result.integrity.flags[0]


def test_a_file_where_the_lab_has_a_folder_is_a_clear_refusal(taken: Take, repository: Path) -> None:
    (repository / "checks/test_a.py").unlink()
    (repository / "checks").rmdir()
    (repository / "checks").write_text("not a folder")
    with pytest.raises(PushmarkError, match="cannot be taken in"):
        taken(editable=["src/*.py", "checks"])


def test_long_lists_are_cut_and_say_how_many_more_there_are(taken: Take, repository: Path) -> None:
    for number in range(60):
        (repository / f"{number:02}.txt").write_text("x")
    result, _ = taken()
    assert len(result.integrity.ignored) == 51
    assert result.integrity.ignored[-1] == "... and 10 more"


def test_a_learners_own_repository_is_base_and_submission_at_once(repository: Path, tmp_path: Path) -> None:
    (repository / "checks/test_a.py").write_text("changed\n")
    (tmp_path / "target").mkdir()
    result = take(SubmissionSpec(editable=["src/*.py"]), repository, repository, tmp_path / "target")
    assert result.integrity.overlaid == []
    assert content(tmp_path / "target")["checks/test_a.py"] == b"changed\n"


def test_a_missing_submission_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(PushmarkError, match="no such folder"):
        take(SubmissionSpec(editable=["*"]), tmp_path, tmp_path / "nowhere", tmp_path)
