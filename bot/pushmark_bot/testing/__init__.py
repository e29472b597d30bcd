"""A GitHub for tests and demonstrations, on a local port and judged by GitHub's own description.

Needs the extra `testing`: `pip install 'pushmark[bot,testing]'`.
"""

from pushmark_bot.testing.fake import BOT_PERMISSIONS, ContractError, FakeGitHub
from pushmark_bot.testing.faults import Fault, primary_limit, secondary_limit
from pushmark_bot.testing.server import Exchange
from pushmark_bot.testing.store import Annotation, CheckRun, Comment
from pushmark_bot.testing.webhooks import Delivery, Network, signature

__all__ = [
    "BOT_PERMISSIONS",
    "Annotation",
    "CheckRun",
    "Comment",
    "ContractError",
    "Delivery",
    "Exchange",
    "FakeGitHub",
    "Fault",
    "Network",
    "primary_limit",
    "secondary_limit",
    "signature",
]
