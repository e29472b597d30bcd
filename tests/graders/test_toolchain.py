"""What grades is one value that changes with Pushmark's own files and with what is installed."""

import shutil
from importlib import metadata
from pathlib import Path

import pushmark_graders
import pytest
from pushmark_graders import toolchain


def test_it_is_the_same_until_a_file_of_pushmark_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = Path(shutil.copytree(Path(pushmark_graders.__file__).parent, tmp_path / "pushmark_graders"))
    before = toolchain.fingerprint()
    monkeypatch.setattr(pushmark_graders, "__file__", str(copy / "__init__.py"))
    assert toolchain.fingerprint() == before
    (copy / "grading" / "grade.py").write_text("")
    assert toolchain.fingerprint() != before


def test_another_set_of_libraries_is_another_value(monkeypatch: pytest.MonkeyPatch) -> None:
    before = toolchain.fingerprint()
    monkeypatch.setattr(metadata, "distributions", list)
    assert toolchain.fingerprint() != before
