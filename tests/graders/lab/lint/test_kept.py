"""What lint demands of a submission's report, on each half of the hidden rows, and what it need not prove again."""

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace
from pushmark_graders import process, toolchain
from pushmark_graders.lab.build import find_template
from pushmark_graders.lab.lint import Verdict, judge, judge_both_halves, lint
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.lab.variants import Variant
from pushmark_graders.report.final import Final, FinalMetric, Measurement
from pushmark_graders.report.model import Environment, LabRef, MetricResult, Report, Score, Timing

TINY = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
LAB = LabRef(slug="lab", version="1", title="A lab")
SOLUTION = Variant(name="solution", kind="solution", layers=[])
STARTER = Variant(name="starter", kind="starter", layers=[])
MUTANT = Variant(name="mutants/m", kind="mutant", layers=[], loses=["auc"])


def metric(points: float) -> MetricResult:
    return MetricResult(name="auc", title="AUC", state="failed", points=points, max=20, measured=0.7)


def report(points: float) -> Report:
    return Report(
        lab=LAB, tier="full", status="graded", score=Score(points=points, max=20), tasks=[], metrics=[metric(points)],
        environment=Environment(grader="0", python="3", policy="local"), timing=Timing(total=1),
    )  # fmt: skip


def final(points: float) -> Final:
    return Final(lab=LAB, metrics=[FinalMetric(name="auc", final=metric(points))])


def test_a_solution_must_earn_everything_on_both_halves() -> None:
    assert judge_both_halves(SOLUTION, report(20), final(20)) == []
    assert judge_both_halves(SOLUTION, report(20), final(15)) == [
        "on the final half, it loses auc (15 of 20; measured 0.7)"
    ]
    assert judge_both_halves(SOLUTION, report(15), final(20)) == ["it loses auc (15 of 20; measured 0.7)"]


def test_a_mutant_must_lose_what_it_names_on_both_halves() -> None:
    assert judge_both_halves(MUTANT, report(5), final(10)) == []
    assert judge_both_halves(MUTANT, report(5), final(20)) == ["on the final half, it must lose auc, and does not"]


def test_a_starter_must_earn_next_to_nothing_on_both_halves() -> None:
    assert judge_both_halves(STARTER, report(2), final(1)) == []
    assert judge_both_halves(STARTER, report(2), final(10)) == ["on the final half, it earns 50%; at most 10% is right"]


def test_what_is_wrong_on_both_halves_is_said_once() -> None:
    assert judge_both_halves(SOLUTION, report(5), final(5)) == judge(SOLUTION, report(5))


def noisy(noise: float | None, *, step: float = 0.01) -> Final:
    half = Measurement(rows=100, measured=0.7, skill=0.1, noise=noise)
    told = replace(metric(20), step=step)
    calm = replace(half, noise=0.001)
    return Final(lab=LAB, metrics=[FinalMetric(name="auc", final=told, feedback_half=calm, final_half=half)])


def test_a_step_smaller_than_the_noise_of_a_right_solution_is_refused() -> None:
    said = "auc has a step of 0.01, and its skill a noise of 0.013: give more hidden rows, more repeats"
    for variant in (SOLUTION, Variant(name="honest/h", kind="honest", layers=[])):
        (problem,) = judge_both_halves(variant, report(20), noisy(0.013))
        assert problem.startswith(said)
        assert judge_both_halves(variant, report(20), noisy(0.013, step=0.02)) == []
        assert judge_both_halves(variant, report(20), noisy(None)) == []


def test_how_noisy_a_wrong_submission_is_does_not_matter() -> None:
    wild = replace(noisy(0.5), metrics=[replace(noisy(0.5).metrics[0], final=replace(metric(5), step=0.01))])
    assert judge_both_halves(MUTANT, report(5), wild) == []


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the tiny lab, and a cache in which nothing is proved yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Path(shutil.copytree(TINY, tmp_path / "labs" / "tiny-lab"))


def prove(lab: Path, *, only: str = "", again: bool = False, seed: str = "practice") -> dict[str, Verdict]:
    return {one.name: one for one in lint(load_lab(lab), only=only, again=again, seed=seed) if one.max is not None}


def kept(verdicts: dict[str, Verdict]) -> set[str]:
    return {name for name, one in verdicts.items() if one.kept}


EVERY = ["solution", "starter", "honest/by-hand", "mutants/case-matters", "mutants/ties-backwards"]


def test_what_is_proved_is_not_proved_again_and_starts_no_process(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = prove(lab)
    assert list(first) == EVERY
    assert kept(first) == set()
    assert not any(one.problems for one in first.values())
    monkeypatch.setattr(process, "spawn", pytest.fail)
    second = prove(lab)
    assert second == {name: replace(one, kept=True) for name, one in first.items()}
    assert list(second) == EVERY


def test_a_changed_submission_is_proved_again_and_no_other(lab: Path) -> None:
    prove(lab)
    append(lab / "mutants" / "case-matters" / "src" / "tiny" / "words.py", "# another line\n")
    assert {*EVERY} - kept(prove(lab)) == {"mutants/case-matters"}


@pytest.mark.parametrize("changed", ["design.md", "demo/demo.toml", "mutants/case-matters/mutant.toml"])
def test_what_no_grading_reads_may_change(lab: Path, changed: str) -> None:
    prove(lab, only="case-matters")
    append(lab / changed, "# another line\n")
    assert kept(prove(lab, only="case-matters")) == {"mutants/case-matters"}


@pytest.mark.parametrize(
    "changed",
    ["checks/test_words.py", "hidden.py", "lab.toml", "starter/src/tiny/__init__.py", "solution/src/tiny/words.py"],
)
def test_all_is_proved_again_when_a_file_changes_that_every_grading_reads(lab: Path, changed: str) -> None:
    prove(lab, only="solution")
    append(lab / changed, "# another line\n")
    assert kept(prove(lab, only="solution")) == set()


def test_a_changed_template_proves_again(lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    around = Path(shutil.copytree(find_template(load_lab(lab)), tmp_path / "around"))
    monkeypatch.setenv("PUSHMARK_TEMPLATE", str(around))
    prove(lab, only="solution")
    append(around / "README.md", "Another line.\n")
    assert kept(prove(lab, only="solution")) == set()


def test_another_seed_or_tool_or_wish_proves_again(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prove(lab, only="solution")
    assert kept(prove(lab, only="solution", seed="another")) == set()
    prove(lab, only="solution")
    assert kept(prove(lab, only="solution", again=True)) == set()
    assert kept(prove(lab, only="solution")) == {"solution"}
    monkeypatch.setattr(toolchain, "fingerprint", lambda: "another")
    assert kept(prove(lab, only="solution")) == set()


def test_a_line_of_what_learners_tests_are_run_on_may_not_be_in_the_template(lab: Path) -> None:
    line = "return {word: len(text.split()) for word in sorted(text.split())}\n"
    for place in (lab / "suite" / "mutants" / "case" / "faulty.py", lab / "checks" / "notes.txt"):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(line)
    verdicts = {one.name: one.problems for one in lint(load_lab(lab), only="starter")}
    assert verdicts["template hides what is hidden"] == ["checks/notes.txt shows lines of suite/mutants/case/faulty.py"]


def test_a_proof_that_failed_is_never_kept(lab: Path) -> None:
    mutant = lab / "mutants" / "case-matters"
    right = (mutant / "mutant.toml").read_text()
    (mutant / "mutant.toml").write_text('title = "Wrong"\nloses = []\n')
    for _ in range(2):
        verdict = prove(lab, only="case-matters")["mutants/case-matters"]
        assert verdict.problems
        assert not verdict.kept
    (mutant / "mutant.toml").write_text(right)
    assert not prove(lab, only="case-matters")["mutants/case-matters"].kept


def test_a_kept_proof_is_judged_by_what_the_mutant_names_now(lab: Path) -> None:
    prove(lab, only="case-matters")
    (lab / "mutants" / "case-matters" / "mutant.toml").write_text('title = "Wrong"\nloses = []\n')
    verdict = prove(lab, only="case-matters")["mutants/case-matters"]
    assert verdict.problems
    assert not verdict.kept


def test_one_that_cannot_be_graded_fails_alone_and_says_why(lab: Path) -> None:
    for number in range(60):
        (lab / "honest" / "by-hand" / "src" / "tiny" / f"more{number}.py").write_text("")
    verdicts = {one.name: one for one in lint(load_lab(lab))}
    (problem,) = verdicts["honest/by-hand"].problems
    assert "the lab allows 50" in problem
    assert [name for name, one in verdicts.items() if one.problems] == ["honest/by-hand"]


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)
