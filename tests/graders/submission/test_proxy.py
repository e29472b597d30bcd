"""Calls into a submission: what comes back, and what a check is told when nothing does."""

import math
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from pushmark_graders.checks import Tensor
from pushmark_graders.report.model import Location
from pushmark_graders.submission.errors import (
    Died,
    Garbled,
    MissingName,
    NotAnAnswer,
    Raised,
    SubmissionError,
    TimedOut,
)
from pushmark_graders.submission.proxy import Connection, Module, Submission
from pushmark_graders.worker.policy import local

ANSWERS = '''
"""Honest and less honest answers."""
import sys

LIMIT = 7
TABLE = {"a": [1, 2.5, None]}


def same(value):
    return value


def kind(value):
    return f"{type(value).__module__}.{type(value).__name__}"


def add(left, right=0):
    return left + right


def say(text):
    print(text)
    print(text.upper(), file=sys.stderr)
    return len(text)


class Model:
    rows = 3

    def __init__(self, slope):
        self.slope = slope

    def predict(self, values):
        return [self.slope * value for value in values]

    def __len__(self):
        return 3

    def __getitem__(self, key):
        return ["a", "b", "c"][key]


def train(slope):
    return Model(slope)


def slope_of(model):
    return model.slope


def slopes_of(models, named):
    return [model.slope for model in [*models, *named["one"]]]


def lengths():
    class Odd:
        def __len__(self):
            return 10**30
    return Odd()


def numbers():
    yield 1


def holder():
    return [Model(1)]
'''

TROUBLE = """
import os
import signal
import sys
import time


class OwnError(KeyError):
    pass


def fail(value):
    raise ValueError(f"no {value}")


def fail_deep():
    return fail(3)


def fail_own():
    raise OwnError("mine")


def fail_library():
    import json
    return json.loads("{")


def fail_badly():
    class Silent(Exception):
        def __str__(self):
            raise RuntimeError
    raise Silent


def fail_surrogate():
    raise ValueError("\\udcff")


def leave(status):
    sys.exit(status)


def vanish(status):
    os._exit(status)


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def crash():
    os.kill(os.getpid(), signal.SIGSEGV)


def sleep():
    time.sleep(60)


def hang_up():
    os.close(3)
    time.sleep(60)


def garbage():
    os.write(3, b"x" * 100)
    time.sleep(60)


def bomb():
    os.write(3, b"PMK1" + (2**31).to_bytes(4, "little") + (2**62).to_bytes(8, "little"))
    time.sleep(60)


def no_streams():
    sys.stdout = sys.stderr = None
    return 5


def flood():
    os.write(1, b"y" * 20_000_000)
    return "done"


def alive():
    return True
"""


def line_of(start: str, text: str = TROUBLE) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(start))


@pytest.fixture(scope="module")
def connection(connect: Callable[..., Connection]) -> Connection:
    broken = "def area(radius):\n    return 3 * (radius\n"
    unfinished = "import tiny_helper\n"
    files = {
        "answers.py": ANSWERS,
        "broken.py": broken,
        "needs_more.py": unfinished,
        "late.py": "raise OSError('no')\n",
    }
    return connect(files)


@pytest.fixture
def answers(connection: Connection) -> Module:
    connection.begin()
    return Submission(connection).module("answers")


@pytest.fixture(scope="module")
def unsafe(connect: Callable[..., Connection]) -> Connection:
    return connect({"trouble.py": TROUBLE}, replace(local(), call_seconds=1.0, output_kb=8))


@pytest.fixture
def trouble(unsafe: Connection) -> Module:
    unsafe.begin()
    return Submission(unsafe).module("trouble")


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
        | st.tuples(inner)
    ),
    max_leaves=10,
)


@given(value=plain)
@settings(max_examples=60, deadline=None)
def test_plain_values_travel_to_the_worker_and_back_unchanged(connection: Connection, value: object) -> None:
    assert Submission(connection).module("answers").same(value) == value


def test_arrays_tables_and_series_travel_both_ways(answers: Module) -> None:
    table = pd.DataFrame(
        {"x": [1.0, np.nan], "when": pd.DatetimeIndex([pd.Timestamp("2013-01-01"), pd.NaT]), "name": ["a", None]}
    )
    pd.testing.assert_frame_equal(answers.same(table), table)
    pd.testing.assert_series_equal(answers.same(table["x"]), table["x"])
    assert np.array_equal(answers.same(np.arange(6).reshape(2, 3)), np.arange(6).reshape(2, 3))
    assert math.isnan(answers.same(float("nan")))


def test_a_tensor_is_a_torch_tensor_in_the_worker_and_a_plain_wrapper_here(answers: Module) -> None:
    tensor = Tensor(np.ones((2, 2), dtype=np.float32))
    assert answers.kind(tensor) == "torch.Tensor"
    back = answers.same(tensor)
    assert isinstance(back, Tensor)
    assert np.array_equal(back.array, tensor.array)


def test_module_attributes_that_are_plain_data_come_back_as_plain_data(answers: Module) -> None:
    assert answers.LIMIT == 7
    assert answers.TABLE == {"a": [1, 2.5, None]}


def test_an_object_that_cannot_travel_stays_and_is_used_through_its_methods_and_attributes(answers: Module) -> None:
    model = answers.train(slope=2)
    assert repr(model) == "<Model in the worker>"
    assert model.predict([1, 2]) == [2, 4]
    assert model.rows == 3
    assert len(model) == 3
    assert model[1] == "b"


def test_an_object_of_the_worker_can_be_an_argument_on_its_own_and_inside_containers(answers: Module) -> None:
    model = answers.train(5)
    assert answers.slope_of(model) == 5
    assert answers.slope_of(model=model) == 5
    assert answers.slopes_of([model], named={"one": (model,)}) == [5, 5]


def test_a_model_inside_a_list_is_not_plain_data_and_the_message_says_which_and_what_to_return(answers: Module) -> None:
    with pytest.raises(NotAnAnswer, match=r"answers\.holder .*Model at \[0\].*Return plain data") as caught:
        answers.holder()
    assert caught.value.state == "failed"


def test_iterating_over_an_object_of_the_worker_is_refused_instead_of_trusting_its_end(answers: Module) -> None:
    for use in (list, sorted, tuple, lambda found: 1 in found, bool):
        with pytest.raises(NotAnAnswer, match="generator"):
            use(answers.numbers())


def test_a_length_that_python_cannot_hold_is_a_wrong_answer(answers: Module) -> None:
    with pytest.raises(NotAnAnswer, match="length"):
        len(answers.lengths())


def test_an_argument_that_cannot_travel_is_the_checks_fault_and_the_worker_stays_in_step(answers: Module) -> None:
    with pytest.raises(RuntimeError, match="cannot be sent") as caught:
        answers.same(object())
    assert not isinstance(caught.value, SubmissionError)
    assert answers.same(1) == 1


def test_every_answer_can_be_passed_on_however_deep_it_is(answers: Module) -> None:
    deep: list[Any] = []
    for _ in range(28):
        deep = [deep]
    assert answers.same(answers.same(deep)) == deep


def test_a_missing_module_is_a_wrong_answer_that_names_it(connection: Connection) -> None:
    with pytest.raises(MissingName, match="no module `features`") as caught:
        Submission(connection).module("features")
    assert caught.value.state == "failed"


def test_a_missing_submodule_is_named_in_full(connection: Connection) -> None:
    with pytest.raises(MissingName, match=r"no module `answers\.more`"):
        Submission(connection).module("answers.more")


def test_a_module_that_imports_something_missing_is_an_error_of_that_module(connection: Connection) -> None:
    with pytest.raises(Raised, match="No module named 'tiny_helper'") as caught:
        Submission(connection).module("needs_more")
    assert caught.value.location == Location(path="needs_more.py", line=1)


def test_a_missing_function_is_named_with_its_module(answers: Module) -> None:
    with pytest.raises(MissingName, match=r"answers has no `mean`\. Define it with exactly this name"):
        answers.mean([1])


def test_a_missing_method_is_named_with_its_type(answers: Module) -> None:
    with pytest.raises(MissingName, match="Model has no `fit`"):
        answers.train(1).fit()


def test_a_syntax_error_is_located_at_the_learners_line_and_shows_it(connection: Connection) -> None:
    with pytest.raises(Raised, match=r"return 3 \* \(radius\n.*SyntaxError") as caught:
        Submission(connection).module("broken")
    assert caught.value.location == Location(path="broken.py", line=2)
    assert caught.value.kind == "raised SyntaxError"


def test_an_exception_at_import_is_located_in_the_module(connection: Connection) -> None:
    with pytest.raises(Raised, match="OSError: no") as caught:
        Submission(connection).module("late")
    assert caught.value.location == Location(path="late.py", line=1)


def test_an_exception_shows_the_learners_own_frames_and_the_innermost_line(trouble: Module) -> None:
    with pytest.raises(Raised) as caught:
        trouble.fail_deep()
    text = caught.value.public
    outer, inner = (line.strip() for line in text.splitlines() if ", in " in line)
    assert outer == f"trouble.py, line {line_of('    return fail(3)')}, in fail_deep"
    assert inner == f"trouble.py, line {line_of('    raise ValueError(f')}, in fail"
    assert text.endswith("ValueError: no 3")
    assert caught.value.location == Location(path="trouble.py", line=line_of("    raise ValueError(f"))


def test_an_exception_from_a_library_is_located_at_the_learners_call(trouble: Module) -> None:
    with pytest.raises(Raised, match="JSONDecodeError") as caught:
        trouble.fail_library()
    assert caught.value.location == Location(path="trouble.py", line=line_of("    return json.loads"))
    assert caught.value.kind == "raised ValueError"


def test_an_own_exception_class_is_told_apart_only_by_its_built_in_parent(trouble: Module) -> None:
    with pytest.raises(Raised, match="OwnError: 'mine'") as caught:
        trouble.fail_own()
    assert caught.value.kind == "raised KeyError"


@pytest.mark.parametrize(("name", "said"), [("fail_badly", "could not be read"), ("fail_surrogate", r"ValueError: \?")])
def test_an_exception_whose_text_is_no_text_is_still_an_exception(trouble: Module, name: str, said: str) -> None:
    with pytest.raises(Raised, match=said):
        getattr(trouble, name)()


def test_an_exit_is_an_exception_and_does_not_end_the_worker(trouble: Module) -> None:
    with pytest.raises(Raised, match="SystemExit: 0"):
        trouble.leave(0)
    assert trouble.alive() is True


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("vanish", [0], "exit status 0"),
        ("vanish", [3], "exit status 3"),
        ("vanish", [255], "exit status 255"),
        ("kill", [], "was killed, most likely for memory"),
        ("crash", [], "crashed with signal 11"),
        ("hang_up", [], "cut the connection"),
    ],
)
def test_a_worker_that_dies_says_how_and_the_next_call_gets_a_new_one(
    trouble: Module, name: str, arguments: list[int], said: str
) -> None:
    with pytest.raises(Died, match=said):
        getattr(trouble, name)(*arguments)
    assert trouble.alive() is True


def test_a_call_without_end_is_stopped_and_the_next_one_gets_a_new_worker(trouble: Module) -> None:
    with pytest.raises(TimedOut, match=r"trouble\.sleep gave no answer within 1 s"):
        trouble.sleep()
    assert trouble.alive() is True


@pytest.mark.parametrize("name", ["garbage", "bomb"])
def test_bytes_in_the_protocol_are_no_answer_and_reserve_no_memory(trouble: Module, name: str) -> None:
    with pytest.raises(Garbled, match="not an answer"):
        getattr(trouble, name)()
    assert trouble.alive() is True


def test_an_object_ends_with_its_worker_and_is_not_mistaken_for_one_of_the_next(connection: Connection) -> None:
    first = Submission(connection).module("answers")
    model = first.train(2)
    connection.end()
    second = Submission(connection).module("answers")
    second.train(9)
    with pytest.raises(Died, match="ended with the worker that held it"):
        model.predict([1])
    with pytest.raises(Died, match="ended with the worker"):
        second.slope_of(model)


def test_output_belongs_to_the_check_that_made_it(connection: Connection, answers: Module) -> None:
    assert answers.say("one") == 3
    assert connection.take_output() == "one\nONE\n"
    answers.say("two")
    connection.begin()
    assert connection.take_output() == ""


def test_output_is_complete_after_every_single_call(connection: Connection, answers: Module) -> None:
    for number in range(200):
        answers.say(f"line {number}")
        assert connection.take_output() == f"line {number}\nLINE {number}\n"


def test_a_flood_of_output_is_drained_and_capped_and_says_how_much_was_dropped(
    unsafe: Connection, trouble: Module
) -> None:
    assert trouble.flood() == "done"
    text = unsafe.take_output()
    assert len(text) < 9000
    assert "[... 19,991,808 more bytes were dropped]" in text


def test_the_last_output_of_a_worker_that_died_is_kept(connect: Callable[..., Connection]) -> None:
    connection = connect({"mortal.py": "import os\ndef die():\n    print('last words')\n    os._exit(1)\n"})
    with pytest.raises(Died):
        Submission(connection).module("mortal").die()
    assert connection.take_output() == "last words\n"


def test_a_submission_that_takes_the_streams_away_still_answers(trouble: Module) -> None:
    assert trouble.no_streams() == 5


def test_the_last_call_is_described_and_located_by_its_definition(connection: Connection, answers: Module) -> None:
    answers.add([1, 2], right=[3])
    assert connection.describe_last_call() == "called answers.add([1, 2], right=[3])\n  it gave:  [1, 2, 3]"
    assert connection.locate_last_call() == Location(path="answers.py", line=line_of("def add", ANSWERS))


def test_what_one_worker_writes_into_its_folder_is_gone_for_the_next(connect: Callable[..., Connection]) -> None:
    source = """
    from pathlib import Path

    def leave():
        Path("note").write_text("x")

    def look():
        return Path("note").exists()
    """
    connection = connect({"notes.py": source})
    notes = Submission(connection).module("notes")
    notes.leave()
    assert notes.look() is True
    connection.end()
    assert Submission(connection).module("notes").look() is False


def test_a_submission_is_imported_from_its_source_folder(connect: Callable[..., Connection]) -> None:
    connection = connect({"src/pack/__init__.py": "", "src/pack/inner.py": "ONE = 1\n"}, source="src")
    assert Submission(connection).module("pack.inner").ONE == 1


def test_workers_that_ended_leave_no_descriptor_thread_or_child_behind(connect: Callable[..., Connection]) -> None:
    connection = connect({"mortal.py": "import os\ndef die():\n    os._exit(1)\n"})

    def held() -> tuple[int, int, str]:
        children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text()
        return len(os.listdir("/proc/self/fd")), threading.active_count(), children

    before = held()
    for _ in range(5):
        with pytest.raises(Died):
            Submission(connection).module("mortal").die()
    assert held() == before
