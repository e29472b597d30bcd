"""A grader process: grades one submission after the other with warm workers, until nobody asks any more.

A process, because a check's time limit needs a main thread; started anew, not forked, because whoever starts it
may have threads. The seed comes over the socket: no process list and no environment shows it.
"""

import os
import signal
import socket
import sys
import time
from pathlib import Path

from msgspec.structs import replace

from pushmark_graders.cohort import protocol
from pushmark_graders.cohort.protocol import Answer, Setup, Task
from pushmark_graders.errors import LabError, PushmarkError, broken
from pushmark_graders.grading.grade import grade
from pushmark_graders.grading.hidden_sets import HiddenSets
from pushmark_graders.grading.job import Job
from pushmark_graders.lab.spec import LabSpec, load_lab
from pushmark_graders.report import final, schema
from pushmark_graders.worker import privileges
from pushmark_graders.worker.pool import Pool


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that workers and their folders go with us
    if sys.platform == "linux":
        privileges.die_with_parent(signal.SIGTERM)
    with socket.socket(fileno=int(sys.argv[1])) as farm:
        try:
            setup = protocol.receive(farm, Setup)
            spec = load_lab(Path(setup.lab))
            _be_silent()
            with Pool(spec.submission.preload) as pool:
                _serve(farm, setup, spec, pool if setup.warm else None)
        except (EOFError, ConnectionError):
            pass  # nobody asks any more
        except KeyboardInterrupt:
            return 130
    return 0


def _be_silent() -> None:
    """Drop what a lab's code prints: it may quote what is hidden, and a full pipe would stop us."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)


def _serve(farm: socket.socket, setup: Setup, spec: LabSpec, pool: Pool | None) -> None:
    """Answer tasks until the socket is closed. Raises EOFError or ConnectionError then."""
    if pool is not None:
        pool.start()
    done, was_warm, hidden = 0, False, HiddenSets()
    while True:
        task = protocol.receive(farm, Task, wait=True)
        started = time.monotonic()
        answer = _answer(setup, spec, task, pool, hidden)
        done += 1
        is_cold = pool is not None and pool.is_broken
        worn = done >= setup.most_gradings or memory_mb() > setup.most_memory_mb or (was_warm and is_cold)
        was_warm = not is_cold
        protocol.send(farm, replace(answer, seconds=round(time.monotonic() - started, 3), is_worn=worn), wait=True)


def _answer(setup: Setup, spec: LabSpec, task: Task, pool: Pool | None, hidden: HiddenSets) -> Answer:
    """Grade one submission; whatever goes wrong is an answer."""
    if pool is not None:
        pool.served_all = True  # of this submission's workers
    job = Job(
        spec=spec,
        base=Path(setup.base),
        data=Path(setup.data),
        submission=Path(task.folder),
        policy=setup.policy,
        seed=setup.seed,
        reference=task.reference,
        pool=pool,
        warm=setup.warm,
        hidden=hidden,
        repeats=task.repeats,
        more_seeds=tuple(task.more_seeds),
    )
    try:
        result = grade(job)
        return Answer(
            report=schema.dump(result.report),
            final=final.dump(result.final),
            effort=result.effort,
            repeats=result.repeats,
            more_seeds=result.more_seeds,
        )
    except PushmarkError as error:
        return Answer(what=error.what, next_step=error.next_step, is_lab=isinstance(error, LabError))
    except Exception as error:
        ours = broken(error)
        return Answer(what=ours.what, next_step=ours.next_step)


def memory_mb() -> float:
    """The memory that this process holds now, in MiB; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    sys.exit(main())
