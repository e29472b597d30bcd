"""What lint need not prove again: what held, for as long as nothing of it changes."""

import shutil
from pathlib import Path

import pytest
from msgspec.structs import replace
from pushmark_graders import process, toolchain
from pushmark_graders.lab.build import find_template
from pushmark_graders.lab.lint import Wish, lint
from pushmark_graders.lab.lint.verdict import Verdict
from pushmark_graders.lab.spec import load_lab

TINY = Path(__file__).parents[3] / "fixtures" / "tiny-lab"


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the tiny lab, and a cache in which nothing is proved yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Path(shutil.copytree(TINY, tmp_path / "labs" / "tiny-lab"))


def prove(
    lab: Path, *, only: str = "", again: bool = False, seed: str = "practice", times: int = 1
) -> dict[str, Verdict]:
    """The verdicts on submissions; each is judged once, unless a test is about repeats."""
    wish = Wish(only=only, again=again, seed=seed, times=times)
    return {one.name: one for one in lint(load_lab(lab), wish) if one.max is not None}


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
    verdicts = {one.name: one for one in lint(load_lab(lab), Wish(times=1))}
    (problem,) = verdicts["honest/by-hand"].problems
    assert "the lab allows 50" in problem
    assert [name for name, one in verdicts.items() if one.problems] == ["honest/by-hand"]


@pytest.mark.parametrize(("times", "holds"), [(1, True), (2, False)])
def test_one_that_the_machine_left_open_is_graded_once_more(lab: Path, times: int, holds: bool) -> None:
    check = lab / "checks" / "test_words.py"
    text = check.read_text()
    signature = "def test_words_are_counted(submission):"
    assert signature in text
    busy = f"""
    turns = lab.path.parent / "turns"
    turns.open("a").write(".")
    if turns.stat().st_size <= {times}:
        raise CouldNotGrade("the machine was too busy", "grade again")
"""
    changed = text.replace(signature, "def test_words_are_counted(submission, lab):")
    at = changed.index('"""\n', changed.index("def test_words_are_counted")) + 4
    check.write_text(f"from pushmark_graders.errors import CouldNotGrade\n{changed[:at]}{busy}{changed[at:]}")
    verdict = prove(lab, only="solution")["solution"]
    assert (verdict.problems == []) == holds, verdict.problems


def test_more_repeats_than_were_kept_are_graded_and_fewer_are_not(lab: Path) -> None:
    prove(lab, only="solution", times=2)
    assert kept(prove(lab, only="solution", times=3)) == set()
    assert kept(prove(lab, only="solution", times=2)) == {"solution"}


def test_a_proof_about_the_lab_is_kept_until_the_lab_changes(lab: Path) -> None:
    def about() -> dict[str, bool]:
        verdicts = lint(load_lab(lab), Wish(only="starter", times=1))
        return {one.name: one.kept for one in verdicts if one.name in ("hints", "template", "README")}

    assert about() == {"hints": False, "template": False, "README": False}
    assert about() == {"hints": True, "template": True, "README": True}
    append(lab / "honest" / "by-hand" / "src" / "tiny" / "words.py", "# only the template proof looks at this line\n")
    assert about() == {"hints": True, "template": False, "README": True}
    append(lab / "README.md", "Another line.\n")
    assert about() == {"hints": False, "template": False, "README": False}


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)
