"""Where does each millisecond of a grading go? One `pushmark grade` of 20 checks, phase by phase.

The lab is that of `overhead.py`: a learner's module on scikit-learn and torch. A phase ends when the grading says so
itself (the callbacks that progress bars use), and before the first one the process says when it is up and when its
imports are done. Three ways: workers started anew (`cold`), a fork server of the command's own (`warm`), and one that
`pushmark warm` keeps (`kept`). Medians of milliseconds.

    python benchmarks/phases.py [--runs 7] [--json]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import overhead

WAYS = ("cold", "warm", "kept")
PHASES = {
    "start": "Python starts",
    "imports": "imports of the grader: pytest, numpy, Pushmark",
    "lab": "lab.toml is read, the built template is found in the cache",
    "intake": "the submission is taken in, the sandbox proves itself (with a server of its own: its imports end here)",
    "listing": "pytest lists the checks",
    "first check": "the first worker starts; it imports what the learner's module names, unless that is loaded",
    "other checks": "the other 19 checks",
    "report": "workers end, the report is made and printed",
    "exit": "Python ends",
}


def main() -> None:
    options = _arguments()
    if options.once:
        _grade_once(Path(options.once), cold=options.cold)
        return
    with tempfile.TemporaryDirectory(prefix="pushmark-bench-") as folder:
        _, lab = overhead.write(Path(folder))
        runs: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
        with overhead.kept_warm(lab, Path(folder)) as shared:
            for number in range(options.runs + 1):
                for way in WAYS:
                    marks = _run(lab, way, shared)
                    if number:
                        runs[way].append(marks)
                print(f"run {number} of {options.runs}", file=sys.stderr)
    _show({way: _medians(found) for way, found in runs.items()}, as_json=options.json)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="runs of each way, in turn (default 7)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--once", metavar="LAB", help=argparse.SUPPRESS)
    parser.add_argument("--cold", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _run(lab: Path, way: str, shared: dict[str, str]) -> dict[str, float]:
    """Milliseconds of each phase of one grading in a process of its own."""
    argv = [sys.executable, __file__, "--once", str(lab), *(["--cold"] if way == "cold" else [])]
    env = shared if way == "kept" else os.environ | {"XDG_RUNTIME_DIR": "/nowhere"}
    began = time.monotonic()
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    ended = time.monotonic()
    if done.returncode != 0:
        sys.exit(f"the grading failed:\n{done.stdout}{done.stderr}")
    marks = [began, *json.loads(done.stdout.splitlines()[-1]), ended]
    return {name: (after - before) * 1000 for name, before, after in zip(PHASES, marks[:-1], marks[1:], strict=True)}


def _grade_once(lab: Path, *, cold: bool) -> None:
    """Grade as the command does, and print when each phase ended."""
    marks = [time.monotonic()]

    @contextmanager
    def ending() -> Iterator[None]:
        yield
        marks.append(time.monotonic())

    with ending():
        from pushmark_graders.cli import output  # noqa: PLC0415  (the imports are what is measured)
        from pushmark_graders.cli.grade import command  # noqa: F401, PLC0415
        from pushmark_graders.grading import session  # noqa: PLC0415
        from pushmark_graders.grading.grade import grade  # noqa: PLC0415
        from pushmark_graders.grading.job import Job  # noqa: PLC0415
        from pushmark_graders.lab.build import rendered  # noqa: PLC0415
        from pushmark_graders.lab.spec import load_lab  # noqa: PLC0415
        from pushmark_graders.worker.policy import load  # noqa: PLC0415
    with ending():
        spec = load_lab(lab)
        base = rendered(spec)
    checks: list[float] = []
    listed: list[float] = []
    run_checks = session.run

    def run(plan: session.Plan) -> session.Session:
        marks.append(time.monotonic())
        return run_checks(plan)

    session.run = run
    job = Job(
        spec=spec,
        base=base.template,
        data=base.data,
        submission=lab / "starter",
        policy=load("standard"),
        warm=not cold,
        on_list=lambda _checks: listed.append(time.monotonic()),
        on_check=lambda _check, _outcome: checks.append(time.monotonic()),
    )
    report = grade(job).report
    if report.score.points != 100.0:
        sys.exit(f"not full marks: {report.message}")
    marks += [listed[0], checks[0], checks[-1]]
    output.show(report, "json")
    marks.append(time.monotonic())
    print(json.dumps(marks))


def _medians(runs: list[dict[str, float]]) -> dict[str, float]:
    found = {name: statistics.median(run[name] for run in runs) for name in PHASES}
    return found | {"all": statistics.median(sum(run.values()) for run in runs)}


def _show(found: dict[str, dict[str, float]], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({way: {name: round(value, 1) for name, value in one.items()} for way, one in found.items()}))
        return
    print(f"{'phase':<14}" + "".join(f"{way:>8}" for way in WAYS) + "   ms")
    for name in (*PHASES, "all"):
        print(f"{name:<14}" + "".join(f"{found[way][name]:8.0f}" for way in WAYS) + f"   {PHASES.get(name, '')}")


if __name__ == "__main__":
    main()
