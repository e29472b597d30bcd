"""A faulty lab: its author reads which file, which key or line, what was expected, and what to do next."""

from collections.abc import Callable

import pytest

from tests.graders.bad_input.conftest import TINY, Files

LAB = (TINY / "lab.toml").read_text()
CHECKS = (TINY / "checks" / "test_words.py").read_text()
METRIC = """
[[metrics]]
name = "error"
title = "Mean error"
predict = "tiny.words:guess"
function = "mae"
points = 5
baseline = 1.0
target = 0.0
"""

FAULTY: dict[str, Files] = {
    "no-lab-toml": {"lab.toml": None},
    "not-toml": {"lab.toml": LAB.replace('title = "Count words"', "title = Count words")},
    "unknown-key": {"lab.toml": LAB.replace("max_files", "max_file")},
    "wrong-type": {"lab.toml": LAB.replace("memory_mb = 512", 'memory_mb = "plenty"')},
    "several-faults": {
        "lab.toml": LAB.replace("number = 2", 'number = "two"').replace("version", "Version").replace("50", "[]")
        + METRIC
    },
    "not-utf8": {"lab.toml": LAB.encode() + b'track = "caf\xe9"\n'},
    "no-checks-folder": {"checks": None},
    "no-checks": {"checks/test_words.py": None, "checks/test_hidden_words.py": None},
    "check-does-not-import": {"checks/test_words.py": "from pushmark_graders.checks import tusk\n" + CHECKS},
    "check-with-syntax-error": {"checks/test_words.py": CHECKS.replace("):", ")", 1)},
    "check-without-docstring": {
        "checks/test_words.py": CHECKS.replace('    """Every word is counted, whatever stands around it."""\n', "")
    },
    "check-without-task": {"checks/test_words.py": CHECKS + "\n\ndef test_more():\n    pass\n"},
    "check-that-waits-for-nothing": {"checks/test_words.py": CHECKS.replace('["words-are-counted"]', '["words"]')},
    "hidden-check-among-public-ones": {"checks/test_words.py": CHECKS.replace("points=2", "points=2, hidden=True")},
    "no-hidden-set": {"lab.toml": LAB + METRIC, "hidden.py": None},
    "hidden-set-does-not-import": {"lab.toml": LAB + METRIC, "hidden.py": "import pandaz\n"},
    "hidden-set-raises": {
        "lab.toml": LAB + METRIC,
        "hidden.py": "def hidden_set(seed, lab):\n    return {}['rows']\n",
    },
    "hidden-set-of-another-type": {
        "lab.toml": LAB + METRIC,
        "hidden.py": "def hidden_set(seed, lab):\n    return [1]\n",
    },
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_lab_is_named_with_its_next_step(
    name: str, grade: Callable[..., str], golden: Callable[[str, str], None]
) -> None:
    told = grade(lab=FAULTY[name])
    assert told.startswith("exit status 2\nError: ")
    assert "\nNext: " in told
    golden(f"lab-{name}.txt", told)


def test_a_lab_that_is_not_there_is_named(grade: Callable[..., str], golden: Callable[[str, str], None]) -> None:
    told = grade(lab_at="no-such-lab")
    assert told.startswith("exit status 2\nError: ")
    golden("lab-not-there.txt", told)


def test_a_check_that_breaks_before_it_asks_anything_costs_the_learner_nothing(
    grade: Callable[..., str], golden: Callable[[str, str], None]
) -> None:
    broken = CHECKS.replace('    words = submission.module("tiny.words")\n', "    words = submision\n", 1)
    told = grade(lab={"checks/test_words.py": broken})
    assert told.startswith("exit status 3\n")
    golden("lab-check-breaks.txt", told)


def test_a_hidden_set_that_breaks_inside_a_check_costs_the_learner_nothing(
    grade: Callable[..., str], golden: Callable[[str, str], None]
) -> None:
    told = grade(lab={"hidden.py": "def text(seed):\n    raise KeyError('secret words')\n"})
    assert told.startswith("exit status 3\n")
    assert "secret" not in told
    golden("lab-hidden-breaks-in-a-check.txt", told)
