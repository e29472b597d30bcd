"""The feedback comment as a value: one for each lab on a pull request, recognised wherever it is met.

Its first line is a hidden marker that names the lab; its second, hidden too, keeps the score of the last
attempts, so that the next comment can say what changed, and how it went over time. A comment counts as ours
only when the bot wrote it *and* its very first line is the marker: quoting the marker, or posting it, makes
no comment ours.

Whoever may write to the repository may also edit our comment. So what is read from it is shown and
never acted on: no ids, only a score, and only one that can be.
"""

import math
import re
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec.structs import replace
from pushmark_graders.errors import PushmarkError
from pushmark_graders.grading.history import KEPT
from pushmark_graders.report.markdown import size
from pushmark_graders.report.model import PastAttempt, Previous, Report
from pushmark_graders.report.trend import past

LONGEST = 64_000
"""Characters of a body. GitHub refuses more than 65,536; at four bytes each this is under 262,144 bytes."""

LONGEST_MEMORY = 8_000
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,60}")
_COMMIT = re.compile(r"[0-9a-f]{0,64}")
_MEMORY = re.compile(r"<!-- pushmark:scores (\{.*\}) -->")
_CUT = "\n\n_The rest did not fit into one comment. The report file has it all._\n"


class Scores(msgspec.Struct, frozen=True):
    """The last graded attempt, the one before it on another commit, how many there were, and how the last of them
    went: `history` ends with `last`."""

    last: Previous | None = None
    before: Previous | None = None
    attempts: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    history: Annotated[list[PastAttempt], msgspec.Meta(max_length=KEPT + 1)] = []

    def after(self, report: Report, commit: str) -> "Scores":
        """Return the scores once this report is published.

        An attempt that our side failed to grade leaves them as they were; one more report on the same
        commit replaces the last, so that publishing twice shows the same change twice.
        """
        if report.status == "ungraded":
            return self
        tasks = {task.number: task.points for task in report.tasks}
        commit = commit if _COMMIT.fullmatch(commit) else ""  # nothing but hexadecimal goes into the hidden line
        now = Previous(points=report.score.points, max=report.score.max, commit=commit, tasks=tasks)
        same = self.last is not None and self.last.commit == commit
        attempts = self.attempts if same else self.attempts + 1
        earlier = self.history[:-1] if same else self.history
        history = [*earlier, _remembered(report, commit, attempts)][-KEPT - 1 :]
        return Scores(last=now, before=self.before if same else self.last, attempts=attempts, history=history)

    def complete(self, report: Report) -> Report:
        """Return the report with what its grader did not know of earlier attempts, once `after` has
        taken it in: the number of this one, and the score to compare it with."""
        ungraded = report.status == "ungraded"
        previous = report.previous or (self.last if ungraded else self.before)
        attempt = max(report.attempt, self.attempts + ungraded)
        return replace(report, previous=previous, attempt=attempt, history=report.history or self.history[:-1])


def _remembered(report: Report, commit: str, attempt: int) -> PastAttempt:
    """What a later comment tells of this attempt; nothing in it can end the hidden line."""
    known = past(report)
    metrics = {name: value for name, value in known.metrics.items() if _NAME.fullmatch(name) and math.isfinite(value)}
    return replace(known, attempt=attempt, commit=commit[:10], metrics=dict(list(metrics.items())[:5]))


def marker(slug: str) -> str:
    """Return the hidden first line of a lab's comment."""
    if not _SLUG.fullmatch(slug):
        raise PushmarkError(f"lab.slug: {slug[:100]!r} is no lab's name.", "Take the report from `pushmark grade`.")
    return f"<!-- pushmark:lab {slug} -->"


def is_ours(slug: str, author: str, written_by: str, body: str) -> bool:
    """Whether a comment is this lab's: `written_by` the bot's login `author`, with the marker on top."""
    return written_by.lower() == author.lower() and body.replace("\r\n", "\n").split("\n", 1)[0] == marker(slug)


def compose(slug: str, scores: Scores, rendered: str) -> str:
    """Return the comment's body: marker, scores and what the learner reads, cut where it is too long."""
    shorter = [scores, replace(scores, history=[]), Scores()]
    memories = (msgspec.json.encode(one).decode() for one in shorter)
    kept = next(memory for memory in memories if len(memory) <= LONGEST_MEMORY)
    top = f"{marker(slug)}\n<!-- pushmark:scores {kept} -->\n"
    return top + _fitting(rendered, LONGEST - len(top))


def remarked(rendered: str, lines: Sequence[str]) -> str:
    """Put lines about what counts below the headline of what a learner reads."""
    if not lines:
        return rendered
    headline, _, rest = rendered.partition("\n\n")
    listed = "\n".join(f"> {line}  " for line in lines)
    return f"{headline}\n\n{listed}\n\n{rest}"


def read_scores(body: str) -> Scores:
    """Return the scores that a comment remembers; anything that cannot be a score counts as none."""
    lines = body.replace("\r\n", "\n").split("\n", 2)
    found = _MEMORY.fullmatch(lines[1]) if len(lines) > 1 and len(lines[1]) < 2 * LONGEST_MEMORY else None
    if found is None:
        return Scores()
    try:
        scores = msgspec.json.decode(found[1], type=Scores)
    except msgspec.DecodeError:
        return Scores()
    attempts = [scores.last, scores.before, *scores.history]
    return scores if all(map(_possible, attempts)) else Scores()


def same_text(one: str, other: str) -> bool:
    """Whether GitHub holds this body already, whatever it made of the line ends."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()


def _possible(score: Previous | PastAttempt | None) -> bool:
    if score is None:
        return True
    of_parts = score.tasks if isinstance(score, Previous) else score.metrics
    numbers = [score.points, score.max, *of_parts.values()]
    numbers += [score.attempt] if isinstance(score, PastAttempt) else []
    small = all(math.isfinite(number) and abs(number) <= 1e6 for number in numbers)
    return small and 0 <= score.points <= score.max and _COMMIT.fullmatch(score.commit) is not None


def _fitting(text: str, limit: int) -> str:
    """Cut whole lines off the end, and close the code block that is open there.

    The renderer keeps its own, smaller limit; this holds should it ever fail to.
    """
    if size(text) <= limit:
        return text
    room = limit - len(_CUT) - 10
    kept: list[str] = []
    fence = ""
    for line in text.split("\n"):
        room -= size(line) + 1
        if room < 0:
            break
        kept.append(line)
        if fence:
            fence = "" if line.rstrip() == fence else fence
        elif line.startswith("```"):
            fence = line[: len(line) - len(line.lstrip("`"))]
            room -= len(fence) + 1
    return "\n".join([*kept, fence] if fence else kept) + _CUT
