"""Repeats that do not agree are found, whatever it is that differs."""

import shutil
from pathlib import Path

import pytest
from pushmark_graders.cohort.reports import Record
from pushmark_graders.grading.repeats import Verdicts
from pushmark_graders.lab.lint import Wish, lint
from pushmark_graders.lab.lint.repeats import chosen, differing, prove
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.lab.variants import Variant
from pushmark_graders.report.final import Final
from pushmark_graders.report.model import LabRef

TINY = Path(__file__).parents[3] / "fixtures" / "tiny-lab"


def said(state: str, *, busy: bool = False, metric: str = "20 of 20, measured 0.7") -> Verdicts:
    return Verdicts(busy=busy, checks={"a": "passed", "b": state}, metrics={"auc": metric})


def test_repeats_that_agree_are_no_problem() -> None:
    assert differing([said("failed"), said("failed", busy=True)]) == []


def test_a_check_that_differs_once_is_named_with_what_it_said_and_under_which_load() -> None:
    (problem,) = differing([said("passed"), said("passed"), said("error", busy=True)])
    assert problem.startswith("b is not the same each time: passed 2 times (0 busy), error 1 times (1 busy)")


def test_a_check_that_the_machine_leaves_open_is_counted_and_is_no_problem() -> None:
    runs = [said("passed"), said("passed"), said("ungraded", busy=True)]
    assert differing(runs) == []
    record = Record(final=Final(lab=LabRef(slug="tiny-lab", version="1", title="Tiny")), repeats=runs)
    verdict = prove({"solution": record}, kept=False)
    assert verdict is not None
    assert verdict.told == "solution 3 times (1 busy, b left open in 1)"


def test_a_check_that_breaks_once_is_a_problem() -> None:
    (problem,) = differing([said("passed"), said("passed"), said("broke", busy=True)])
    assert problem.startswith("b is not the same each time")


def test_a_check_that_is_missing_once_is_named() -> None:
    (problem,) = differing([said("passed"), Verdicts(busy=False, checks={"a": "passed"}, metrics=said("").metrics)])
    assert "missing 1 times" in problem


def test_a_metric_that_differs_is_named() -> None:
    (problem,) = differing([said("passed"), said("passed", metric="15 of 20, measured 0.68")])
    assert problem.startswith("auc is not the same each time")


def test_the_solution_and_the_mutant_that_loses_least_are_repeated() -> None:
    def mutant(name: str, *loses: str) -> Variant:
        return Variant(name=f"mutants/{name}", kind="mutant", layers=[], loses=list(loses))

    every = [mutant("a", "one", "two"), mutant("c", "two"), mutant("b", "one")]
    assert chosen(every) == ["solution", "mutants/b"]


def test_a_check_that_goes_by_luck_is_found_and_never_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lab = Path(shutil.copytree(TINY, tmp_path / "labs" / "tiny-lab"))
    check = lab / "checks" / "test_hidden_words.py"
    luck = """    turns = lab.path.parent / "turns"
    turns.open("a").write(".")
    expect.that(turns.stat().st_size % 4 != 3, "Bad luck.")
"""
    text = check.read_text().replace("(submission, hidden, seed)", "(submission, hidden, seed, lab)")
    check.write_text(text.replace('rightly."""\n', f'rightly."""\n{luck}'))
    for _ in range(2):
        verdicts = {one.name: one for one in lint(load_lab(lab), Wish(only="solution", times=4))}
        (problem,) = verdicts["repeats"].problems
        assert problem.startswith("solution: long-text-is-ranked is not the same each time: passed 3 times")
        assert not verdicts["solution"].kept
