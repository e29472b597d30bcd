"""What is installed: each folder holds one package, the version is one, and the wheel holds everything."""

import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pushmark_bot
import pushmark_graders
import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = {"graders": "pushmark_graders", "bot": "pushmark_bot"}
LEFT_BEHIND = {"__pycache__", ".mypy_cache", ".ruff_cache"}


def files_of(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and not LEFT_BEHIND & set(path.parts) and path.suffix != ".pyc"
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution, built offline from a copy of what they are made of."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for folder in PACKAGES:
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    for name in ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, source)
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", out], cwd=source, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(next(built.glob("*.whl")))


@pytest.mark.parametrize(("folder", "package"), PACKAGES.items())
def test_a_source_folder_holds_exactly_one_import_package(folder: str, package: str) -> None:
    """A stray module beside it would import in an editable install and be missing from the wheel."""
    assert [path.name for path in (ROOT / folder).iterdir() if path.name not in LEFT_BEHIND] == [package]
    assert (ROOT / folder / package / "__init__.py").is_file()


@pytest.mark.parametrize(("folder", "package"), PACKAGES.items())
def test_every_folder_of_modules_is_a_regular_package(folder: str, package: str) -> None:
    """A folder without `__init__.py` would be a namespace, which a learner's folder could join."""
    for path in (ROOT / folder / package).rglob("*.py"):
        if "skeleton_files" not in path.parts:
            assert (path.parent / "__init__.py").is_file(), path


def test_the_version_is_one() -> None:
    version = PROJECT["project"]["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert version == pushmark_graders.__version__ == metadata.version("pushmark")
    assert getattr(pushmark_bot, "__version__", version) == version


def test_the_wheel_holds_every_file_of_both_packages_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    expected = {
        f"{package}/{name}" for folder, package in PACKAGES.items() for name in files_of(ROOT / folder / package)
    }
    assert names == expected
    for name in ("report/report-v1.schema.json", "py.typed", "worker/entry.py", "cli/__init__.py"):
        assert f"pushmark_graders/{name}" in names


def test_the_wheel_names_its_commands_and_licence(wheel: zipfile.ZipFile) -> None:
    information = {name.split("/", 1)[1]: name for name in wheel.namelist() if ".dist-info/" in name}
    scripts = wheel.read(information["entry_points.txt"]).decode()
    assert "pushmark = pushmark_graders.cli:main" in scripts
    assert "pushmark-bot = pushmark_bot.cli:main" in scripts
    assert "licenses/LICENSE" in information
    described = wheel.read(information["METADATA"]).decode()
    for extra in ("ml", "bot", "dev"):
        assert f"Provides-Extra: {extra}" in described


def test_the_source_distribution_holds_no_lab_and_no_solution(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert "graders/pushmark_graders/cli/__init__.py" in names
    assert not [name for name in names if name.startswith(("labs", "tests", "template_repo"))]


def test_the_wheel_alone_checks_a_submission(built: Path, tmp_path: Path) -> None:
    """Installed beside this environment's libraries, with none of the repository in reach."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    site = next((tmp_path / "venv").glob("lib/python*/site-packages"))
    with zipfile.ZipFile(next(built.glob("*.whl"))) as archive:
        archive.extractall(site)
    (site / "libraries.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    tiny = ROOT / "tests" / "fixtures" / "tiny-lab"
    learner = shutil.copytree(tiny / "solution", tmp_path / "learner")
    shutil.copy(tiny / "lab.toml", learner)
    (learner / "checks").mkdir()
    shutil.copy(tiny / "checks" / "test_words.py", learner / "checks")
    code = (
        "import sys; from pushmark_graders.cli import __file__ as where, main; assert where.startswith(sys.prefix); "
        "sys.argv = ['pushmark', 'check', sys.argv[1], '--json']; main()"
    )
    done = subprocess.run(
        [tmp_path / "venv" / "bin" / "python", "-I", "-c", code, learner], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"points": 8.0' in done.stdout
