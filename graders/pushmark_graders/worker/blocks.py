"""The worker's side of a README that a learner types along: run one block after the other in one interpreter.

Runs confined, beside the starter's code that the blocks import.
"""

import ast
import contextlib
import io
import os
import traceback
from typing import TypedDict

PAGE = "README.md"
LONGEST = 100_000
"""Characters of what a block prints that are kept."""

_typed_so_far: dict[str, object] = {"__name__": "__main__", "__builtins__": __builtins__}


class Ran(TypedDict):
    """What a block printed, and what ended it: the line of the page, 0 where it is not the page's, and a sentence."""

    printed: str
    line: int
    raised: str


def run(source: str, line: int) -> Ran:
    """Run a block whose first line is `line` of the page, after those that ran before."""
    os.environ.setdefault("MPLBACKEND", "agg")
    said = io.StringIO()
    ended = (0, "")
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        try:
            tree = ast.parse(source, PAGE)
            ast.increment_lineno(tree, line - 1)
            exec(compile(tree, PAGE, "exec"), _typed_so_far)  # noqa: S102  (a worker: what it is for)
        except SyntaxError as error:
            own = error.filename == PAGE
            ended = ((error.lineno or 1) + line - 1 if own else 0), f"{type(error).__name__}: {error.msg}"
        except BaseException as error:
            lines = [at for frame, at in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == PAGE]
            ended = (lines[-1] if lines else 0), traceback.format_exception_only(error)[-1].strip()
    return Ran(printed=said.getvalue()[:LONGEST], line=ended[0], raised=ended[1])
