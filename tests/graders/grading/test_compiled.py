"""Check files are compiled once for each content, and what is kept changes no verdict and no message."""

import os
import stat
import sys
from pathlib import Path

import pytest
from pushmark_graders.errors import LabError
from pushmark_graders.grading import compiled, session
from pushmark_graders.grading.session import Plan
from pushmark_graders.lab.spec import load_lab

LAB = """
schema = 1
slug = "one"
title = "One"
version = "1.0.0"
summary = "One check."
[[tasks]]
number = 1
title = "All"
[submission]
editable = ["work.py"]
"""
CHECK = '''
from pushmark_graders.checks import task


@task(1, points=1)
def test_{name}():
    """A sentence."""
    found = {found}
    assert found == 2, "why"
'''


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of what is kept; empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "pushmark" / "checks"


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    root = tmp_path / "one"
    (root / "checks").mkdir(parents=True)
    (root / "lab.toml").write_text(LAB)
    (root / "README.md").write_text("# One\n")
    (root / "checks" / "test_one.py").write_text(CHECK.format(name="it", found=2))
    return root


def listed(lab: Path) -> list[str]:
    return [check.id for check in session.run(Plan(spec=load_lab(lab), data=lab, seed="x")).checks]


def test_a_check_file_is_compiled_once_and_again_when_it_changes(
    lab: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert listed(lab) == ["it"]
    assert len(list(kept.iterdir())) == 1
    with monkeypatch.context() as patch:
        patch.setattr(compiled, "rewrite_asserts", lambda *_: pytest.fail("compiled again"))
        assert listed(lab) == ["it"]
    file = lab / "checks" / "test_one.py"
    times = file.stat()
    file.write_text(CHECK.format(name="at", found=2))  # as long as before, and as old
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert listed(lab) == ["at"]


def test_what_is_kept_fails_with_the_message_that_pytest_gives(tmp_path: Path) -> None:
    file = tmp_path / "test_it.py"
    file.write_text(CHECK.format(name="it", found=3))
    messages = []
    for _ in range(2):
        place: dict[str, object] = {}
        exec(compiled.code_of(file), place)
        function = place["test_it"]
        assert callable(function)
        with pytest.raises(AssertionError) as caught:
            function()
        messages.append(str(caught.value))
    assert messages == ["why\nassert 3 == 2"] * 2


def test_only_this_user_reads_what_is_kept(lab: Path, kept: Path) -> None:
    listed(lab)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [b"", b"no code", b"\xe3\x00", b"i\x01\x00\x00\x00"])
def test_what_cannot_be_read_is_compiled_again(lab: Path, kept: Path, content: bytes) -> None:
    listed(lab)
    (one,) = kept.iterdir()
    one.write_bytes(content)
    assert listed(lab) == ["it"]
    assert len(one.read_bytes()) > 100


def test_without_a_cache_folder_check_files_are_compiled_each_time(
    lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert listed(lab) == ["it"]


def test_a_fault_in_a_check_file_names_its_line(lab: Path) -> None:
    file = lab / "checks" / "test_one.py"
    for text in ("\nimport no_such_library\n", "\n1 +\n"):
        file.write_text(text)
        for _ in range(2):
            with pytest.raises(LabError, match=r"(?s)test_one\.py.*line 2"):
                listed(lab)


def test_what_is_kept_does_not_grow_without_end(tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_KEPT", 3)
    monkeypatch.setattr(compiled, "_TOO_MANY", 6)
    file = tmp_path / "test_it.py"
    for number in range(20):
        file.write_text(f"x = {number}\n")
        compiled.code_of(file)
    assert len(list(kept.iterdir())) <= 6
    before = set(kept.iterdir())
    compiled.code_of(file)
    assert set(kept.iterdir()) == before


def test_other_modules_of_the_lab_are_imported_as_ever(lab: Path) -> None:
    (lab / "checks" / "helping.py").write_text("VALUE = 2\n")
    text = CHECK.format(name="it", found="helping.VALUE").replace("from", "import helping\nfrom", 1)
    (lab / "checks" / "test_one.py").write_text(text)
    finders = list(sys.meta_path)
    assert listed(lab) == ["it"]
    assert sys.meta_path == finders
    assert "helping" not in sys.modules
    assert not (lab / "checks" / "__pycache__").exists()
