"""Checks as they run: with real workers, in a pytest inside this pytest."""

import os
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from _pytest.assertion import util
from msgspec.structs import replace
from pushmark_graders.errors import LabError
from pushmark_graders.grading import session
from pushmark_graders.grading.seeds import derive_seed
from pushmark_graders.grading.session import Outcome, Plan, Session
from pushmark_graders.lab.hidden_file import load_hidden
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.report.model import Location
from pushmark_graders.worker.policy import local

RunChecks = Callable[..., Session]
WriteLab = Callable[..., Path]

SUBMISSION = {
    "words.py": """
    import os
    import sys
    import time

    def count(text):
        print("counting", text)
        return len(text.split())

    def wrong(text):
        return 1000

    def silent():
        return None

    def fail():
        raise ValueError("learner's own text")

    def vanish():
        os._exit(3)

    def hang():
        time.sleep(60)

    def huge():
        return 10**4000
    """,
    "broken.py": "def f(:\n",
}

PUBLIC = """
from pushmark_graders.checks import expect, task
import pytest

@task(2, points=1)
def test_comes_later(submission):
    '''Task two comes after task one.'''

@task(1, points=2, hint="Count again.")
def test_passes(submission):
    '''Words are counted.

    This paragraph is for authors.
    '''
    expect.equal(submission.module("words").count("a b"), 2)

@task(1, points=1)
def test_is_wrong(submission):
    '''A wrong answer.'''
    expect.equal(submission.module("words").wrong("a b"), 2)

@task(1, points=1)
def test_plain_assert(submission):
    '''A wrong answer, by a plain assert.'''
    assert submission.module("words").wrong("a b") == 2

@task(1, points=1)
def test_raises(submission):
    '''Learner code raises.'''
    submission.module("words").fail()

@task(1, points=1)
def test_dies(submission):
    '''Learner code ends the process.'''
    submission.module("words").vanish()

@task(1, points=1)
def test_hangs(submission):
    '''Learner code has no end.'''
    submission.module("words").hang()

@task(1, points=1)
def test_works_after_all_that(submission):
    '''The next check has a worker again.'''
    expect.equal(submission.module("words").count("a"), 1)

@task(1, points=1)
def test_syntax(submission):
    '''A module with a syntax error.'''
    submission.module("broken")

@task(1, points=1)
def test_missing(submission):
    '''A function that is not there.'''
    submission.module("words").mean()

@task(1, points=1, needs=["is-wrong", "passes"])
def test_waits(submission):
    '''Waits for a wrong answer.'''

@task(1, points=1, needs=["waits"])
def test_waits_longer(submission):
    '''Waits for what waits.'''

@task(1, points=1)
def test_skips(submission):
    '''The check skips itself.'''
    pytest.skip("not today")

@task(1, points=1)
@pytest.mark.skip
def test_marked_skip(submission):
    '''The check is skipped by a mark.'''

@task(1, points=1)
@pytest.mark.xfail
def test_marked_xfail(submission):
    '''The check is expected to fail.'''
    assert False

@task(1, points=1)
def test_breaks_by_itself(submission):
    '''The check has a fault of its own.'''
    {}["missing"]

@task(1, points=1)
def test_cannot_use_the_answer(submission):
    '''The answer is nothing that the check can work with.'''
    submission.module("words").silent().sum()

@task(1, points=1)
def test_exits(submission):
    '''The check leaves.'''
    raise SystemExit(0)

@task(1, points=1)
def test_sends_nonsense(submission):
    '''The check sends what cannot travel.'''
    submission.module("words").count(object())

@task(1, points=1)
def test_huge(submission):
    '''A number beyond all floats.'''
    expect.close(submission.module("words").huge(), 3.0)

@task(1, points=1)
def test_subtests_pass(submission, subtests):
    '''All of several cases are right.'''
    for text in ("a", "a b"):
        with subtests.test(text=text):
            expect.equal(submission.module("words").count(text), len(text.split()))

@task(1, points=1)
def test_a_later_subtest_fails(submission, subtests):
    '''The second of three cases is wrong.'''
    for number, expected in enumerate([1, 7, 1]):
        with subtests.test(number=number):
            expect.equal(submission.module("words").count("a"), expected, f"Case {number} is wrong.")

@task(1, points=1)
def test_a_subtest_raises(submission, subtests):
    '''Learner code raises in the first of two cases.'''
    for name in ("fail", "silent"):
        with subtests.test(name):
            getattr(submission.module("words"), name)()

@task(1, points=1)
def test_a_subtest_skips(submission, subtests):
    '''One of several cases is skipped.'''
    with subtests.test("one"):
        pytest.skip()

@pytest.fixture
def tidy():
    yield
    raise OSError("the check could not tidy up")

@task(1, points=1)
def test_tidying_up_fails(submission, tidy):
    '''The check passes, and its fixture breaks afterwards.'''
    expect.equal(submission.module("words").count("a"), 1)

@task(1, points=1)
def test_calls_nothing():
    '''A check that asks the submission nothing.'''
    assert 1 == 2, "nothing was asked"

@task(1, points=1)
def test_plugins_are_off(request, lab, seed):
    '''Only the plugins that the grader names are there.'''
    names = {str(name) for name, _ in request.config.pluginmanager.list_name_plugin()}
    assert not [name for name in names if name.startswith(("hydra", "xdist", "anyio", "hypothesis", "inline"))], names
    assert lab.path.name and isinstance(seed, int)
"""

SHORT = PUBLIC.split("@task(1, points=1)", maxsplit=1)[0]
"""Its first two checks: `comes-later` and `passes`."""

HIDDEN = """
from pushmark_graders.checks import expect, task

@task(1, points=5, hidden=True, hint="Think of empty texts.")
def test_secret(submission, hidden, seed):
    '''A secret text is counted.'''
    expect.equal(submission.module("words").wrong(hidden.text(seed)), 3, "hidden expectation")
"""


@pytest.fixture(scope="module")
def ran(run_checks: RunChecks) -> Session:
    """One session with a check for every way to end."""
    checks = {"test_public.py": PUBLIC, "test_hidden_all.py": HIDDEN, "../hidden.py": "def text(seed): return 'a b c'"}
    return run_checks(checks, SUBMISSION, policy=replace(local(), call_seconds=1.5))


def outcome(ran: Session, name: str) -> Outcome:
    return ran.outcomes[name]


def test_checks_run_public_first_by_task_each_after_what_it_waits_for(ran: Session) -> None:
    ids = [check.id for check in ran.checks]
    assert ids[0] == "passes"
    assert ids[-2:] == ["comes-later", "secret"]
    assert list(ran.outcomes) == ids


def test_every_expected_check_has_an_outcome(ran: Session) -> None:
    assert set(ran.outcomes) == {check.id for check in ran.checks}


def test_a_check_is_described_by_the_first_paragraph_of_its_docstring(ran: Session) -> None:
    first = ran.checks[0]
    assert (first.title, first.points, first.hint, first.file) == (
        "Words are counted.",
        2.0,
        "Count again.",
        "checks/test_public.py",
    )


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("passes", "passed"),
        ("is-wrong", "failed"),
        ("plain-assert", "failed"),
        ("raises", "error"),
        ("dies", "error"),
        ("hangs", "error"),
        ("works-after-all-that", "passed"),
        ("syntax", "error"),
        ("missing", "failed"),
        ("waits", "blocked"),
        ("waits-longer", "blocked"),
        ("skips", "ungraded"),
        ("marked-skip", "ungraded"),
        ("marked-xfail", "failed"),
        ("breaks-by-itself", "ungraded"),
        ("cannot-use-the-answer", "failed"),
        ("exits", "ungraded"),
        ("sends-nonsense", "ungraded"),
        ("huge", "failed"),
        ("subtests-pass", "passed"),
        ("a-later-subtest-fails", "failed"),
        ("a-subtest-raises", "error"),
        ("a-subtest-skips", "ungraded"),
        ("tidying-up-fails", "ungraded"),
        ("calls-nothing", "failed"),
        ("plugins-are-off", "passed"),
        ("secret", "failed"),
    ],
)
def test_what_becomes_of_a_check(ran: Session, name: str, state: str) -> None:
    assert ran.outcomes[name].state == state, ran.outcomes[name]


def test_a_wrong_answer_says_what_was_called_what_came_back_and_what_was_expected(ran: Session) -> None:
    assert outcome(ran, "is-wrong").message == (
        "The answer is not what it should be.\n  got:      1000\n  expected: 2\n"
        "called words.wrong('a b')\n  it gave:  1000"
    )
    line = SUBMISSION["words.py"].splitlines().index("    def wrong(text):") + 1
    assert outcome(ran, "is-wrong").location == Location(path="words.py", line=line)


def test_a_plain_assert_says_as_much(ran: Session) -> None:
    message = outcome(ran, "plain-assert").message
    assert message == "assert 1000 == 2\ncalled words.wrong('a b')\n  it gave:  1000"


def test_a_long_comparison_is_cut_the_same_way_everywhere_and_without_advice_for_pytest(
    run_checks: RunChecks, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = {
        "test_a.py": """
        from pushmark_graders.checks import task

        @task(1, points=1)
        def test_long(submission):
            '''Long answers.'''
            assert submission.module("words").table() == {str(number): number + 1 for number in range(60)}

        @task(1, points=1)
        def test_text(submission):
            '''Long texts.'''
            assert submission.module("words").text() == "line\\n" * 31
        """
    }
    submission = {
        "words.py": """
        def table():
            return {str(number): number for number in range(60)}

        def text():
            return "line\\n" * 30
        """
    }
    messages = []
    for value in ("", "true"):
        monkeypatch.setenv("CI", value)
        ran = run_checks(checks, submission)
        messages.append([outcome.message for outcome in ran.outcomes.values()])
    assert messages[0] == messages[1]
    for message in messages[0]:
        assert len(message) < 1500
        assert "-v" not in message
    assert "Full output truncated" in messages[0][0]


def test_an_exception_of_the_learner_comes_with_its_traceback_and_line(ran: Session) -> None:
    said = outcome(ran, "raises")
    assert said.message.endswith("ValueError: learner's own text")
    assert said.location is not None
    assert said.location.path == "words.py"


def test_a_blocked_check_names_what_it_waits_for_and_does_not_run(ran: Session) -> None:
    assert outcome(ran, "waits").waits_for == ["is-wrong"]
    assert outcome(ran, "waits-longer").waits_for == ["waits"]


def test_a_fault_of_the_check_never_shows_the_checks_insides(ran: Session) -> None:
    message = outcome(ran, "breaks-by-itself").message
    assert message == "The check itself broke (KeyError); that is the lab's fault, not yours."


def test_the_first_wrong_subtest_is_the_message(ran: Session) -> None:
    assert "Case 1 is wrong." in outcome(ran, "a-later-subtest-fails").message
    assert "learner's own text" in outcome(ran, "a-subtest-raises").message


def test_output_is_kept_with_the_check_that_caused_it(ran: Session) -> None:
    assert outcome(ran, "passes").output == "counting a b\n"
    assert outcome(ran, "is-wrong").output == ""
    assert outcome(ran, "works-after-all-that").output == "counting a\n"


def test_a_check_that_asks_nothing_shows_no_other_checks_call(ran: Session) -> None:
    assert outcome(ran, "calls-nothing").message.splitlines()[0] == "nothing was asked"


def test_the_evidence_is_what_pytest_json_report_wrote(ran: Session) -> None:
    tests = {test["nodeid"].split("::")[-1]: test for test in ran.evidence["tests"]}
    assert len(tests) == len(ran.checks)
    assert tests["test_passes"]["call"]["outcome"] == "passed"
    assert "assert 1000 == 2" in tests["test_plain_assert"]["call"]["crash"]["message"]


def test_hidden_checks_come_last_and_do_not_run_without_a_connection(run_checks: RunChecks) -> None:
    seen: list[str] = []
    checks = {
        "test_a.py": SHORT,
        "test_hidden_b.py": HIDDEN,
        "../hidden.py": "text = len",
    }
    ran = run_checks(checks, SUBMISSION, hidden=None, progress=lambda check, _: seen.append(check.id))
    assert seen == ["passes", "comes-later"]
    assert [check.id for check in ran.checks] == ["passes", "comes-later", "secret"]
    assert "secret" not in ran.outcomes


def test_only_wanted_checks_run_and_those_they_wait_for(run_checks: RunChecks) -> None:
    checks = {
        "test_a.py": """
        from pushmark_graders.checks import task

        @task(2, points=1, needs=["middle"])
        def test_last(submission):
            '''Last.'''

        @task(2, points=1, needs=["first"])
        def test_middle(submission):
            '''Middle.'''

        @task(1, points=1)
        def test_first(submission):
            '''First.'''

        @task(1, points=1)
        def test_other(submission):
            '''Other.'''
        """
    }
    ran = run_checks(checks, SUBMISSION, wanted=lambda check: check.id == "last")
    assert list(ran.outcomes) == ["first", "middle", "last"]
    assert {one.state for one in ran.outcomes.values()} == {"passed"}


UNHURRIED = {
    "test_a.py": """
    from pushmark_graders.checks import task

    @task(1, points=1, slow=True)
    def test_marked(submission):
        '''Marked.'''

    @task(1, points=1)
    def test_measures(budget):
        '''It measures.'''

    @task(1, points=1, needs=["marked"])
    def test_waits(submission):
        '''It waits.'''

    @task(2, points=1)
    def test_quick(submission):
        '''It is quick.'''
    """
}


def test_slow_checks_and_what_waits_for_them_run_last_even_when_others_are_to_begin_with(
    run_checks: RunChecks,
) -> None:
    ran = run_checks(
        UNHURRIED, SUBMISSION, first=lambda check: check.id == "marked", wanted=lambda check: check.id != "measures"
    )
    assert list(ran.outcomes) == ["quick", "marked", "waits"]
    assert {check.id for check in ran.checks if check.slow} == {"marked", "measures", "waits"}


def test_what_is_known_of_a_check_counts_and_is_not_found_out_again(run_checks: RunChecks) -> None:
    known = {"marked": Outcome(state="failed", message="Known.")}
    ran = run_checks(UNHURRIED, SUBMISSION, known=known, wanted=lambda check: check.id == "waits")
    assert {name: one.state for name, one in ran.outcomes.items()} == {"marked": "failed", "waits": "blocked"}


def test_helper_modules_of_the_checks_are_imported_and_forgotten(run_checks: RunChecks) -> None:
    for value in (1, 2):  # two labs with a helper of the same name
        checks = {
            "helper.py": f"VALUE = {value}",
            "test_a.py": f"""
            import helper
            from pushmark_graders.checks import task

            @task(1, points=1)
            def test_value():
                '''The helper is the lab's own.'''
                assert helper.VALUE == {value}
            """,
        }
        assert run_checks(checks, {}).outcomes["value"].state == "passed"
    assert "helper" not in sys.modules


def test_a_session_leaves_nothing_of_itself_behind(run_checks: RunChecks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "--maxfail=1 -k nothing")
    monkeypatch.setenv("PYTEST_PLUGINS", "no_such_plugin")

    def state() -> dict[str, object]:
        return {
            "env": dict(os.environ),
            "path": list(sys.path),
            "meta_path": [repr(finder) for finder in sys.meta_path],
            "hooks": (sys.excepthook, sys.unraisablehook, threading.excepthook, sys.breakpointhook),
            "streams": (sys.stdout, sys.stderr),
            "warnings": list(warnings.filters),
            "rewriting": (util._reprcompare, util._assertion_pass),
            "cwd": Path.cwd(),
            "bytecode": sys.dont_write_bytecode,
        }

    before, modules = state(), set(sys.modules)
    checks = {"test_a.py": SHORT, "helper.py": ""}
    assert len(run_checks(checks, SUBMISSION).outcomes) == 2
    assert state() == before
    new = {name for name in set(sys.modules) - modules if name.partition(".")[0] in ("checks", "helper", "test_a")}
    assert new == set()


def test_assertions_of_the_outer_tests_are_still_explained_after_a_session(run_checks: RunChecks) -> None:
    run_checks({"test_a.py": SHORT}, SUBMISSION)
    with pytest.raises(AssertionError, match=r"At index 1 diff: 2 != 3"):
        assert [1, 2] == [1, 3]


def test_no_bytecode_is_written_into_the_lab(write_lab: WriteLab) -> None:
    folder = write_lab(
        {"checks/test_a.py": "from pushmark_graders.checks import task\n@task(1, points=1)\ndef test_a():\n    'A.'\n"}
    )
    assert [check.id for check in session.run(Plan(spec=load_lab(folder), data=folder, seed="s")).checks] == ["a"]
    assert [path.name for path in folder.rglob("*.pyc")] == []


def test_an_interrupt_of_a_person_stays_an_interrupt(run_checks: RunChecks) -> None:
    checks = {
        "test_a.py": """
        from pushmark_graders.checks import task

        @task(1, points=1)
        def test_interrupted():
            '''Somebody presses control and C.'''
            raise KeyboardInterrupt
        """
    }
    with pytest.raises(KeyboardInterrupt):
        run_checks(checks, {})


FAULTY = {
    "no checks found": {"helper.py": ""},
    "cannot be imported": {"test_a.py": "import no_such_module"},
    "SyntaxError": {"test_a.py": "def test_a(:"},
    "no task; expected @task": {"test_a.py": "def test_a(): pass"},
    "no docstring": {"test_a.py": "@task(1, points=1)\ndef test_a(): pass"},
    "task 7 is not in lab.toml": {"test_a.py": "@task(7, points=1)\ndef test_a():\n    'A.'"},
    "points -1; expected 0 or more": {"test_a.py": "@task(1, points=-1)\ndef test_a():\n    'A.'"},
    "needs 'b', which is no check": {"test_a.py": "@task(1, points=1, needs='b')\ndef test_a():\n    'A.'"},
    "ids must be unique": dict.fromkeys(("test_a.py", "test_b.py"), "@task(1, points=1)\ndef test_a():\n    'A.'"),
    "wait for each other: a, b": {
        "test_a.py": "@task(1, points=1, needs='b')\ndef test_a():\n    'A.'\n"
        "@task(1, points=1, needs='a')\ndef test_b():\n    'B.'"
    },
    "needs hidden check b": {
        "test_a.py": "@task(1, points=1, needs='b')\ndef test_a():\n    'A.'",
        "test_hidden_b.py": "@task(1, points=1, hidden=True)\ndef test_b():\n    'B.'",
    },
    "hidden checks live in": {"test_a.py": "@task(1, points=1, hidden=True)\ndef test_a():\n    'A.'"},
    "public ones in other": {"test_hidden_a.py": "@task(1, points=1)\ndef test_a():\n    'A.'"},
    "a public check asks for `hidden`": {"test_a.py": "@task(1, points=1)\ndef test_a(hidden):\n    'A.'"},
    "parametrised": {
        "test_a.py": "import pytest\n@task(1, points=1)\n"
        "@pytest.mark.parametrize('x', [1, 2])\ndef test_a(x):\n    'A.'"
    },
}


@pytest.mark.parametrize("fault", FAULTY)
def test_a_faulty_check_file_is_the_labs_fault_and_names_the_place(run_checks: RunChecks, fault: str) -> None:
    head = "from pushmark_graders.checks import task\n"
    with pytest.raises(LabError, match=fault) as caught:
        run_checks({name: head + text for name, text in FAULTY[fault].items()}, {})
    assert caught.value.next_step
    assert "checks" in caught.value.what


def test_all_faults_of_all_check_files_are_told_at_once(run_checks: RunChecks) -> None:
    with pytest.raises(LabError) as caught:
        run_checks({"test_a.py": "def test_a(): pass", "test_b.py": "def test_b(): pass\ndef test_c(): pass"}, {})
    assert len(caught.value.problems) == 3


def test_a_metric_that_waits_for_an_unknown_check_is_a_fault_of_the_lab(run_checks: RunChecks) -> None:
    more = """
    [[metrics]]
    name = "auc"
    title = "AUC"
    predict = "a:b"
    function = "roc_auc"
    points = 1
    baseline = 0.5
    target = 0.6
    needs = ["nothing"]
    """
    checks = {"test_a.py": SHORT}
    with pytest.raises(LabError, match=r"metrics\[0\]\.needs: 'nothing' is no check"):
        run_checks(checks, SUBMISSION, more=more)


def test_a_lab_without_checks_says_what_to_write(write_lab: WriteLab) -> None:
    folder = write_lab({})
    with pytest.raises(LabError, match="no such folder"):
        session.run(Plan(spec=load_lab(folder), data=folder, seed="s"))


def test_a_seed_gives_every_purpose_its_own_number_and_always_the_same() -> None:
    assert derive_seed("course", "check") == derive_seed("course", "check")
    assert len({derive_seed(seed, purpose) for seed in ("a", "b") for purpose in ("x", "y")}) == 4
    assert 0 <= derive_seed("course", "check") < 2**63


def test_hidden_py_may_use_dataclasses_and_postponed_annotations(write_lab: WriteLab) -> None:
    text = """
    from __future__ import annotations
    from dataclasses import dataclass

    @dataclass
    class Row:
        number: int
    """
    before = sys.modules.get("hidden")  # a benchmark of this name, where its tests ran before
    assert load_hidden(load_lab(write_lab({"hidden.py": text}))).Row(3).number == 3
    assert sys.modules.get("hidden") is before


@pytest.mark.parametrize(("text", "said"), [(None, "no such file"), ("import nothing_here", "ModuleNotFoundError")])
def test_a_faulty_hidden_py_is_the_labs_fault(write_lab: WriteLab, text: str | None, said: str) -> None:
    spec = load_lab(write_lab({"hidden.py": text} if text is not None else {}))
    with pytest.raises(LabError, match=said):
        load_hidden(spec)
