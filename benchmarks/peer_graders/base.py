"""What every adapter shares: the exercise, the canaries, an environment of its own, and hostile code held at bay.

The exercise has four checks of five points: two that a learner may see, two that are hidden. `HALF` answers one
of each kind rightly, `SOLUTION` all four.
"""

import contextlib
import ctypes
import hashlib
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pushmark_graders import cache

POINTS_EACH = 5.0
CHECKS = ("total", "discount", "mean", "predict")
FILE = "student_code.py"

SOLUTION = """import numpy as np


def total(prices):
    return sum(prices)


def discount(price, share):
    return price * (1.0 - share)


def mean(values):
    return sum(values) / len(values)


def predict(x):
    return 3.0 * np.asarray(x) + 1.0
"""

HALF = SOLUTION.replace("price * (1.0 - share)", "-1.0").replace("3.0 * np.asarray(x) + 1.0", "0.0 * np.asarray(x)")

LEARNER_UID = 61_500
"""Who runs a grader that has no user of its own for learners, when the benchmark is started by root."""

SECONDS = 60.0
"""After this a grading is ended, and counts as no points."""

SETTLE_SECONDS = 0.3
"""Between the end of a grader and the reading of its results, as in any set-up of two steps."""

OUTPUT_BYTES = 1 << 20
_PR_SET_CHILD_SUBREAPER = 36
TORCH = "torch==2.13.0"


@dataclass(frozen=True)
class Canaries:
    """Random words that no learner may see: in the hidden checks' source, among their labels, in the environment."""

    source: str
    labels: str
    environment: str

    def words(self) -> tuple[str, ...]:
        return (self.source, self.labels, self.environment)

    def fill(self, text: str) -> str:
        return text.replace("@SOURCE@", self.source).replace("@LABELS@", self.labels)


@dataclass(frozen=True)
class Ran:
    """One run of a grader: how long it took, and what it printed."""

    status: int | None
    seconds: float
    output: str


@dataclass(frozen=True)
class Graded:
    """Points of 20, all text that a learner gets to see, and the seconds from start to end of the grader."""

    points: float
    seen: str
    seconds: float


class Grader(Protocol):
    """A grader, set up in a folder of its own by `prepare`."""

    name: str
    one_file: bool
    """A submission is one Python file, so that attacks which need a second one do not apply."""

    def prepare(self, folder: Path, canaries: Canaries) -> None:
        """Install it if need be, and write the exercise for it. Raises Unavailable."""

    def versions(self) -> dict[str, str]:
        """Its distributions and their versions."""

    def grade(self, files: Mapping[str, str], place: Path) -> Graded:
        """Grade a submission; `place` is an empty folder for this grading alone."""


class Unavailable(Exception):
    """This grader cannot be set up here; says why."""


def environment(name: str, *requirements: str, interpreter: str = "") -> Path:
    """A virtual environment with `requirements`, made on first use; returns its python.

    It is one of `interpreter`, or of a Python that ordinary users can start. Should anything ask for PyTorch,
    it gets the one version that is small. Raises Unavailable.
    """
    interpreter = interpreter or _interpreter()
    digest = hashlib.sha256("\n".join([interpreter, sys.version, *requirements]).encode()).hexdigest()[:12]
    folder = _readable_cache() / f"{name}-{digest}"
    python, ready = folder / "bin" / "python", folder / ".ready"
    if not ready.exists():
        print(f"installing {name} into {folder} (once)", file=sys.stderr)
        _must([interpreter, "-m", "venv", "--clear", "--without-pip", str(folder)])
        constraints = folder / "constraints.txt"
        constraints.write_text(f"{TORCH}\n")
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-input"]
        for wanted in _rounds(requirements):
            _must([*pip, "--disable-pip-version-check", "-c", str(constraints), *wanted])
        ready.touch()
    return python


def _rounds(requirements: Sequence[str]) -> list[list[str]]:
    """PyTorch before all else, so that nothing pulls in another build of it."""
    rest = [requirement for requirement in requirements if requirement != TORCH]
    return [[TORCH], rest] if len(rest) < len(requirements) else [rest]


def _interpreter() -> str:
    """Our own Python, or the system's where an ordinary user could not start ours."""
    ours = str(Path(sys.executable).resolve())
    if os.getuid() != 0 or _open_to_all(Path(ours)):
        return ours
    done = subprocess.run(["/usr/bin/python3", "-c", "import sys; print(sys.version_info >= (3, 11))"],
                          capture_output=True, text=True, check=False)  # fmt: skip
    if done.stdout.strip() != "True":
        raise Unavailable(f"{ours} is closed to other users, and there is no Python 3.11 in /usr/bin")
    return "/usr/bin/python3"


def _open_to_all(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in [path, *path.parents])


def _readable_cache() -> Path:
    """A cache folder that an ordinary user can read, too: root's home is usually closed to others."""
    folder = cache.folder()
    if os.getuid() == 0 and not _open_to_all(folder):
        folder = Path("/var/cache/pushmark")
    folder /= "peers"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _must(argv: list[str]) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable((done.stderr.strip() or done.stdout.strip()).splitlines()[-1][:200])


def versions(python: Path, *names: str) -> dict[str, str]:
    """Versions of the distributions `names` in the environment of `python`."""
    code = "import sys, importlib.metadata as m; print(*(m.version(name) for name in sys.argv[1:]))"
    done = subprocess.run([str(python), "-c", code, *names], capture_output=True, text=True, check=True)
    return dict(zip(names, done.stdout.split(), strict=True))


def learner_uid() -> int | None:
    """The ordinary user that hostile code runs as, when we are root."""
    return LEARNER_UID if os.getuid() == 0 else None


def plain_variables(python: Path, home: Path) -> dict[str, str]:
    """The whole environment of a grader, but for a secret: the same for all, and nothing of the user's own."""
    temporary = home / "tmp"
    temporary.mkdir(exist_ok=True)
    return {
        "PATH": f"{python.parent}:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
    }


def variables(python: Path, home: Path, canaries: Canaries) -> dict[str, str]:
    """The same, with a token that a course's job would hold."""
    return plain_variables(python, home) | {"SECRET_TOKEN": canaries.environment}


def hand_over(folder: Path, uid: int | None) -> None:
    """Make `folder` and all in it belong to `uid`."""
    if uid is not None:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, uid, uid, follow_symlinks=False)


def lay(files: Mapping[str, str], target: Path) -> None:
    """Write the files of a submission."""
    for name, text in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def run(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path, uid: int | None = None) -> Ran:
    """Run a grader to its end as `uid`, and then end everything that it left behind."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    adopt_orphans()
    started = time.perf_counter()
    with log.open("wb") as output:
        child = subprocess.Popen(
            argv,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=uid,
            group=uid,
            extra_groups=None if uid is None else [],
        )
        try:
            status: int | None = child.wait(SECONDS)
        except subprocess.TimeoutExpired:
            status = None
    seconds = time.perf_counter() - started
    time.sleep(SETTLE_SECONDS)
    end_descendants()
    child.wait()
    with log.open("rb") as output:
        return Ran(status, seconds, output.read(OUTPUT_BYTES).decode("utf-8", "replace"))


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies: no daemon gets away."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_descendants() -> None:
    """Kill all children, adopted ones included, until none is left."""
    own = Path(f"/proc/self/task/{os.getpid()}/children")
    until = time.monotonic() + 10.0
    while (children := own.read_text().split()) and time.monotonic() < until:
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(int(child), 0)
