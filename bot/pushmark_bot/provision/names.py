"""What things are called on GitHub."""

import hashlib
import re

BASE = "feedback"
"""The branch that stays at the first commit: the Feedback pull request shows all that came after it."""
TITLE = "Feedback"
LONGEST = 100
"""GitHub's longest name of a repository."""


def repository_name(organisation: str, course: str, lab: str, login: str) -> str:
    """OWNER/NAME of a learner's repository; the same for the same learner, and never that of another."""
    whole = re.sub(r"[^a-z0-9.-]+", "-", f"{course}-{lab}-{login}".lower())
    if len(whole) > LONGEST:
        tail = hashlib.sha256(whole.encode()).hexdigest()[:12]
        whole = f"{whole[: LONGEST - len(tail) - 1]}-{tail}"
    return f"{organisation}/{whole}"


def feedback_body(lab: str) -> str:
    """What the Feedback pull request says."""
    return (
        f"Here is the feedback on **{lab}**: what is graded, and what people say about your work.\n\n"
        "Push to the default branch, and this pull request shows it. Please leave it open, and do not merge it: "
        f"the branch `{BASE}` stays as you got it, so that everything you did can be seen.\n"
    )
