"""A learner's own tests, run by real workers on a reference and on mutants: honest suites, and those that lie."""

import contextlib
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.grading.disguise import disguise
from pushmark_graders.grading.session import Session
from pushmark_graders.grading.suites import Suite
from pushmark_graders.report.model import Location
from pushmark_graders.submission.errors import Garbled, Raised, SubmissionError, SuiteFailed, TimedOut
from pushmark_graders.submission.proxy import Connection
from pushmark_graders.worker.policy import local
from pushmark_graders.worker.pool import Pool

Files = Mapping[str, str | bytes]

SECRET = "SECRET-OF-THE-REFERENCE"
REFERENCE = f'''
"""Prices as a shop writes them."""

CURRENCY = "{SECRET}"

def parse(text):
    """The number that `text` stands for, or None."""
    text = text.strip()
    if text == "n/a":
        return None
    else:
        value = float(text.replace(",", ""))
    return value
'''
LAB = {
    "suite/reference/prices.py": REFERENCE,
    "suite/mutants/separators/prices.py": REFERENCE.replace('replace(",", "")', "strip()"),
    "suite/mutants/missing/prices.py": REFERENCE.replace("return None", "return 0.0"),
    "suite/mutants/missing/mutant.toml": 'hint = "What does a price look like that is not there?"\n',
    "suite/mutants/signs/prices.py": REFERENCE.replace("return value", "return abs(value)"),
    "suite/mutants/signs/mutant.toml": 'hint = "Can a price be negative?"\n',
}
OWN = "def parse(text):\n    return 3.0\n"
GOOD = """
import pytest
from prices import parse

def test_separators():
    assert parse("1,000") == 1000

@pytest.mark.parametrize("text", [" n/a", "n/a"])
def test_missing(text):
    assert parse(text) is None

class TestSigns:
    def test_negative(self):
        assert parse("-1") == -1
"""
NO_NEGATIVE = GOOD.partition("class")[0]

Make = Callable[..., Suite]


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(["pytest"]) as warm:
        warm.start()
        yield warm


@pytest.fixture
def make(tmp_path: Path, write: Callable[[Path, Files], Path], pool: Pool) -> Iterator[Make]:
    """`make("tests")`: the fixture of a check for a submission with these tests."""
    opened: list[Connection] = []

    def suite(tests: str | Files, lab: Files = LAB, own: str = OWN) -> Suite:
        theirs = {"tests/test_prices.py": tests} if isinstance(tests, str) else tests
        folder = write(tmp_path / f"grading{len(opened)}" / "submission", {"prices.py": own, **theirs})
        opened.append(Connection(local(), folder, source=".", pool=pool))
        return Suite(write(tmp_path / "lab", lab), opened[-1], lambda _phase: None, {})

    yield suite
    for connection in opened:
        connection.end()
        assert [path.name for path in connection.folder.parent.iterdir()] == ["submission"], "something stayed behind"


def refusal(suite: Suite, **options: object) -> SubmissionError:
    """What keeps the tests from passing on the reference; they kill nothing then, whatever they answered."""
    with pytest.raises(SubmissionError) as caught:
        suite.run("tests", **options)  # type: ignore[arg-type]
    with contextlib.suppress(SubmissionError):  # which says the same: there is nothing to run
        mutants = suite.mutants("tests")
        assert (mutants.killed, mutants.total) == (0, 3)
        assert "do not pass on a right implementation" in mutants.message
        assert "?" not in mutants.message
    assert SECRET not in f"{caught.value.public}{caught.value.kind}"
    return caught.value


def test_tests_that_pass_on_the_reference_and_kill_every_mutant(make: Make) -> None:
    suite = make(GOOD)
    assert suite.run("tests").tests == 4
    mutants = suite.mutants("tests")
    assert (mutants.killed, mutants.total, mutants.share) == (3, 3, 1.0)
    assert mutants.message == "Your tests notice 3 of 3 faulty implementations."


def test_a_survivor_is_counted_and_its_authors_hint_is_given(make: Make) -> None:
    mutants = make(NO_NEGATIVE).mutants("tests")
    assert (mutants.killed, mutants.total) == (2, 3)
    assert mutants.message == "Your tests notice 2 of 3 faulty implementations.\nMissed: Can a price be negative?"


def test_of_a_survivor_without_a_hint_nothing_is_told(make: Make) -> None:
    mutants = make(GOOD, {**LAB, "suite/mutants/signs/mutant.toml": "", "suite/mutants/missing/mutant.toml": ""})
    assert "\n" not in mutants.mutants("tests").message


def test_a_mutant_that_is_told_to_be_late_is_killed_by_time_where_the_author_lets_it(make: Make) -> None:
    endless = REFERENCE.replace("return None", "while True: pass")
    lab = {"suite/reference/prices.py": REFERENCE, "suite/mutants/endless/prices.py": endless}
    suite = make(GOOD, lab)
    assert suite.mutants("tests", seconds=1.5, repeats=1).killed == 0
    assert suite.mutants("tests", seconds=1.5, repeats=1, late_kills=True).killed == 1


def test_the_first_test_that_fails_on_the_reference_is_named_with_the_learners_own_line(make: Make) -> None:
    wrong = GOOD.replace('parse("1,000") == 1000', 'parse("1,000") == 1')
    error = refusal(make(wrong))
    assert isinstance(error, SuiteFailed)
    assert error.state == "failed"
    assert error.location == Location(path="tests/test_prices.py", line=6)
    assert error.public == (
        '`tests/test_prices.py::test_separators` fails on a right implementation.\n  line 6: assert parse("1,000") == 1'
    )


def test_what_a_failing_test_said_is_shown_where_the_author_lets_it(make: Make) -> None:
    suite = make("import prices\n\ndef test_currency():\n    assert prices.CURRENCY == 'EUR'\n")
    with pytest.raises(SuiteFailed) as caught:
        suite.run("tests", tell="failure")
    assert SECRET in caught.value.public
    refusal(suite)


def test_tests_that_fail_outside_of_their_own_lines_are_named_without_a_line(make: Make) -> None:
    error = refusal(
        make("import prices\n\ndef check():\n    assert prices.parse('1') == 2\n\ndef test_one():\n    check()\n")
    )
    assert (error.location, error.public.count("\n")) == (Location(path="tests/test_prices.py", line=7), 1)
    hooks = "import pytest\n@pytest.fixture\ndef gone():\n    raise OSError\n"
    error = refusal(make({"tests/conftest.py": hooks, "tests/test_a.py": "def test_a(gone):\n    pass\n"}))
    assert error.public == "`tests/test_a.py::test_a` fails on a right implementation."


def test_tests_that_cannot_be_collected_show_the_learner_their_own_error(make: Make) -> None:
    error = refusal(make("from prices import pares\n\ndef test_one():\n    pass\n"))
    assert isinstance(error, Raised)
    assert "cannot import name 'pares'" in error.public
    assert error.state == "error"


@pytest.mark.parametrize(
    "files", [{"tests/notes.txt": "none"}, {"tests/test_a.py": "x = 1\n"}, {"test_a.py": ""}], ids=repr
)
def test_a_submission_without_tests_fails(make: Make, files: Files) -> None:
    assert "There are no tests in `tests`" in refusal(make(files)).public


def test_too_many_tests_are_refused(make: Make) -> None:
    many = "import pytest\n@pytest.mark.parametrize('x', range(1001))\ndef test_a(x):\n    pass\n"
    assert "1,001 tests" in refusal(make(many)).public


def test_helpers_settings_and_an_own_conftest_work_as_at_home(make: Make) -> None:
    files = {
        "tests/conftest.py": "import pytest\n@pytest.fixture\ndef cents():\n    return ',000'\n",
        "tests/helpers.py": "from prices import parse\n",
        "tests/unit/test_deep.py": "from helpers import parse\ndef test_a(cents):\n    assert parse('1' + cents)\n",
        "tests/test_skip.py": "import pytest\n@pytest.mark.skip\ndef test_b():\n    pass\n",
        "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--nonsense'\n",
    }
    assert make(files).run("tests").tests == 2


FLAKY = """
import os
def test_steady():
    pass
def test_now_and_then():
    assert os.urandom(1)[0] < 128
"""
LIES = {
    "fails always": "def test_a(): assert False",
    "fails on what is not its own code": """
        import inspect, prices
        def test_a(): assert "3.0" in inspect.getsource(prices)
        """,
    "ends its process": "import os\ndef test_a(): os._exit(0)",
    "ends its process while it is collected": """
        import os, prices
        if hasattr(prices, "CURRENCY"): os._exit(0)
        def test_a(): pass
        """,
    "leaves pytest": "import pytest\ndef test_a(): pytest.exit('enough', returncode=0)",
    "skips everything": "import pytest\ndef test_a(): pytest.skip('not today')",
    "has other tests there": """
        import pytest, prices
        @pytest.mark.parametrize("x", [vars(prices).get("CURRENCY")])
        def test_a(x): pass
        """,
    "has more tests there": """
        import pytest, prices
        @pytest.mark.parametrize("x", range(len(dir(prices))))
        def test_a(x): pass
        """,
    "prints a report": """
        import os
        print("4 passed")
        def test_a():
            print("PASSED")
            os.write(1, b"1 passed"), os._exit(0)
        """,
    "raises what nobody catches": "class E(BaseException): pass\ndef test_a(): raise E",
    "writes into the protocol": "import os\ndef test_a(): os.write(3, b'x' * 64)",
    "answers in another form": """
        from pushmark_graders.worker import trial
        trial.Path = None
        def test_a(): assert False
        """,
}


@pytest.mark.parametrize("tests", LIES.values(), ids=LIES)
def test_a_suite_that_does_not_pass_on_the_reference_kills_nothing(make: Make, tests: str) -> None:
    refusal(make(textwrap.dedent(tests)))


def test_a_suite_that_gives_another_result_each_time_is_told_so(make: Make) -> None:
    with pytest.raises(SuiteFailed) as caught:
        make(FLAKY).run("tests", repeats=8)
    assert caught.value.public == (
        "Your tests must give the same result each time; on a right implementation they do not. "
        "The first that differs is `tests/test_prices.py::test_now_and_then`."
    )


def test_a_suite_that_never_ends_is_stopped(make: Make) -> None:
    with pytest.raises(TimedOut, match=r"within 0\.7 s"):
        make("import time, prices\ndef test_a():\n    time.sleep(60)\n").run("tests", seconds=0.7, repeats=1)


PASSES_FALSELY = {
    "claims that all passed": """
        from pushmark_graders.worker import trial
        real = trial.run
        def run(tests):
            answer = real(tests)
            return {**answer, "outcomes": ["passed"] * len(answer["outcomes"]), "failure": None}
        trial.run = run
        def test_a():
            trial.run = run
        """,
    "turns every failure into a pass": """
        import _pytest.reports
        _pytest.reports.TestReport.failed = property(lambda self: False)
        def test_a():
            assert False
        """,
    "catches what pytest would": """
        from prices import parse
        def test_a():
            try:
                assert parse("1,000") == 1000
            except Exception:
                pass
        """,
    "dies on what is not right": """
        import os
        from prices import parse
        def test_a():
            if parse("-1") != -1 or parse("n/a") is not None:
                os._exit(1)
        """,
    "sleeps on what is not right": """
        import time
        from prices import parse
        def test_a():
            if parse("-1") != -1:
                time.sleep(60)
        """,
    "has other tests where it is not right": """
        import pytest
        from prices import parse
        @pytest.mark.parametrize("x", [1, 2] if parse("-1") == 1 or parse("n/a") == 0 else [1])
        def test_a(x):
            assert parse("-1") == -1 and parse("n/a") is None
        """,
}


@pytest.mark.parametrize("tests", PASSES_FALSELY.values(), ids=PASSES_FALSELY)
def test_what_is_no_failed_test_kills_no_mutant(make: Make, tests: str) -> None:
    assert make(textwrap.dedent(tests)).mutants("tests", seconds=1.0, repeats=1).killed == 0


KNOWS = """
import hashlib, inspect, types
import prices

def look(code):
    inner = [look(each) if isinstance(each, types.CodeType) else each for each in code.co_consts]
    return [code.co_code, code.co_names, code.co_varnames, inner]

def marks():
    text = inspect.getsource(prices)
    kinds = {{
        "text": text, "words": "".join(text.split()), "size": len(text), "lines": text.count("\\n"),
        "code": look(prices.parse.__code__), "stack": prices.parse.__code__.co_code.hex(),
    }}
    return hashlib.sha256(repr(kinds["{kind}"]).encode()).hexdigest()

def test_a():
    assert marks() in {known}
"""


def look_at(source: str, kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The mark by which `KNOWS` would know this implementation."""
    folder.mkdir()
    (folder / "prices.py").write_text(source)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "prices", raising=False)
    scope: dict[str, Any] = {}
    exec(KNOWS.format(kind=kind, known="[]"), scope)
    return str(scope["marks"]())


@pytest.mark.parametrize("kind", ["text", "words", "size", "code", "stack"])
def test_a_suite_that_knows_the_reference_by_heart_does_not_recognise_it(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Even if it found out what the reference looked like in an earlier attempt."""
    looks = [REFERENCE, *(disguise(REFERENCE, Random(seed)) for seed in range(5))]
    known = [look_at(look, kind, tmp_path / f"{at}", monkeypatch) for at, look in enumerate(looks)]
    monkeypatch.delitem(sys.modules, "prices")
    assert isinstance(refusal(make(KNOWS.format(kind=kind, known=known))), SuiteFailed)


def test_all_runs_look_alike_to_the_tests(make: Make) -> None:
    """Arguments, environment, folder, names and process numbers do not tell the reference from a mutant."""
    sees = """
import glob, os, sys
seen = repr([sys.argv, sorted(os.environ.items()), os.getcwd(), os.getpid(), sorted(glob.glob("**", recursive=True))])
def test_a():
    assert hash(seen) == {known}, hash(seen)
"""
    with pytest.raises(SuiteFailed) as caught:
        make(sees.format(known="''")).run("tests", tell="failure")
    known = next(line for line in caught.value.public.splitlines() if line.startswith("AssertionError: "))
    suite = make(sees.format(known=known.removeprefix("AssertionError: ").strip()))
    assert suite.run("tests").tests == 1
    assert suite.mutants("tests").killed == 0


def test_nothing_is_kept_from_one_run_to_the_next(make: Make) -> None:
    keeps = """
import glob, os
left = glob.glob("*left*") + glob.glob("/tmp/*left*") + glob.glob("/dev/shm/*left*")
for place in (".", "tests", "/tmp", "/dev/shm"):
    try:
        open(os.path.join(place, "left"), "w").close()
    except OSError:
        pass
def test_a():
    assert not left
"""
    assert make(keeps).run("tests").tests == 1


def test_what_tests_print_or_raise_on_the_reference_reaches_nobody(
    make: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    loud = (
        "import sys, os, prices\nprint(prices.__dict__)\nos.write(2, repr(vars(prices)).encode())\n"
        "def test_a():\n    raise ValueError(vars(prices))\n"
    )
    suite = make(loud)
    refusal(suite)
    told = capfd.readouterr()
    assert SECRET not in told.out + told.err + suite._connection.take_output()


def test_names_as_long_as_a_path_can_be_do_not_void_an_attempt(make: Make) -> None:
    suite = make(GOOD)
    at = suite._connection.folder
    while len(str(at)) < 3800:
        at /= "d" * 200
    at = at / ("d" * (4094 - len(str(at)) - 3)) / "x"
    at.parent.mkdir(parents=True)
    at.write_text("")
    with pytest.raises(SubmissionError, match="too long"):
        suite.run("tests", repeats=1)


def test_links_that_training_left_are_not_followed_when_files_are_exchanged(make: Make, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    suite = make(GOOD, {**LAB, "suite/reference/src/more.py": "x = 1\n"})
    folder = suite._connection.folder
    (folder / "prices.py").rename(folder / "own.py")
    (folder / "prices.py").symlink_to("own.py")
    (folder / "src").symlink_to(tmp_path / "outside")
    assert suite.mutants("tests", repeats=1).killed == 3
    assert list((tmp_path / "outside").iterdir()) == []
    assert (folder / "own.py").read_text() == OWN


FAULTS = {
    "no reference": ({"suite/mutants/a/prices.py": REFERENCE}, "suite/reference: no files in it"),
    "no mutants": ({"suite/reference/prices.py": REFERENCE}, "suite/mutants: no mutants in it"),
    "no fault": ({**LAB, "suite/mutants/a/prices.py": REFERENCE}, "mutants/a: it does not differ"),
    "a stranger": ({**LAB, "suite/mutants/a/price.py": REFERENCE}, "price.py: the reference has no such file"),
    "no code": ({**LAB, "suite/mutants/a/prices.py": "def parse(:"}, "prices.py: it does not compile"),
    "a wrong hint": ({**LAB, "suite/mutants/signs/mutant.toml": "title = 1"}, "mutant.toml: "),
    "in the tests": ({**LAB, "suite/reference/tests/a.py": ""}, "take the place of the learner's tests"),
}


@pytest.mark.parametrize(("lab", "told"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_lab_is_our_fault(make: Make, lab: Files, told: str) -> None:
    with pytest.raises(CouldNotGrade) as caught:
        make(GOOD, lab).mutants("tests")
    assert told in str(caught.value)


def test_a_layer_that_is_missing_is_our_fault(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    from pushmark_graders.worker import launcher

    def refuse(*_: object, **__: object) -> None:
        raise CouldNotGrade("no sandbox here")

    suite = make(GOOD)
    suite._roster("tests", 10.0)
    monkeypatch.setattr(launcher, "begin", refuse)
    with pytest.raises(CouldNotGrade, match="no sandbox"):
        suite.mutants("tests")


CHECKS = """
from pushmark_graders.checks import expect, task

@task(1, points=1)
def test_tests_pass(suite):
    '''Your tests pass on a right implementation.'''
    expect.that(suite.run("tests", repeats=1).tests >= 2, "Write at least two tests.")

@task(1, points=2, needs=["tests-pass"], hint="What else can be wrong?")
def test_tests_notice_faults(suite):
    '''Your tests notice two of three faulty implementations.'''
    found = suite.mutants("tests", repeats=1)
    expect.that(found.killed >= 3, found.message)
"""


@pytest.fixture
def states(
    run_checks: Callable[..., Session], write: Callable[[Path, Files], Path], tmp_path: Path
) -> Callable[[str], dict[str, tuple[str, str]]]:
    """State and message of each check of a lab that asks for tests."""

    def judge(tests: str) -> dict[str, tuple[str, str]]:
        checks = {"test_suite.py": CHECKS, **{f"../{name}": text for name, text in LAB.items()}}
        session = run_checks(checks, {"prices.py": OWN, "tests/test_prices.py": tests})
        return {name: (one.state, one.message) for name, one in session.outcomes.items()}

    return judge


def test_checks_pass_fail_err_and_wait(states: Callable[[str], dict[str, tuple[str, str]]]) -> None:
    assert [state for state, _ in states(GOOD).values()] == ["passed", "passed"]
    some = states(NO_NEGATIVE)
    assert some["tests-notice-faults"] == (
        "failed",
        "Your tests notice 2 of 3 faulty implementations.\nMissed: Can a price be negative?",
    )
    assert [state for state, _ in states("def test_a():\n    assert 0\n").values()] == ["failed", "blocked"]
    assert [state for state, _ in states(LIES["ends its process"]).values()] == ["error", "blocked"]


def test_the_time_limit_of_the_check_ends_all_runs(run_checks: Callable[..., Session]) -> None:
    checks = {"test_suite.py": CHECKS, **{f"../{name}": text for name, text in LAB.items()}}
    slow = {"prices.py": OWN, "tests/test_prices.py": "import time\ndef test_a():\n    time.sleep(60)\n"}
    outcome = run_checks(checks, slow, more="check_seconds = 1.5").outcomes["tests-pass"]
    assert (outcome.state, outcome.message[:28]) == ("error", "The check took longer than 1")


def test_garbled_answers_are_the_learners_fault(make: Make) -> None:
    lies = (
        "from pushmark_graders.worker import trial\ntrial._describe = lambda item: {'id': 7}\ndef test_a():\n    pass\n"
    )
    with pytest.raises(Garbled):
        make(lies).run("tests")
