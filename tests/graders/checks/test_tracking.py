"""Records of runs, judged as a colleague would: what is missing is told with the run, and what to do."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from pushmark_graders.checks import tracking
from pushmark_graders.checks.expect import Unmet
from pushmark_graders.grading.claims import Claims
from pushmark_graders.report.model import LoggedModel, RunSummary

COMMIT, DATA = "c" * 40, "d" * 32
MODEL = LoggedModel(path="m", signature=True, input_example=True)


def run(name: str, **fields: Any) -> RunSummary:
    """A run as `tracking` sees it; its id is its name."""
    known = {"status": "FINISHED", "params": {}, "metrics": {}, "commit": COMMIT, **fields}
    return RunSummary(id=name, name=name, **known)


def candidate(number: int, validation: float, test: float, **fields: Any) -> RunSummary:
    metrics = {"train": 0.9, "validation": validation, "test": test}
    return run(f"fit {number}", parent="search", params={"leaves": str(number)}, metrics=metrics, **fields)


PARENT = run("search", params={"seed": "7"}, tags={"data_hash": DATA})
GOOD = Claims(
    metrics={"validation": {"auc": 0.8}},
    commit=COMMIT,
    runs=[
        run("fit 3", parent="search", status="FAILED", params={"leaves": "0"}),
        candidate(2, 0.8, 0.7, tags={"chosen": "True"}, models=[MODEL]),
        candidate(1, 0.7, 0.9),
        PARENT,
    ],
)  # fmt: skip

ASKED: dict[str, Callable[[Claims], object]] = {
    "params": lambda claims: tracking.expect_params(claims, ["leaves", "seed"]),
    "metrics": lambda claims: tracking.expect_metrics(claims, ["train", "validation"]),
    "commit": tracking.expect_commit,
    "data": tracking.expect_data,
    "this data": lambda claims: tracking.expect_data(claims, [DATA]),
    "model": tracking.expect_model,
    "search": lambda claims: tracking.expect_search(claims, most=3, least=3),
    "failures": lambda claims: tracking.expect_failures_kept(claims, least=1),
    "best": lambda claims: tracking.expect_best_run(claims, "validation", claim="validation.auc", trap="test"),
}


def changed(name: str, **fields: Any) -> Claims:
    """Good records, but for one run."""
    assert any(one.name == name for one in GOOD.runs)
    return replace(GOOD, runs=[replace(one, **fields) if one.name == name else one for one in GOOD.runs])


WRONG: dict[str, tuple[str, Claims, str]] = {
    "a parameter that neither the run nor its search logged": (
        "params", changed("search", params={}), "The run `fit 2` logged no parameter `seed`",
    ),
    "a split without a metric": (
        "metrics", changed("fit 1", metrics={"validation": 0.7}), "The run `fit 1` logged no metric `train`",
    ),
    "a run that was made without a context": (
        "commit", changed("fit 1", commit=""), "The run `fit 1` does not say from which commit",
    ),
    "a commit that was written into the code": (
        "commit", changed("fit 1", commit="beef"), "was made from another commit than it says",
    ),
    "data that nobody named": ("data", changed("search", tags={}), "The run `fit 2` does not say which data it saw"),
    "data of another file": (
        "this data", changed("search", tags={"data_hash": "e" * 32}), "The run `fit 2` names data that this is not",
    ),
    "a hash that is cut too short": (
        "this data", changed("search", tags={"data_hash": DATA[:7]}), "names data that this is not",
    ),
    "no model": ("model", changed("fit 2", models=[]), "No model was logged: mlflow.sklearn.log_model"),
    "a model without an example": (
        "model", changed("fit 2", models=[LoggedModel(path="m", signature=True)]),
        "The model `m` of the run `fit 2` has no input example",
    ),
    "a model of which nothing is known": (
        "model", changed("fit 2", models=[LoggedModel(path="m")]), "has no signature and no input example",
    ),
    "candidates side by side": (
        "search", replace(GOOD, runs=[replace(one, parent="") for one in GOOD.runs]), "No run holds others",
    ),
    "too few candidates": ("search", replace(GOOD, runs=GOOD.runs[1:]), "The search `search` holds too few runs"),
    "more fits than allowed": (
        "search", replace(GOOD, runs=[candidate(9, 0.1, 0.1), *GOOD.runs]), "took more fits than the budget holds",
    ),
    "a failure that was deleted": ("failures", replace(GOOD, deleted=1), "1 run was deleted. Keep what failed"),
    "a failure that left no run": ("failures", replace(GOOD, runs=GOOD.runs[1:]), "has left no trace"),
    "a run that was left open": ("failures", changed("fit 1", status="RUNNING"), "The run `fit 1` was never ended"),
    "no choice": ("best", changed("fit 2", tags={}), "Exactly one run must be tagged `chosen`"),
    "two choices": ("best", changed("fit 1", tags={"chosen": "yes"}), "Exactly one run must be tagged `chosen`"),
    "a choice that failed": ("best", changed("fit 2", status="FAILED"), "The chosen run `fit 2` did not finish"),
    "a choice without the metric": ("best", changed("fit 2", metrics={"test": 1.0}), "logged no metric `validation`"),
    "a claim of another model": (
        "best", replace(GOOD, metrics={"validation": {"auc": 0.85}}), "is the model that you keep the one of that run?",
    ),
    "no claim": ("best", replace(GOOD, metrics={}), "has no number at `validation.auc`"),
    "the second best": (
        "best", changed("fit 1", metrics={"validation": 0.95, "test": 0.9}), "is not the best by `validation`.\n",
    ),
    "the best by the test rows": (
        "best", changed("fit 1", metrics={"validation": 0.95, "test": 0.5}), "It is the best by `test`, which must not",
    ),
    "nothing": ("params", replace(GOOD, runs=[]), "Training logged no finished run"),
}  # fmt: skip


@pytest.mark.parametrize("asked", ASKED)
def test_good_records_are_accepted(asked: str) -> None:
    ASKED[asked](GOOD)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_missing_is_told_with_the_run_and_what_to_do(name: str) -> None:
    asked, claims, sentence = WRONG[name]
    with pytest.raises(Unmet) as caught:
        ASKED[asked](claims)
    assert sentence in str(caught.value)


def test_the_best_run_is_returned_and_lower_can_be_better() -> None:
    losses = [replace(run, metrics={"validation": 1 - run.metrics.get("validation", 0)}) for run in GOOD.runs]
    claims = replace(GOOD, runs=losses, metrics={"validation": 0.2})
    chosen = tracking.expect_best_run(claims, "validation", claim="validation", lower_is_better=True)
    assert chosen.name == "fit 2"
    with pytest.raises(Unmet, match="not the best"):
        tracking.expect_best_run(claims, "validation", claim="validation")


def test_a_dataset_counts_by_its_short_digest() -> None:
    claims = changed("search", tags={}, datasets=[DATA[:8]])
    tracking.expect_data(claims, [DATA])


def test_runs_that_are_nested_in_each_other_come_to_an_end() -> None:
    circle = replace(GOOD, runs=[run("a", parent="b"), run("b", parent="a")])
    with pytest.raises(Unmet, match="logged no finished run"):
        tracking.expect_params(circle, ["x"])
    with pytest.raises(Unmet, match="logged no parameter `x`"):
        tracking.expect_params(circle, ["x"], runs=circle.runs)


def test_names_of_runs_cannot_break_a_line_of_the_message() -> None:
    with pytest.raises(Unmet) as caught:
        tracking.expect_params(replace(GOOD, runs=[run("a\n\x1b[31mb")]), ["x"])
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 2
