"""What a lab author imports to write checks.

A check is an ordinary pytest test under a lab's `checks/`. It says what to try, through the `submission`
fixture, and what to expect, through `expect`; its docstring is the sentence that the learner reads.
"""

from pushmark_graders.checks import expect
from pushmark_graders.checks.hidden import HiddenSet
from pushmark_graders.checks.marks import task
from pushmark_graders.frames import Tensor

__all__ = ["HiddenSet", "Tensor", "expect", "task"]
