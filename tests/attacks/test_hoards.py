"""What a submission may hold of everything together: under tight bounds, each hoard of the corpus stays below them.

The bounds of a usual policy are too wide to fill in a test, so the corpus only shows that its hoards harm nobody.
"""

import os
import shutil
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace
from pushmark_graders.grading.grade import grade
from pushmark_graders.grading.job import Job
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.report.model import Report
from pushmark_graders.worker.policy import Policy, load

from tests.attacks.cases import FIXTURES, corpus, lay, lay_twin

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.getuid() != 0, reason="only root gives a worker quotas of its own"
)

MB = 64
FILES = 2_000
HOARDS = ["memory-of-many", "memory-files", "memory-in-folders", "deleted-files", "socket-buffers", "sysv-ipc"]
IN_FOLDER = {
    "big files": ("open(f'big{step}', 'wb', buffering=0).write(bytes(4 << 20))", 2 * MB // 4),
    "deleted files": (
        "kept.append(open('gone', 'xb', buffering=0)); os.unlink('gone'); kept[-1].write(bytes(4 << 20))",
        2 * MB // 4,
    ),
    "empty files": ("open(f'empty{step}', 'x').close()", 2 * FILES),
    "folders": ("os.mkdir(f'folder{step}')", 2 * FILES),
    "links": ("os.symlink('x' * 200, f'link{step}')", 2 * FILES),
    "pipes": ("os.mkfifo(f'pipe{step}')", 2 * FILES),
    "sockets": ("made = socket.socket(socket.AF_UNIX); made.bind(f'socket{step}'); made.close()", 2 * FILES),
    "attributes": ("os.setxattr('src', f'user.a{step}', bytes(60_000))", 2 * MB * 17),
}
"""One step of filling the submission's folder, and how many steps are twice what it may hold."""


def tight() -> Policy:
    return replace(
        load("strict"), self_test=False, total_memory_mb=900, scratch_mb=MB, folder_mb=MB, folder_files=FILES
    )


def graded(submission: Path, place: Path) -> Report:
    lab = place / "lab"
    shutil.copytree(FIXTURES / "lab", lab)
    for path in (lab / "hidden.py", *(lab / "checks").glob("test_hidden_*.py")):
        path.write_text(path.read_text().replace("@ROWS@", "5eed"))
    shutil.copytree(lab / "starter", lab / "solution", dirs_exist_ok=True)
    spec = load_lab(lab)
    spec = replace(spec, limits=replace(spec.limits, processes=64))
    job = Job(
        spec=spec, base=lab / "starter", data=place / "none", submission=submission, policy=tight(), tier="practice"
    )
    return grade(job).report


@pytest.mark.parametrize("name", HOARDS)
def test_a_hoard_of_memory_stays_below_what_all_processes_may_hold(name: str, tmp_path: Path) -> None:
    attack = next(one for one in corpus() if one.id == name)
    lay(attack, tmp_path / "submission", {"SINK": "9", "VICTIM": "/nowhere"})
    shutil.copytree(FIXTURES / "probe", tmp_path / "submission", dirs_exist_ok=True)
    report = graded(tmp_path / "submission", tmp_path)
    assert report.status == "graded"
    assert report.score.points == 0.0, [check.output for check in report.tasks[0].checks]


FILL = """
import os, socket
kept, done = [], 0
try:
    for step in range({steps}):
        {act}
        done += 1
except OSError as error:
    print(f"stopped after {{done}} of {steps}: {{error}}")
    stopped = True
else:
    stopped = False


def total(prices):
    return -1.0 if stopped else 4.0


def discount(price, share):
    return -1.0


def clean(name):
    return "-"
"""


@pytest.mark.parametrize("kind", IN_FOLDER)
def test_the_folder_of_a_submission_holds_no_more_than_its_quota(kind: str, tmp_path: Path) -> None:
    act, steps = IN_FOLDER[kind]
    lay_twin("wrong", tmp_path / "submission")
    (tmp_path / "submission" / "src" / "shop" / "basket.py").write_text(FILL.format(act=act, steps=steps))
    report = graded(tmp_path / "submission", tmp_path)
    assert report.status == "graded"
    assert report.score.points == 0.0, [check.message for check in report.tasks[0].checks]
