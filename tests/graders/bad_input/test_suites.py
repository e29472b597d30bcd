"""A lab that asks for tests: what a learner reads of theirs when they pass, fail, miss a fault, break, or we do."""

from collections.abc import Callable

import pytest

from tests.graders.bad_input.conftest import TINY, Files

WORDS = "src/tiny/words.py"
RIGHT = (TINY / "solution" / WORDS).read_text()
CHECKS = '''
"""The learner's own tests."""

from pushmark_graders.checks import expect, task


@task(2, points=1, hint="Does your test say what the README says?")
def test_tests_pass_on_right_code(suite):
    """Your tests pass on a right implementation."""
    suite.run("tests", repeats=1)


@task(2, points=2, needs=["tests-pass-on-right-code"], hint="Which texts are unlike those that you try?")
def test_tests_notice_faults(suite):
    """Your tests notice two of two faulty implementations."""
    found = suite.mutants("tests", repeats=1)
    expect.that(found.killed == found.total, found.message)
'''
LAB = (TINY / "lab.toml").read_text().replace('"src/tiny/*.py"', '"src/tiny/*.py", "tests/**"')
ASKING: Files = {
    "lab.toml": LAB.replace('source = "src"', 'source = "src"\npreload = ["pytest"]'),
    "checks/test_suite.py": CHECKS,
    f"suite/reference/{WORDS}": RIGHT,
    f"suite/mutants/case/{WORDS}": RIGHT.replace("text.lower()", "text"),
    f"suite/mutants/ties/{WORDS}": RIGHT.replace("(-counts[word], word)", "-counts[word]"),
    "suite/mutants/ties/mutant.toml": 'hint = "Two words can be equally common."\n',
}
HEAD = "from tiny.words import count, top\n\n\n"
CASE = "def test_case():\n    assert count('A a') == {'a': 2}\n"
TIES = "def test_ties():\n    assert top('b a', 1) == ['a']\n"
WRONG = "def test_words():\n    words = count('a-b')\n    assert words == {'a-b': 1}\n"

SUITES: dict[str, str] = {
    "passes": f"{HEAD}{CASE}\n\n{TIES}",
    "misses-a-fault": f"{HEAD}{CASE}",
    "fails-on-right-code": f"{HEAD}{CASE}\n\n{WRONG}",
    "does-not-import": "from tiny.words import counts\n\n\ndef test_a():\n    pass\n",
    "does-not-parse": "def test_a(:\n    pass\n",
    "exits": f"{HEAD}def test_a():\n    raise SystemExit(0)\n",
    "dies": "import os\n\n\ndef test_a():\n    os._exit(0)\n",
}


@pytest.mark.parametrize("name", SUITES)
def test_a_learner_reads_what_their_tests_are_worth(
    name: str, grade: Callable[..., str], golden: Callable[[str, str], None]
) -> None:
    told = grade(lab=ASKING, submission={"tests/test_words.py": SUITES[name]})
    assert told.startswith("exit status 0\n")
    golden(f"suite-{name}.txt", told)


def test_a_submission_without_tests_is_told_so(grade: Callable[..., str], golden: Callable[[str, str], None]) -> None:
    golden("suite-no-tests.txt", grade(lab=ASKING))


def test_a_lab_without_its_mutants_is_our_fault(grade: Callable[..., str], golden: Callable[[str, str], None]) -> None:
    lacking = {name: content for name, content in ASKING.items() if "mutants" not in name}
    told = grade(lab=lacking, submission={"tests/test_words.py": SUITES["passes"]})
    assert told.startswith("exit status 3\n")
    golden("suite-ungraded.txt", " ".join(told.split()) + "\n")  # lines break where the folder's name ends
