"""What each operation of the fake GitHub does to its store, under GitHub's rules.

The rules are those a bot meets: an app needs the permission, a user may not write check runs at all, a
request carries at most 50 annotations and they add up, a comment has a longest body, lists come in pages.
"""

from collections.abc import Callable

from pushmark_bot.testing.answers import Answers
from pushmark_bot.testing.operations.accounts import HOURLY_REQUESTS, Accounts
from pushmark_bot.testing.operations.actions import ARTIFACTS, Actions
from pushmark_bot.testing.operations.area import Answer, Area, Call, Event, RefusedError
from pushmark_bot.testing.operations.checks import Checks
from pushmark_bot.testing.operations.comments import Comments
from pushmark_bot.testing.operations.deliveries import Deliveries, Sender
from pushmark_bot.testing.operations.git import Git
from pushmark_bot.testing.operations.organisations import Organisations
from pushmark_bot.testing.operations.pulls import Pulls
from pushmark_bot.testing.operations.registration import OPEN, Registration
from pushmark_bot.testing.operations.repositories import ARCHIVES, Repositories
from pushmark_bot.testing.store import Store

__all__ = ["ARCHIVES", "ARTIFACTS", "HOURLY_REQUESTS", "OPEN", "Answer", "Call", "Event", "Operations", "RefusedError"]


class Operations:
    """Every operation that the fake answers, by GitHub's operation id."""

    def __init__(self, store: Store, answers: Answers, sender: Sender) -> None:
        self.repositories = Repositories(store, answers)
        self.pulls = Pulls(store, answers)
        self.comments = Comments(store, answers)
        self.organisations = Organisations(store, answers)
        self.actions = Actions(store, answers)
        areas: list[Area] = [
            self.actions,
            Accounts(store, answers),
            Checks(store, answers),
            Registration(store, answers),
            self.comments,
            Git(store, answers, self.pulls),
            self.organisations,
            Deliveries(store, answers, sender),
            self.pulls,
            self.repositories,
        ]
        self.by_id: dict[str, Callable[[Call], Answer]] = {}
        for area in areas:
            self.by_id |= area.by_id
