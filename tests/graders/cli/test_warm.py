"""`pushmark warm` keeps libraries loaded for the other commands, and leaves nothing when it ends."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PUSHMARK = str(Path(sys.executable).with_name("pushmark"))
TINY = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
SECONDS = 60.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="fork servers are for Linux")
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    return {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ} | {
        "XDG_RUNTIME_DIR": str(runtime)
    }


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """The tiny lab, with a library to keep loaded."""
    lab = shutil.copytree(TINY, tmp_path / "tiny-lab", ignore=shutil.ignore_patterns("__pycache__"))
    text = (lab / "lab.toml").read_text()
    assert "preload" not in text
    (lab / "lab.toml").write_text(text.replace("[submission]\n", '[submission]\npreload = ["decimal", "json"]\n'))
    return lab


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def go(*options: str | Path) -> "subprocess.Popen[str]":
        child = subprocess.Popen(
            [PUSHMARK, "warm", *options],
            env=environment,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(child)
        return child

    yield go
    for child in started:
        child.kill()
        child.communicate(timeout=SECONDS)


def run(environment: dict[str, str], *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [PUSHMARK, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=SECONDS
    )


def first_line(child: "subprocess.Popen[str]") -> str:
    assert child.stdout is not None
    return child.stdout.readline()


def server_of(child: "subprocess.Popen[str]") -> int:
    (server,) = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
    return int(server)


def test_grade_takes_its_workers_from_it(start: Start, environment: dict[str, str], lab: Path) -> None:
    child = start(lab, "--json")
    ready = json.loads(first_line(child))
    assert ready == {"labs": ["tiny-lab"], "libraries": ["decimal", "json"], "missing": [], "borrowed": False}
    offered = Path(environment["XDG_RUNTIME_DIR"]) / f"pushmark-pools-{os.getuid()}"
    assert len(list(offered.iterdir())) == 1
    graded = run(environment, "grade", lab, lab / "solution", "--json", "--quiet")
    assert graded.returncode == 0, graded.stderr
    assert json.loads(graded.stdout)["timing"]["workers"] == "warm"
    child.send_signal(signal.SIGINT)
    assert child.wait(SECONDS) == 0
    assert list(Path(environment["XDG_RUNTIME_DIR"]).iterdir()) == []


def test_a_second_one_says_that_the_libraries_are_loaded_already(start: Start, lab: Path) -> None:
    assert "loaded in" in first_line(start(lab))
    assert "another command has them loaded already" in first_line(start(lab))


def test_a_server_that_is_killed_ends_it_with_a_next_step(start: Start, lab: Path) -> None:
    child = start(lab)
    first_line(child)
    os.kill(server_of(child), signal.SIGKILL)
    _, said = child.communicate(timeout=SECONDS)
    assert child.returncode == 3
    assert "start this again" in said


def test_a_lab_without_libraries_is_refused(environment: dict[str, str]) -> None:
    done = run(environment, "warm", TINY)
    assert done.returncode == 2
    assert "submission.preload" in done.stderr


def test_a_library_that_is_not_installed_is_named(start: Start, lab: Path) -> None:
    text = (lab / "lab.toml").read_text().replace('"decimal"', '"no_such_library"')
    (lab / "lab.toml").write_text(text)
    child = start(lab)
    assert "no_such_library" in first_line(child)
    child.send_signal(signal.SIGTERM)
    _, said = child.communicate(timeout=SECONDS)
    assert said == "tiny-lab: not installed here, so not loaded: no_such_library\n"
    assert child.returncode == 0
