"""Proves that a lab's verdicts do not depend on luck: what was trained once is judged again and again.

The solution and the mutant that loses least are repeated: together they run each check to its end on right and on
nearly right code. Half of the repeats share every processor with other work. A check that the machine's other work
leaves open in some of them is counted, and is no fault: it costs a learner nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from pushmark_graders.cohort.reports import Record
from pushmark_graders.grading.repeats import Verdicts
from pushmark_graders.lab.lint.verdict import Verdict
from pushmark_graders.lab.variants import Variant

NAME = "repeats"
LEFT_OPEN = "ungraded"


def chosen(every: Sequence[Variant]) -> list[str]:
    """The names of the submissions that are repeated: the solution and the mutant that loses least."""
    mutants = sorted((one for one in every if one.kind == "mutant"), key=lambda one: (len(one.loses), one.name))
    return ["solution", *(one.name for one in mutants[:1])]


def prove(records: Mapping[str, Record], *, kept: bool) -> Verdict | None:
    """The verdict on the repeats of these submissions, by name; None where nothing was repeated."""
    repeated = {name: record.repeats for name, record in records.items() if len(record.repeats) > 1}
    if not repeated:
        return None
    problems = [f"{name}: {problem}" for name, runs in repeated.items() for problem in differing(runs)]
    return Verdict(name=NAME, problems=problems, told=", ".join(map(_told, repeated, repeated.values())), kept=kept)


def differing(runs: Sequence[Verdicts]) -> list[str]:
    """The checks and metrics about which the repeats do not agree, each with what they said how often."""
    names = dict.fromkeys(name for run in runs for name in (*run.checks, *run.metrics))
    problems = []
    for name in names:
        said = [(run.metrics.get(name) or run.checks.get(name, "missing"), run.busy) for run in runs]
        if len({what for what, _ in said} - {LEFT_OPEN}) > 1:
            problems.append(f"{name} is not the same each time: {_counted(said)}; what in it depends on time or luck?")
    return problems


def _told(name: str, runs: Sequence[Verdicts]) -> str:
    opened = Counter(check for run in runs for check, said in run.checks.items() if said == LEFT_OPEN)
    left_open = "".join(f", {check} left open in {count}" for check, count in opened.items())
    return f"{name} {len(runs)} times ({sum(run.busy for run in runs)} busy{left_open})"


def _counted(said: Sequence[tuple[str, bool]]) -> str:
    total, busy = Counter(what for what, _ in said), Counter(what for what, at_load in said if at_load)
    return ", ".join(f"{what} {count} times ({busy[what]} busy)" for what, count in total.most_common())
