"""A README is typed along: what raises or prints something else is found, with the line in which it stands."""

import shutil
from pathlib import Path

import pytest
from pushmark_graders.grading.job import limited
from pushmark_graders.lab.build import Rendered
from pushmark_graders.lab.lint import readme
from pushmark_graders.lab.lint.verdict import Verdict
from pushmark_graders.lab.spec import LabSpec, SubmissionSpec, TaskSpec
from pushmark_graders.worker.policy import local


def prove(folder: Path, page: str) -> Verdict:
    """The verdict on a page beside a repository that has one module."""
    template = folder / "template"
    shutil.rmtree(template, ignore_errors=True)
    (template / "src").mkdir(parents=True)
    (template / "src" / "words.py").write_text("def shout(word):\n    return word.upper() + '!'\n")
    (template / "words.txt").write_text("ada\n")
    (folder / "README.md").write_text(page)
    spec = LabSpec(
        schema=1, slug="lab", title="A lab", version="1", summary="A lab.", root=folder,
        tasks=[TaskSpec(number=1, title="One")], submission=SubmissionSpec(editable=["src/**"], source="src"),
    )  # fmt: skip
    told: list[str] = []
    base = Rendered(template=template, data=folder / "no-data")
    verdict = readme.prove(spec, base, limited(local(), spec.limits), told.append)
    assert len(told) <= page.count("```python\n")
    return verdict


TYPED_ALONG = """# A lab

```python
from words import shout

name = open("words.txt").read().strip()
```

```python
print(shout(name))
print(0.1 + 0.2)
```
```text
ADA!
0.3...
```

```python fragment
shout(nobody)
```

```sh
exit 1
```
"""


def test_blocks_run_in_order_in_one_interpreter_in_the_learners_repository(tmp_path: Path) -> None:
    verdict = prove(tmp_path, TYPED_ALONG)
    assert verdict.problems == []
    assert verdict.told == "2 blocks run, 1 fragments"


def test_what_is_printed_in_place_of_what_the_page_says_is_shown_with_its_line(tmp_path: Path) -> None:
    (problem,) = prove(tmp_path, TYPED_ALONG.replace("ADA!", "ADA?")).problems
    assert problem.splitlines() == [
        "README.md, line 14: the block above prints something else",
        "--- README.md says", "+++ it prints", "-ADA?", "-0.3...", "+ADA!", "+0.30000000000000004",
    ]  # fmt: skip


def test_a_block_that_raises_is_named_by_the_line_that_raised_and_ends_the_run(tmp_path: Path) -> None:
    (problem,) = prove(tmp_path, TYPED_ALONG.replace("print(0.1 + 0.2)", "print(unknown)")).problems
    assert problem == "README.md, line 11: the block raises NameError: name 'unknown' is not defined"
    (problem,) = prove(tmp_path, TYPED_ALONG.replace("print(0.1 + 0.2)", "print(0.1 +)")).problems
    assert problem == "README.md, line 11: the block raises SyntaxError: invalid syntax"


def test_a_block_that_ends_the_interpreter_is_named(tmp_path: Path) -> None:
    (problem,) = prove(tmp_path, TYPED_ALONG.replace("print(0.1 + 0.2)", "import os; os._exit(3)")).problems
    assert problem.startswith("README.md, line 10: the block raises it ended the process with exit status 3")


@pytest.mark.parametrize(
    ("got", "expected"), [("a  \nb\n", "a\nb\n"), ("a 17 b\n", "a ... b\n"), ("", ""), ("1\n2\n3\n", "1\n...\n3\n")]
)
def test_what_is_printed_may_differ_in_trailing_spaces_and_where_dots_stand(got: str, expected: str) -> None:
    assert readme.prints(got, expected)


@pytest.mark.parametrize(
    ("got", "expected"), [("a\n", "b\n"), ("a b\n", "a  b\n"), ("1\n", "True\n"), ("\na\n", "a\n")]
)
def test_anything_else_may_not(got: str, expected: str) -> None:
    assert not readme.prints(got, expected)


def test_a_fence_of_four_marks_holds_one_of_three() -> None:
    (block,) = readme.blocks("````text\n```python\n1\n```\n````\n")
    assert (block.info, block.line, block.text) == ("text", 2, "```python\n1\n```\n")


def test_only_a_text_block_right_behind_code_is_what_it_prints(tmp_path: Path) -> None:
    apart = "```python\nprint(1)\n```\nSome words.\n```text\n2\n```\n"
    assert prove(tmp_path, apart).problems == []
    assert prove(tmp_path, apart.replace("Some words.", "")).problems != []
