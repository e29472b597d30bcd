"""Who goes first: somebody who waits for an answer, before work that nobody waits for."""

from enum import IntEnum


class Lane(IntEnum):
    """How urgent it is to look at a submission; more goes first."""

    BACKFILL = 0
    """A regrade, a whole course's backfill, polling."""
    PUSH = 1
    """A learner pushed."""
    COMMAND = 2
    """Somebody wrote a command."""
