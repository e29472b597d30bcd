"""Which tier a report is of, how far it counts, and what another tier adds.

A practice run is no grade. A fast one is the grader's own word about what it ran, and not the final grade. The
sentences are the same in every renderer.
"""

from pushmark_graders.report.model import Later, Report
from pushmark_graders.report.words import amount, count

TIERS = {"practice": "practice", "fast": "fast tier", "full": "full tier"}


def standing(report: Report) -> tuple[str, str]:
    """Return how far the report counts, in a few words and in a sentence; both empty for the full tier."""
    if report.tier == "practice":
        return "Practice, not a grade.", "Only the public checks ran; your course's own run decides the grade."
    if report.tier == "fast":
        return "Fast tier, not the final grade.", f"What it says of the checks that ran counts. {added(report.later)}"
    return "", ""


def added(later: Later | None) -> str:
    """Say what the full tier adds: "The full tier adds the training, 4 checks and 2 metrics, worth 16 points." """
    if later is None:
        return "The full tier runs the rest."
    parts = ["the training"] if later.training else []
    parts += [count(later.checks, "check")] if later.checks else []
    parts += [count(later.metrics, "metric")] if later.metrics else []
    if not parts:
        return "The full tier adds nothing to it here."
    listed = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
    worth = "" if not later.points else f", worth {amount(later.points)} point{'' if later.points == 1 else 's'}"
    return f"The full tier adds {listed}{worth}."
