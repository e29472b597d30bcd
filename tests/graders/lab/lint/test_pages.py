"""A learner who is stuck finds a hint at each check, each metric and each task."""

from pushmark_graders.grading.catalogue import Check
from pushmark_graders.lab.lint.pages import without_hint
from pushmark_graders.lab.metric_spec import MetricSpec
from pushmark_graders.lab.spec import LabSpec, SubmissionSpec, TaskSpec

METRIC = MetricSpec(
    name="auc", title="AUC", predict="m:predict", function="roc_auc", points=10, baseline=0.5, target=0.6,
    honesty_points=5, hint="Which rows?", honesty_hint="Which split?",
)  # fmt: skip
HINTS = "# Hints\n\n## Task 1. Read\n\n1. Look.\n\n## 2. Write\n\n1. Look again.\n"


def lab(metric: MetricSpec = METRIC) -> LabSpec:
    return LabSpec(
        schema=1, slug="lab", title="A lab", version="1", summary="A lab.", metrics=[metric],
        tasks=[TaskSpec(number=1, title="Read"), TaskSpec(number=2, title="Write")],
        submission=SubmissionSpec(editable=["*"]),
    )  # fmt: skip


def check(hint: str) -> Check:
    return Check(
        id="a-check", title="It works.", task=1, points=1, hidden=False, needs=(), hint=hint, trains=False,
        node="", file="",
    )  # fmt: skip


def test_a_lab_with_hints_everywhere_has_no_problem() -> None:
    assert without_hint(lab(), [check("Why?")], HINTS) == []


def test_a_check_without_a_hint_is_named() -> None:
    assert without_hint(lab(), [check(" ")], HINTS) == ["check a-check has no hint: give @task(hint=...)"]


def test_a_metric_without_a_hint_is_named_for_its_skill_and_for_its_claim() -> None:
    mute = MetricSpec(
        name="auc", title="AUC", predict="m:predict", function="roc_auc", points=10, baseline=0.5, target=0.6,
        honesty_points=5,
    )  # fmt: skip
    assert without_hint(lab(mute), [], HINTS) == [
        "metric auc has no hint", "metric auc has honesty_points and no honesty_hint",
    ]  # fmt: skip


def test_a_task_without_a_section_in_the_hints_is_named() -> None:
    (problem,) = without_hint(lab(), [], HINTS.replace("## 2. Write", "Two times:"))
    assert problem == "hints.md has no section for task 2: begin one with `## Task 2. Write`"
