"""What a training run logged with MLflow, judged as a colleague would: could somebody else understand and repeat it?

    tracking.expect_params(training, ["learning_rate", "seed"])
    tracking.expect_best_run(training, "validation_auc", claim="validation.auc")

All of it is what the learner's own code says of itself. So these functions grade the craft of keeping records, and
never the quality of a model: that is measured on hidden rows, whatever was logged.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from pushmark_graders.checks.expect import Unmet
from pushmark_graders.report.model import RunSummary
from pushmark_graders.report.text import one_line

if TYPE_CHECKING:
    from pushmark_graders.grading.claims import Claims

FINISHED = "FINISHED"
_SHOWN = 5


def fits(training: "Claims") -> list[RunSummary]:
    """The finished runs that hold no other run: each of them stands for one fit. The newest is first."""
    parents = {run.parent for run in training.runs}
    return [run for run in training.runs if run.status == FINISHED and run.id not in parents]


def children(training: "Claims", parent: RunSummary) -> list[RunSummary]:
    """The runs that are nested in `parent`, whatever became of them."""
    return [run for run in training.runs if run.parent == parent.id]


def searches(training: "Claims") -> list[RunSummary]:
    """The runs in which others are nested."""
    parents = {run.parent for run in training.runs}
    return [run for run in training.runs if run.id in parents]


def expect_params(training: "Claims", names: Sequence[str], *, runs: Sequence[RunSummary] | None = None) -> None:
    """Each of `runs` (without: each fit) logged the parameters `names`, itself or in the run that it is nested in."""
    chosen = _some(fits(training) if runs is None else runs)
    for run in chosen:
        there = {name for one in _with_parents(training, run) for name in one.params}
        _expect_all(run, names, there, "parameter", "log it with mlflow.log_params, so that the run can be repeated")


def expect_metrics(training: "Claims", names: Sequence[str], *, runs: Sequence[RunSummary] | None = None) -> None:
    """Each of `runs` (without: each fit) logged the metrics `names`: name one for each split that shall be there."""
    for run in _some(fits(training) if runs is None else runs):
        _expect_all(
            run, names, set(run.metrics), "metric", "log it with mlflow.log_metrics, for every split under its own name"
        )


def expect_commit(training: "Claims", *, runs: Sequence[RunSummary] | None = None) -> None:
    """Each of `runs` (without: every run) says the commit from which it was made.

    MLflow tags it by itself (`mlflow.source.git.commit`): in a clone from git, in grading from its environment.
    The tags `git_commit` and `commit` count where it did not.
    """
    for run in _some(training.runs if runs is None else runs):
        if not run.commit:
            raise Unmet(
                f"The run {_name(run)} does not say from which commit it was made. mlflow.start_run tags that by "
                "itself; a run that MlflowClient().create_run made needs tags of its own."
            )
        if training.commit and run.commit != training.commit:
            raise Unmet(
                f"The run {_name(run)} was made from another commit than it says. Leave the tag "
                "mlflow.source.git.commit to MLflow, and write no commit into the code.",
                got=one_line(run.commit, 80),
                expected=one_line(training.commit, 80),
            )


def expect_data(
    training: "Claims",
    expected: Collection[str] = (),
    *,
    key: str = "data_hash",
    runs: Sequence[RunSummary] | None = None,
) -> None:
    """Each of `runs` (without: each fit) says which data it saw, itself or in the run that it is nested in.

    A dataset of `mlflow.log_input` counts by its digest, and so does a tag or parameter `key`. With `expected`, one
    of these hashes must be among them, whole or shortened to no less than 8 characters.
    """
    for run in _some(fits(training) if runs is None else runs):
        found = [digest for one in _with_parents(training, run) for digest in _data_hashes(one, key)]
        if not found:
            raise Unmet(
                f"The run {_name(run)} does not say which data it saw: log the hash of the tables as the tag `{key}`, "
                "or the table itself with mlflow.log_input(mlflow.data.from_pandas(table))."
            )
        if expected and not any(_is_short_for(said, whole) for said in found for whole in expected):
            raise Unmet(
                f"The run {_name(run)} names data that this is not. Compute the hash from the files that are read.",
                got=one_line(", ".join(found), 200),
                expected=one_line(" or ".join(sorted(expected)), 200),
            )


def expect_model(
    training: "Claims",
    *,
    signature: bool = True,
    input_example: bool = True,
    runs: Sequence[RunSummary] | None = None,
) -> None:
    """One of `runs` (without: of all) logged a model, and each logged model has a signature and an input example."""
    chosen = _some(training.runs if runs is None else runs)
    if not any(run.models for run in chosen):
        raise Unmet(
            f"No model was logged{f' by the run {_name(chosen[0])}' if len(chosen) == 1 else ''}: "
            "mlflow.sklearn.log_model(model, name=..., input_example=...) does."
        )
    for run in chosen:
        for model in run.models:
            lacks = [
                what
                for what, asked, there in (
                    ("no signature", signature, model.signature),
                    ("no input example", input_example, model.input_example),
                )
                if asked and not there
            ]
            if lacks:
                raise Unmet(
                    f"The model `{one_line(model.path, 60)}` of the run {_name(run)} has {' and '.join(lacks)}, so "
                    "nobody knows what goes in. Give log_model input_example=, a few rows: MLflow takes the signature "
                    "from them."
                )


def expect_search(training: "Claims", *, most: int, least: int = 2) -> None:
    """Some run holds nested runs, one per candidate, from `least` to `most`; and no more fits than `most` in sum.

    Raises ValueError when `least` is less than 1 or more than `most`.
    """
    if not 1 <= least <= most:
        raise ValueError(f"expected 1 <= least <= most, got least={least} and most={most}")
    found = searches(training)
    if not found:
        raise Unmet(
            "No run holds others, so nobody sees which fits belong together. Open one run for the search, and one per "
            "candidate in it: mlflow.start_run(nested=True)."
        )
    nested = [run for parent in found for run in children(training, parent) if run not in found]
    if len(nested) < least:
        raise Unmet(f"The search {_name(found[0])} holds too few runs.", got=str(len(nested)), expected=f"{least:,}")
    if len(nested) > most:
        raise Unmet(
            f"The search {_name(found[0])} took more fits than the budget holds.",
            got=f"{len(nested):,}",
            expected=f"at most {most:,}",
        )


def expect_failures_kept(training: "Claims", *, least: int = 0) -> None:
    """No run was deleted or left open, and at least `least` runs are there that failed."""
    if training.deleted:
        raise Unmet(
            f"{training.deleted:,} {_plural(training.deleted, 'run was', 'runs were')} deleted. Keep what failed: "
            "the next person would try it again."
        )
    for run in training.runs:
        if run.status in ("RUNNING", "SCHEDULED"):
            raise Unmet(
                f"The run {_name(run)} was never ended. `with mlflow.start_run():` ends it, and marks it as failed "
                "when its block raises."
            )
    failed = [run for run in training.runs if run.status in ("FAILED", "KILLED")]
    if len(failed) < least:
        raise Unmet(
            "A candidate that cannot be fitted has left no trace. Let its run end as failed, and go on with the next: "
            "catch the error outside of `with mlflow.start_run(nested=True):`.",
            got=f"{len(failed):,} failed {_plural(len(failed), 'run', 'runs')}",
            expected=f"{least:,} or more",
        )


def expect_best_run(
    training: "Claims",
    metric: str,
    *,
    claim: str,
    tag: str = "chosen",
    lower_is_better: bool = False,
    trap: str = "",
    tolerance: float = 1e-6,
) -> RunSummary:
    """One finished run is tagged as the chosen one, its `metric` is what the metrics file claims at the dotted key
    `claim`, and no other fit has a better `metric`. Returns it.

    `metric` is the validation metric. `trap` names the metric by which nobody may choose, such as that of the test
    rows: it is told when the choice is the best by that instead. Numbers that differ by `tolerance` are the same.
    """
    chosen = _chosen(training, tag)
    got, claimed = _metric(chosen, metric), training.metric(claim)
    if claimed is None:
        raise Unmet(f"The metrics file has no number at `{claim}`: write there what the chosen run logged.")
    if abs(got - claimed) > tolerance:
        raise Unmet(
            f"The metrics file claims another `{metric}` at `{claim}` than the chosen run {_name(chosen)} logged: is "
            "the model that you keep the one of that run?",
            got=f"{claimed:.6g} in the metrics file, {got:.6g} in the run",
        )
    sign = -1.0 if lower_is_better else 1.0
    rivals = [run for run in fits(training) if metric in run.metrics]
    best = max(rivals, key=lambda run: sign * run.metrics[metric], default=chosen)
    if sign * (best.metrics[metric] - got) > tolerance:
        by_trap = trap in chosen.metrics and all(
            sign * (run.metrics[trap] - chosen.metrics[trap]) <= tolerance for run in rivals if trap in run.metrics
        )
        why = (
            f" It is the best by `{trap}`, which must not choose: then it measures nothing any more." if by_trap else ""
        )
        raise Unmet(
            f"The chosen run {_name(chosen)} is not the best by `{metric}`.{why}",
            got=f"{_name(chosen)} with {got:.6g}",
            expected=f"{_name(best)} with {best.metrics[metric]:.6g}",
        )
    return chosen


def _chosen(training: "Claims", tag: str) -> RunSummary:
    found = [run for run in _some(training.runs) if tag in run.tags]
    if len(found) != 1:
        raise Unmet(
            f"Exactly one run must be tagged `{tag}`: mlflow.set_tag({tag!r}, True) in the run whose model is kept.",
            got=", ".join(_name(run) for run in found[:_SHOWN]) or "none",
        )
    if found[0].status != FINISHED:
        raise Unmet(f"The chosen run {_name(found[0])} did not finish.", got=one_line(found[0].status, 20))
    return found[0]


def _metric(run: RunSummary, name: str) -> float:
    if name not in run.metrics:
        raise Unmet(f"The chosen run {_name(run)} logged no metric `{name}`.", got=_names(run.metrics))
    return run.metrics[name]


def _some(runs: Sequence[RunSummary]) -> Sequence[RunSummary]:
    if not runs:
        raise Unmet(
            "Training logged no finished run. Log with MLflow in a stage of the pipeline, inside "
            "`with mlflow.start_run():`, and set no tracking URI: it comes from the environment."
        )
    return runs


def _with_parents(training: "Claims", run: RunSummary) -> list[RunSummary]:
    by_id = {one.id: one for one in training.runs}
    found = [run]
    while (parent := by_id.get(found[-1].parent)) is not None and parent not in found:
        found.append(parent)
    return found


def _expect_all(run: RunSummary, names: Iterable[str], there: Collection[str], kind: str, advice: str) -> None:
    missing = [name for name in names if name not in there]
    if missing:
        raise Unmet(
            f"The run {_name(run)} logged no {kind} {', '.join(f'`{name}`' for name in missing)}: {advice}.",
            got=_names(there),
        )


def _data_hashes(run: RunSummary, key: str) -> list[str]:
    said = [*run.datasets, run.tags.get(key, ""), run.params.get(key, "")]
    return [digest for digest in said if digest]


def _is_short_for(said: str, whole: str) -> bool:
    return len(said) >= 8 and whole.lower().startswith(said.lower())


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(one_line(name, 40) for name in names)[:20]) or "none"


def _name(run: RunSummary) -> str:
    return f"`{one_line(run.name or run.id, 60)}`"


def _plural(count: int, one: str, many: str) -> str:
    return one if count == 1 else many
