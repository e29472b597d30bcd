"""`python -m tests.attacks`: which cases it takes, under which policy, what it says, and how it ends."""

import subprocess
import sys
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from pushmark_graders.worker.layers import LAYERS, Layer
from pushmark_graders.worker.policy import load
from rich.console import Console

from tests.attacks import policies, selection, table
from tests.attacks.arena import Arena
from tests.attacks.cases import corpus
from tests.attacks.honest import honest_corpus
from tests.attacks.judge import Judge, Verdict

ROOT = Path(__file__).parents[2]
GOOD = Verdict(case="good", about="Does good.", hostile=False, twin=[], leak=[], host=[], layers=["seccomp"])
BAD = Verdict(case="bad", about="Does [bad].", hostile=True, twin=["scored 9"], leak=["tells"], host=None)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "tests.attacks", *arguments]
    return subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_the_fast_cases_are_of_both_kinds_and_not_slow() -> None:
    cases = selection.all_cases()
    fast = selection.fast(cases)
    assert {case.id for case in fast} == selection.FAST
    assert not any(case.slow for case in fast)
    assert {case.id for case in corpus()} & selection.FAST
    assert {case.id for case in honest_corpus()} & selection.FAST


def test_a_word_chooses_cases_by_name_class_and_sentence() -> None:
    cases = selection.all_cases()
    assert [case.id for case in selection.only(cases, "honest-ASYNCIO")] == ["honest-asyncio"]
    assert len(selection.only(cases, "processes")) > 3
    assert selection.only(cases, "") == cases


def test_a_layer_that_is_left_out_is_not_required(tmp_path: Path) -> None:
    policy = load(policies.without("strict", ["seccomp"], tmp_path))
    assert policy.without == ("seccomp",)
    assert "landlock" in policy.required and "seccomp" not in policy.required
    assert policies.without("strict", [], tmp_path) == "strict"
    assert set(load(policies.unsandboxed(tmp_path)).without) == set(LAYERS)


def test_the_summary_counts_each_kind_of_harm() -> None:
    lost = msgspec.structs.replace(GOOD, twin=["passed, without a sandbox failed"])
    assert (
        table.summary([GOOD, BAD, lost])
        == "1 hostile and 2 honest cases: 1 changed, 1 leaked, 0 left behind, 1 false positives"
    )


def test_the_table_names_every_fault_and_what_is_missing() -> None:
    page = StringIO()
    anew = msgspec.structs.replace(GOOD, workers="cold")
    table.show({"warm": [anew, GOOD], "cold": [GOOD, BAD]}, Console(file=page, width=160))
    text = page.getvalue()
    assert "cold: bad: scored 9" in text and "cold: bad: tells" in text and "FAILED cold" in text
    assert "Not in force on this machine: own user id" in text
    assert "1 gradings were judged by their score alone" in text
    assert "in place of warm ones, for a module's name or a broken server: good." in text
    assert "warm workers: 0 hostile and 2 honest cases: 0 changed, 0 leaked, 0 left behind, 0 false positives" in text
    assert "cold workers: 1 hostile and 1 honest cases: 1 changed, 1 leaked, 0 left behind, 0 false positives" in text


def test_what_one_layer_stops_is_told_for_each_kind_of_worker() -> None:
    page = StringIO()
    worse = msgspec.structs.replace(BAD, case="worse")
    found: dict[Layer, table.ByWorkers | str] = {
        "seccomp": {"warm": [BAD, worse], "cold": [worse]},
        "landlock": "no such layer",
    }
    table.show_layers(found, {"warm": [BAD], "cold": []}, Console(file=page, width=160))
    rows = [line.split()[:3] for line in page.getvalue().splitlines()]
    assert ["seccomp", "worse", "warm"] in rows
    assert ["worse", "cold", "scored"] in rows
    assert "Left out, since they get through all layers: bad (warm)" in page.getvalue()


@pytest.mark.skipif(sys.platform != "linux", reason="workers are confined on Linux")
def test_one_case_is_graded_on_warm_and_on_cold_workers_and_summed_up() -> None:
    done = run("--only", "exit-in-call", "--jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    counted = "1 hostile and 0 honest cases: 0 changed, 0 leaked, 0 left behind, 0 false positives"
    for kind in ("warm", "cold"):
        assert f"[1/1] {kind}: exit-in-call: ok" in done.stderr
        assert f"{kind} workers: {counted}\n" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="workers are confined on Linux")
def test_one_kind_of_worker_alone_is_judged_where_that_is_asked_for() -> None:
    done = run("--only", "exit-in-call", "--jobs", "1", "--workers", "cold", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = msgspec.json.decode(done.stdout)
    assert list(told["summary"]) == list(told["cases"]) == ["cold"]
    assert [case["workers"] for case in told["cases"]["cold"]] == ["cold"]


@pytest.mark.skipif(sys.platform != "linux", reason="workers are confined on Linux")
def test_without_namespaces_only_scores_are_judged(tmp_path: Path) -> None:
    with Arena(tmp_path / "arena", policy=policies.unsandboxed(tmp_path), cache=tmp_path / "cache") as open_arena:
        attack = next(attack for attack in corpus() if attack.id == "exit-in-call")
        verdict = Judge(open_arena, unsandboxed="local").judge(attack)
    assert verdict.twin == []
    assert verdict.leak is None and verdict.host is None


def test_a_word_that_no_case_has_is_wrong_usage() -> None:
    done = run("--only", "no such case")
    assert done.returncode == 2
    assert "no case has 'no such case'" in done.stderr


def test_cases_and_layers_are_listed() -> None:
    done = run("--list", "--fast")
    assert done.returncode == 0
    assert "daemon" in done.stdout and "seccomp" in done.stdout
