"""`pushmark lab build`: what is in the template, what is not, and that it is the same every time."""

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pushmark_graders import cache
from pushmark_graders.errors import LabError, PushmarkError
from pushmark_graders.lab import public, tracked
from pushmark_graders.lab.build import build, check_source, find_template, rendered
from pushmark_graders.lab.metric_spec import MetricSpec
from pushmark_graders.lab.spec import TaskSpec, load_lab

ROOT = Path(__file__).resolve().parents[3]
TINY = ROOT / "tests" / "fixtures" / "tiny-lab"
DATA = """
import pandas as pd

def write(folder):
    pd.DataFrame({"letter": list("abc")}).to_parquet(folder / "letters.parquet", index=False)
    (folder / "more").mkdir()
    pd.DataFrame({"digit": [1, 2]}).to_parquet(folder / "more" / "digits.parquet", index=False)
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lab of one's own to change."""
    monkeypatch.setenv("PUSHMARK_TEMPLATE", str(ROOT / "template_repo"))
    return Path(shutil.copytree(TINY, tmp_path / "labs" / "tiny-lab"))


@pytest.fixture
def lab_with_data(lab: Path) -> Path:
    with (lab / "lab.toml").open("a") as file:
        file.write('\n[data]\nbuild = "data.py"\n')
    (lab / "data.py").write_text(DATA)
    return lab


def contents(folder: Path) -> dict[str, tuple[int, str]]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): (path.stat().st_mode, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in files
    }


def test_two_builds_are_equal_byte_for_byte(lab_with_data: Path, tmp_path: Path) -> None:
    build(load_lab(lab_with_data), tmp_path / "one")
    shutil.rmtree(cache.folder())
    previous = os.umask(0o077)
    try:
        build(load_lab(lab_with_data), tmp_path / "two")
    finally:
        os.umask(previous)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_template_holds_what_a_learner_needs(lab: Path, tmp_path: Path) -> None:
    built = build(load_lab(lab), tmp_path / "out")
    names = set(contents(tmp_path / "out"))
    assert {"src/tiny/words.py", "checks/test_words.py", "lab.toml", "README.md", "HINTS.md", "Makefile"} <= names
    assert {".github/workflows/pushmark.yml", ".devcontainer/devcontainer.json", ".gitignore"} <= names
    assert load_lab(tmp_path / "out").slug == "tiny-lab"
    assert (built.files, built.bytes > 1000) == (len(names), True)


def test_nothing_that_only_the_grader_knows_is_in_it(lab: Path, tmp_path: Path) -> None:
    (lab / "checks" / "hidden_helper.py").write_text("SECRET = 1\n")
    build(load_lab(lab), tmp_path / "out")
    names = set(contents(tmp_path / "out"))
    assert not [name for name in names if "hidden" in name or "solution" in name or "mutant" in name]
    assert not {"design.md", "hidden.py", "hints.md"} & names
    everything = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    for secret in (b"long-text-is-ranked", b"def text(seed", b"findall(", b"SECRET"):
        # The words of the hints are meant to be read; the code around them is not.
        assert secret not in everything.replace(b"`re.findall`", b""), secret


def test_what_learners_tests_are_run_on_is_not_in_it_and_changes_the_build(lab: Path, tmp_path: Path) -> None:
    before = rendered(load_lab(lab)).template
    for place in ("suite/reference", "suite/mutants/case"):
        (lab / place / "src" / "tiny").mkdir(parents=True)
        (lab / place / "src" / "tiny" / "words.py").write_text("SECRET = 1\n")
    (lab / "suite" / "mutants" / "case" / "mutant.toml").write_text('hint = "SECRET"\n')
    (lab / "checks" / "test_suite.py").write_text("# suite.mutants('tests')\n")
    after = rendered(load_lab(lab)).template
    assert contents(after).keys() - contents(before).keys() == {"checks/test_suite.py"}
    assert not (after / "suite").exists()
    assert not [path for path in after.rglob("*") if path.is_file() and b"SECRET" in path.read_bytes()]
    assert before != after


def test_the_readme_ends_with_how_to_work_and_hints_are_folded(lab: Path, tmp_path: Path) -> None:
    build(load_lab(lab), tmp_path / "out")
    readme = (tmp_path / "out" / "README.md").read_text()
    assert readme.startswith("# Count words\n")
    assert "\n## Working in this repository\n" in readme
    assert "make check" in readme
    hints = (tmp_path / "out" / "HINTS.md").read_text()
    assert hints.count("<details>") == hints.count("</details>") == 4
    assert "<summary>Hint 2</summary>\n\n`re.findall` gives all runs that match a pattern.\n" in hints


def test_headings_in_code_are_no_headings() -> None:
    page = "# Title\n\n```sh\n# a comment\n```\n\n## Part\n"
    assert public.readme("# Lab\n", page) == "# Lab\n\n## Title\n\n```sh\n# a comment\n```\n\n### Part\n"


def test_a_hint_of_several_lines_stays_one_hint() -> None:
    folded = public.hints("## Task 1\n\n1. Look:\n\n   ```python\n   x = 1\n   ```\n2. Again.\n")
    assert "<summary>Hint 1</summary>\n\nLook:\n\n```python\nx = 1\n```\n\n</details>" in folded
    assert public.hints(folded) == folded


def test_the_learners_lab_file_says_the_same_without_the_metrics(lab: Path) -> None:
    metric = MetricSpec(
        name="m", title="M", predict="a:b", function="roc_auc", points=1, baseline=0.5, target=0.7, reference="secret"
    )
    spec = replace(load_lab(lab), metrics=[metric])
    text = public.lab_toml(spec)
    assert "secret" not in text
    (lab / "lab.toml").write_text(text)
    assert load_lab(lab) == replace(spec, metrics=[])


@given(st.text(), st.text(min_size=1), st.floats(0.001, 1e9))
def test_any_text_and_number_survives_in_the_learners_lab_file(title: str, summary: str, seconds: float) -> None:
    spec = load_lab(TINY)
    limits = replace(spec.limits, call_seconds=seconds)
    changed = replace(spec, title=title, summary=summary, limits=limits, tasks=[TaskSpec(number=1, title=title)])
    read = tomllib.loads(public.lab_toml(changed))
    assert (read["title"], read["summary"], read["tasks"]) == (title, summary, [{"number": 1, "title": title}])
    assert read.get("limits", {}).get("call_seconds", 10.0) == seconds


def test_a_clone_fetches_its_tables_with_dvc_pull_and_without_dvc(lab_with_data: Path, tmp_path: Path) -> None:
    build(load_lab(lab_with_data), tmp_path / "out")
    ready = rendered(load_lab(lab_with_data))
    tables = contents(ready.data)
    assert set(tables) == {"letters.parquet", "more/digits.parquet"}
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", "-C", str(tmp_path / "out")]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], check=True)
    clones = [tmp_path / "with-dvc", tmp_path / "without"]
    for clone in clones:
        subprocess.run(["git", "clone", "-q", tmp_path / "out", clone], check=True)
        assert not list(clone.rglob("*.parquet")), "tables are ignored by git"
    subprocess.run([Path(sys.executable).with_name("dvc"), "pull", "-q"], cwd=clones[0], check=True)
    assert tracked.main([str(clones[1])]) == 0
    for clone in clones:
        found = {str(path.relative_to(clone / "data/raw")): path.read_bytes() for path in clone.rglob("*.parquet")}
        assert found == {name: (ready.data / name).read_bytes() for name in tables}
        status = subprocess.run(["git", "status", "--porcelain"], cwd=clone, check=True, capture_output=True, text=True)
        assert status.stdout == ""


def test_fetching_follows_no_link_and_writes_nothing_outside(lab_with_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build(load_lab(lab_with_data), out)
    outside = tmp_path / "outside"
    outside.mkdir()
    with pytest.raises(PushmarkError, match="leads out of the repository"):
        tracked.fetch(out, "../outside")
    victim = outside / "victim"
    victim.write_text("mine")
    (out / "data/raw/letters.parquet").symlink_to(victim)
    tracked.fetch(out, "data/raw")
    assert victim.read_text() == "mine"
    assert not (out / "data/raw/letters.parquet").is_symlink()
    pointer = out / "data/raw/letters.parquet.dvc"
    stored = next((out / ".dvcstore/files/md5").rglob("??????????????????????????????"))
    stored.chmod(0o644)
    stored.write_text("other")
    with pytest.raises(PushmarkError, match="is damaged"):
        tracked.fetch(out, "data/raw")
    pointer.unlink()
    pointer.symlink_to(victim)
    with pytest.raises(PushmarkError, match="not a plain file"):
        tracked.fetch(out, "data/raw")
    shutil.move(out / "data", outside / "data")
    (out / "data").symlink_to(outside / "data")
    with pytest.raises(PushmarkError, match="leads out of the repository"):
        tracked.fetch(out, "data/raw")


def test_a_lab_is_rendered_once_and_again_after_any_change(lab: Path) -> None:
    told: list[str] = []
    first = rendered(load_lab(lab), progress=told.append)
    assert told
    told.clear()
    assert rendered(load_lab(lab), progress=told.append) == first
    assert told == []
    for name in ("starter/src/tiny/words.py", "hidden.py", "solution/src/tiny/words.py", "README.md"):
        (lab / name).write_bytes((lab / name).read_bytes() + b"\n")
        changed = rendered(load_lab(lab))
        assert changed != first, name
        first = changed
    shared = lab.parent / "some-data"
    shared.mkdir()
    (shared / "table.csv").write_text("a\n")
    assert rendered(load_lab(lab)) != first


def test_a_build_cut_short_leaves_nothing_that_looks_whole(lab_with_data: Path) -> None:
    (lab_with_data / "data.py").write_text(
        "def write(folder):\n    (folder / 'x').write_text('')\n    raise OSError('full')\n"
    )
    with pytest.raises(LabError, match="OSError: full"):
        rendered(load_lab(lab_with_data))
    assert list((cache.folder() / "labs").iterdir()) == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("1 / 0\n", "ZeroDivisionError: division by zero"),
        ("def write(folder):\n    raise KeyError('x')\n", "KeyError: 'x'"),
        ("x = 1\n", r"no function write\(folder: Path\)"),
        ("def write(folder):\n    pass\n", "wrote no file"),
        ("def write(folder:\n", "SyntaxError"),
    ],
)
def test_faulty_data_code_is_named(lab_with_data: Path, code: str, said: str) -> None:
    (lab_with_data / "data.py").write_text(code)
    with pytest.raises(LabError, match=said) as caught:
        rendered(load_lab(lab_with_data))
    assert "data.py" in str(caught.value)
    assert caught.value.next_step


def test_faults_of_the_folder_are_named_with_the_next_step(lab: Path, tmp_path: Path) -> None:
    (lab / "starter" / "Makefile").write_text("")
    (lab / "starter" / "HINTS.md").write_text("")
    with pytest.raises(LabError) as caught:
        rendered(load_lab(lab))
    assert [problem.rsplit(" ", 1)[1] for problem in caught.value.problems] == ["HINTS.md", "Makefile"]
    shutil.rmtree(lab / "starter")
    with pytest.raises(LabError, match="starter: no such folder"):
        rendered(load_lab(lab))
    (lab / "starter").symlink_to(tmp_path)
    with pytest.raises(LabError, match="a symbolic link"):
        rendered(load_lab(lab))


def test_a_gitignore_of_the_starter_is_added_to_the_templates(lab: Path, tmp_path: Path) -> None:
    (lab / "starter" / ".gitignore").write_text("work/\n")
    build(load_lab(lab), tmp_path / "out")
    ignored = (tmp_path / "out" / ".gitignore").read_text().splitlines()
    assert {".venv/", "work/"} <= set(ignored)


def test_nothing_a_person_made_is_overwritten(lab: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    build(load_lab(lab), out)
    with pytest.raises(PushmarkError, match="not an empty folder"):
        build(load_lab(lab), out)
    with pytest.raises(PushmarkError, match="not an empty folder"):
        build(load_lab(lab), out / "README.md")


@pytest.mark.parametrize("source", ["a/b@main", "Some-Org/re.po_x@v1.2.3", "a/b@" + "0" * 40, "a/b@release/1.x"])
def test_a_source_names_owner_repository_and_ref(source: str) -> None:
    check_source(source)


@pytest.mark.parametrize(
    "source",
    ["", "a/b", "a/b@", "@v1", "a@v1", "a/b/c@v1", "a/b@v 1", "a/b@v1\n- run: x", "a/b@v1#x", "a/b@a..b", "-a/b@v1"],
)
def test_a_source_that_is_none_is_refused_with_an_example(source: str, lab: Path, tmp_path: Path) -> None:
    with pytest.raises(PushmarkError, match="expected OWNER/REPO@REF") as caught:
        build(load_lab(lab), tmp_path / "out", source=source)
    assert "pushmark/pushmark@v" in caught.value.next_step
    assert not (tmp_path / "out").exists()


def test_the_template_is_the_one_given_else_the_nearest(
    lab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = load_lab(lab)
    monkeypatch.delenv("PUSHMARK_TEMPLATE")
    assert find_template(spec) == ROOT / "template_repo", "Pushmark's own, when no folder above has one"
    near = shutil.copytree(ROOT / "template_repo", tmp_path / "template_repo")
    assert find_template(spec) == near
    assert find_template(spec, ROOT / "template_repo") == ROOT / "template_repo"
    monkeypatch.setenv("PUSHMARK_TEMPLATE", str(tmp_path / "nowhere"))
    with pytest.raises(LabError, match="nowhere") as caught:
        find_template(spec)
    assert "--template DIR" in caught.value.next_step
