"""The bot's only door to GitHub: a small port, and PyGithub behind it.

What the user sees of it is what happens when GitHub has a bad minute: it waits as long as GitHub asks
for, within a limit, tries again, and never writes a second comment because the answer to the first one
got lost. What cannot be mended by waiting becomes a `GitHubError` that says what to do.
"""

from pushmark_bot.github.deliveries import Sent, SentHooks
from pushmark_bot.github.library import PyGithubPort
from pushmark_bot.github.library_organisation import PyGithubOrganisation
from pushmark_bot.github.port import (
    Annotation,
    CheckRun,
    CheckRunDraft,
    Comment,
    Conclusion,
    GitHub,
    GitHubError,
    Head,
    Installation,
    Patience,
    Permission,
    PullRequest,
    Reaction,
)
from pushmark_bot.github.workflows import Artifact, PyGithubWorkflows, WorkflowRun, Workflows

__all__ = [
    "Annotation",
    "Artifact",
    "CheckRun",
    "CheckRunDraft",
    "Comment",
    "Conclusion",
    "GitHub",
    "GitHubError",
    "Head",
    "Installation",
    "Patience",
    "Permission",
    "PullRequest",
    "PyGithubOrganisation",
    "PyGithubPort",
    "PyGithubWorkflows",
    "Reaction",
    "Sent",
    "SentHooks",
    "WorkflowRun",
    "Workflows",
]
