"""The learner's files as a check sees them."""

from pathlib import Path

import pytest
from pushmark_graders.report.model import Location
from pushmark_graders.submission.errors import MissingFile, Unreadable
from pushmark_graders.submission.submitted import KEPT_BYTES, SubmittedFiles, label, place, take_down

FILES = SubmittedFiles({"b.py": b"b = 1\n", "src/a.py": b"\xef\xbb\xbfa = 1\n", "latin.txt": b"one\ncaf\xe9\n"})


def test_names_are_sorted_and_matched_as_in_lab_toml() -> None:
    assert FILES.names == ("b.py", "latin.txt", "src/a.py")
    assert FILES.matching("**/*.py") == ("b.py", "src/a.py")
    assert FILES.matching("*.py", "*.txt") == ("b.py", "latin.txt")
    assert FILES.matching() == ()


def test_a_file_is_bytes_or_text_without_its_byte_order_mark() -> None:
    assert FILES.read("b.py") == b"b = 1\n"
    assert FILES.text("src/a.py") == "a = 1\n"
    assert FILES.size("src/a.py") == 9


def test_a_file_that_is_not_there_is_a_wrong_answer_that_names_it() -> None:
    with pytest.raises(MissingFile, match=r"There is no file notes\.md\. Add it") as caught:
        FILES.text("notes.md")
    assert caught.value.state == "failed"


def test_a_file_that_is_not_utf_8_is_an_error_with_its_line() -> None:
    with pytest.raises(Unreadable, match=r"latin\.txt, line 2 is not UTF-8 text") as caught:
        FILES.text("latin.txt")
    assert caught.value.state == "error"
    assert caught.value.location == Location(path="latin.txt", line=2)


def test_a_large_file_is_known_by_its_size_alone(tmp_path: Path) -> None:
    (tmp_path / "large.bin").write_bytes(b"x" * (KEPT_BYTES + 1))
    (tmp_path / "kept.bin").write_bytes(b"x" * KEPT_BYTES)
    files = take_down(tmp_path, ["kept.bin", "large.bin"])
    assert files.size("large.bin") == KEPT_BYTES + 1
    assert len(files.read("kept.bin")) == KEPT_BYTES
    with pytest.raises(Unreadable, match="1,048,577 bytes"):
        files.read("large.bin")


def test_a_link_is_never_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    (tmp_path / "link").symlink_to("secret")
    with pytest.raises(OSError, match="link"):
        take_down(tmp_path, ["link"])


@pytest.mark.parametrize("name", ["a\nb.py", "a\x1b[31mb.py", "a\u202eb.py", "a\udcffb.py", "x" * 5_000])
def test_an_odd_name_is_one_inert_line_and_no_link(name: str) -> None:
    shown = label(name)
    assert shown.isprintable()
    assert len(shown) <= 120
    assert shown.startswith(name[0])
    assert shown.encode()
    assert place(name, 1) is None


def test_what_is_not_printable_in_a_name_is_shown_as_an_escape() -> None:
    assert label("a\nb\x1b[31m\u202e\udcff é.py") == r"a\nb\x1b[31m\u202e\udcff é.py"


def test_what_the_view_gives_cannot_change_it() -> None:
    contents = {"a.py": b"1"}
    files = SubmittedFiles(contents)
    contents["a.py"] = b"2"
    assert files.read("a.py") == b"1"
