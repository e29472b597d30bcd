"""Proves that a lab's README does what it says when a learner types along.

Its `python` blocks run in order, in one interpreter, in a worker that has the built template and its data, as a
learner has them on the first day. A `text` block right behind one is what that one prints, with `...` for anything.
A `python fragment` is code to read: it is counted and not run.
"""

import difflib
import doctest
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec.structs import replace

from pushmark_graders.lab.build import Rendered
from pushmark_graders.lab.lint.verdict import Verdict
from pushmark_graders.lab.spec import LabSpec
from pushmark_graders.submission.errors import SubmissionError
from pushmark_graders.submission.proxy import Connection
from pushmark_graders.worker.policy import Policy

NAME = "README"
BLOCK_SECONDS = 120.0
_RUNNER = "pushmark_graders.worker.blocks"
_FENCE = re.compile(r"^(?P<indent> *)(?P<marks>`{3,}|~{3,}) *(?P<info>[^`]*)$")
_FLAGS = doctest.ELLIPSIS | doctest.DONT_ACCEPT_BLANKLINE | doctest.DONT_ACCEPT_TRUE_FOR_1
_LONGEST = 20
"""Lines of a difference that are shown."""


@dataclass(frozen=True)
class Block:
    """A fenced block of the page: its words after the fence, the number of its first line, and its text."""

    info: str
    line: int
    text: str
    adjoins: bool
    """Whether nothing but blank lines is between it and the block before."""


@dataclass(frozen=True)
class Step:
    """Code to run, and what it must print; None where the page does not say."""

    code: Block
    prints: Block | None


class _Ran(msgspec.Struct, frozen=True):
    printed: str
    line: int
    raised: str


def prove(spec: LabSpec, base: Rendered, policy: Policy, tell: Callable[[str], None]) -> Verdict:
    """The verdict on the lab's README. `tell` hears of each block that begins."""
    page = spec.root / "README.md"
    found = list(blocks(page.read_text(encoding="utf-8", errors="replace"))) if page.is_file() else []
    steps = [step for step in _steps(found) if step.code.info == "python"]
    fragments = sum(block.info.split() == ["python", "fragment"] for block in found)
    problems = _run(spec, base, policy, steps, tell) if steps else []
    return Verdict(name=NAME, problems=problems, told=f"{len(steps)} blocks run, {fragments} fragments")


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    lines = text.splitlines()
    number, adjoins = 0, False
    while number < len(lines):
        opening = _FENCE.match(lines[number])
        if opening is None:
            adjoins = adjoins and not lines[number].strip()
            number += 1
            continue
        closing = re.compile(rf" *{re.escape(opening['marks'][0])}{{{len(opening['marks'])},}} *")
        ends = (at for at in range(number + 1, len(lines)) if closing.fullmatch(lines[at]))
        end = next(ends, len(lines))
        indent = len(opening["indent"])
        inside = [line[min(indent, len(line) - len(line.lstrip())) :] for line in lines[number + 1 : end]]
        yield Block(opening["info"].strip(), number + 2, "\n".join([*inside, ""]), adjoins)
        number, adjoins = end + 1, True


def _steps(found: list[Block]) -> Iterator[Step]:
    for block, following in zip(found, [*found[1:], None], strict=True):
        says = following is not None and following.adjoins and following.info == "text"
        yield Step(block, following if says else None)


def _run(spec: LabSpec, base: Rendered, policy: Policy, steps: list[Step], tell: Callable[[str], None]) -> list[str]:
    """What is wrong with the blocks, up to the first that raises: the others build on it."""
    with tempfile.TemporaryDirectory(prefix="pushmark-readme-") as scratch:
        folder = Path(scratch, "repository")
        shutil.copytree(base.template, folder)
        if spec.data is not None:
            shutil.copytree(base.data, folder / spec.data.path, dirs_exist_ok=True)
        Path(scratch).chmod(0o711)  # a worker without a mount namespace must reach its folder
        patient = replace(policy, call_seconds=BLOCK_SECONDS, import_seconds=BLOCK_SECONDS)
        connection = Connection(patient, folder, source=spec.submission.source)
        problems = []
        try:
            for step in steps:
                tell(f"running README.md, line {step.code.line}")
                ran = _ask(connection, step.code)
                problems += judge(step, ran)
                if ran.raised:
                    break
        finally:
            connection.end()
    return problems


def _ask(connection: Connection, code: Block) -> _Ran:
    try:
        return msgspec.convert(connection.request("call", _RUNNER, "run", [code.text, code.line], label="it"), _Ran)
    except SubmissionError as error:
        return _Ran(printed="", line=code.line, raised=str(error))
    except msgspec.ValidationError:
        return _Ran(printed="", line=code.line, raised="what came back was no answer")


def judge(step: Step, ran: _Ran) -> list[str]:
    """What is wrong with one block that ran."""
    if ran.raised:
        return [f"README.md, line {ran.line or step.code.line}: the block raises {ran.raised}"]
    if step.prints is None or prints(ran.printed, step.prints.text):
        return []
    says, got = _lines(step.prints.text), _lines(ran.printed)
    apart = list(difflib.unified_diff(says, got, "README.md says", "it prints", lineterm="", n=0))
    shown = [line for line in apart if not line.startswith("@@")][:_LONGEST]
    return ["\n".join([f"README.md, line {step.prints.line}: the block above prints something else", *shown])]


def prints(got: str, expected: str) -> bool:
    """Whether `got` is what the page says; spaces at the end of a line do not count, and `...` is anything."""
    want, have = ("".join(f"{line}\n" for line in _lines(text)) for text in (expected, got))
    return doctest.OutputChecker().check_output(want, have, _FLAGS)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]
