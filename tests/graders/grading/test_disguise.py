"""A disguised program does what the program does, and looks and compiles to something else."""

import ast
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pushmark_graders.grading.disguise import disguise

SORTED = '''
"""Prices."""
from __future__ import annotations
import re as regular
LIMIT = 10

def parse(text: str, default=None, *, factor: int = 2) -> float | None:
    """The number that `text` stands for."""
    import math as maths
    found = regular.fullmatch(r"-?\\d+", text)
    if not found:
        return default
    elif found[0].startswith("-"):
        value = -1
    else:
        value: float = 1
    try:
        value *= abs(int(text)) * factor
    except ValueError as error:
        raise RuntimeError from error
    with open("/dev/null") as file:
        rest = file.read()
    for step in range(3):
        value += step
    squares = [step * step for step in range(2)]
    match text:
        case "7" as text:
            value = 77
        case _:
            pass
    if (half := value / 2) > LIMIT:
        value = half
    return value + len(rest) + sum(squares) + maths.floor(0.5)

def numbers(most):
    global LIMIT
    at = 0
    while at < most:
        sent = yield at
        at += 1 if sent is None else sent
    LIMIT = 11

def own(a):
    b = a
    return sorted(locals())

def adder(start):
    total = start
    def add(number):
        nonlocal total
        total += number
        return total
    return add

class Price:
    """A price."""
    __slots__ = ("__amount",)
    def __init__(self, amount):
        __whole = amount
        self.__amount = __whole
    def amount(self):
        part = self.__amount
        return f"{part:.2f} {part!r}"

async def later():
    x = 1
    return x
'''
QUESTIONS = [
    "parse('12')", "parse('-3')", "parse('x', 5)", "parse('7', factor=3)", "list(numbers(3))", "own(1)",
    "[adder(1)(2)]", "Price(2).amount()", "parse.__doc__", "__doc__", "Price.__doc__", "(list(numbers(1)), LIMIT)[1]",
    "str(__import__('inspect').signature(parse))", "sorted(n for n in globals() if not n.startswith('_'))",
]  # fmt: skip


def answers(source: str) -> list[Any]:
    module: dict[str, Any] = {"__name__": "prices"}
    exec(compile(source, "prices.py", "exec"), module)
    return [eval(question, module) for question in QUESTIONS]


EXPECTED = answers(SORTED)


@given(st.integers())
def test_it_answers_as_before(seed: int) -> None:
    assert answers(disguise(SORTED, Random(seed))) == EXPECTED


def test_no_two_are_alike_in_text_or_in_compiled_code() -> None:
    drawn = [disguise(SORTED, Random(seed)) for seed in range(50)]
    assert len(set(drawn)) == 50
    assert SORTED not in drawn
    codes = {compile(text, "prices.py", "exec").co_consts for text in drawn}
    assert len(codes) == 50
    assert len({len(text) for text in drawn}) > 40


def test_the_same_draw_gives_the_same_text() -> None:
    assert disguise(SORTED, Random(3)) == disguise(SORTED, Random(3))


@pytest.mark.parametrize("path", sorted(Path(ast.__file__).parent.glob("[a-d]*.py")), ids=lambda path: str(path.name))
def test_every_file_of_a_library_can_be_disguised(path: Path) -> None:
    compile(disguise(path.read_text(encoding="utf-8"), Random(1)), str(path), "exec", dont_inherit=True)


def test_what_does_not_compile_is_refused() -> None:
    with pytest.raises(SyntaxError):
        disguise("def parse(:\n", Random(1))
