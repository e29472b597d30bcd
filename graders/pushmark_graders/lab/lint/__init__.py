"""Proves a lab before anyone meets it.

What a lab ships is graded as a cohort, each submission as `pushmark grade` would: the solution earns everything, the
starter next to nothing, differently written honest solutions earn what the solution earns, and every mutant loses
exactly what it names, all of them on both halves of the hidden rows. Other proofs are about the lab itself: its files
and hints, the built template, the README, repeats, thresholds, and what a grading costs. A proof that held is kept
until the lab, the submission or what grades it changes.
"""

import contextlib
import functools
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pushmark_graders import toolchain
from pushmark_graders.cohort.keys import Cohort
from pushmark_graders.cohort.reports import Record
from pushmark_graders.errors import LabError
from pushmark_graders.grading import session
from pushmark_graders.grading.catalogue import Check
from pushmark_graders.grading.job import PRACTICE_SEED, limited
from pushmark_graders.grading.session import Plan
from pushmark_graders.lab.build import DEFAULT_SOURCE, find_template, fingerprint, rendered
from pushmark_graders.lab.lint import budget, pages, readme, repeats, submissions, template, thresholds
from pushmark_graders.lab.lint.verdict import Proofs, Verdict, folder
from pushmark_graders.lab.spec import LabSpec
from pushmark_graders.lab.variants import APART, Variant, variants
from pushmark_graders.worker.policy import load

REPEATS = 3

_ABOUT_THE_LAB = ("files", "hints", template.NAME, readme.NAME)
_FROM_GRADINGS = (repeats.NAME, thresholds.NAME, budget.NAME)


@dataclass(frozen=True)
class Wish:
    """How a lab is to be proved: `jobs` gradings at a time (0: one per core), of the submissions whose name contains
    `only`; `again` takes nothing from an earlier run, and `times` is how often verdicts must agree."""

    jobs: int = 0
    only: str = ""
    seed: str = PRACTICE_SEED
    again: bool = False
    times: int = REPEATS
    tell: Callable[[str], None] = lambda _what: None


def lint(spec: LabSpec, wish: Wish = Wish()) -> Iterator[Verdict]:
    """The verdict of each proof as it comes.

    Raises LabError when the lab cannot be read, built or graded at all.
    """
    every = variants(spec)
    chosen = _chosen(spec, every, wish.only)
    wish.tell(f"building {spec.slug}")
    base = rendered(spec, progress=wish.tell)
    made_of = _made_of(spec)
    policy = load("standard")
    about_lab = Proofs(folder(spec), _key(made_of, wish.seed), wish.again)
    about_all = Proofs(folder(spec), _key(f"{base.template.parent.name} {made_of}", wish.seed), wish.again)

    @functools.cache
    def checks() -> Sequence[Check]:
        return session.run(Plan(spec=spec, data=base.data, seed=wish.seed)).checks

    yield pages.prove_files(spec)
    wish.tell("reading the checks")
    yield about_lab.prove("hints", lambda: pages.prove_hints(spec, checks()))
    wish.tell("searching the template")
    yield about_all.prove(template.NAME, lambda: template.prove(spec, base, wish.seed, checks()))
    yield about_lab.prove(readme.NAME, lambda: readme.prove(spec, base, limited(policy, spec.limits), wish.tell))
    wish.tell("grading what the lab ships")
    times = dict.fromkeys(repeats.chosen(every), wish.times) if wish.times > 1 else {}
    cohort = Cohort(spec=spec, base=base, policy=policy, seed=wish.seed, made_of=made_of)
    graded: dict[str, submissions.Proved] = {}
    with contextlib.closing(submissions.prove(cohort, chosen, times, jobs=wish.jobs, again=wish.again)) as proved:
        for one in proved:
            graded[one.verdict.name] = one
            yield one.verdict
    yield from _of_gradings(spec, graded)


def count(spec: LabSpec, only: str = "") -> int:
    """How many verdicts `lint` gives at most. Raises LabError."""
    return len(_chosen(spec, variants(spec), only)) + len(_ABOUT_THE_LAB) + len(_FROM_GRADINGS)


def _chosen(spec: LabSpec, every: Sequence[Variant], only: str) -> list[Variant]:
    chosen = [variant for variant in every if only in variant.name]
    if not chosen:
        raise LabError([f"no submission of {spec.slug} is called {only!r}"], "see solution/, honest/ and mutants/")
    return chosen


def _of_gradings(spec: LabSpec, graded: dict[str, submissions.Proved]) -> Iterator[Verdict]:
    """The verdicts that need what only staff read of several gradings; those whose gradings were not asked for are
    left out."""
    records: dict[str, Record] = {name: one.record for name, one in graded.items() if one.record is not None}

    def kept(*names: str) -> bool:
        return all(graded[name].verdict.kept for name in names if name in graded)

    if (verdict := repeats.prove(records, kept=kept(*records))) is not None:
        yield verdict
    finals = {name: record.final for name, record in records.items()}
    weak = [name for metric in spec.metrics for name in metric.weak]
    if (verdict := thresholds.prove(spec, finals, kept=kept("solution", "starter", *weak))) is not None:
        yield verdict
    if "solution" in records:
        yield budget.prove(spec.grading, records["solution"].effort, kept=kept("solution"))


def _made_of(spec: LabSpec) -> str:
    """What a proof depends on beside its submission: all of the lab that grading may read, and what grades it."""
    content = fingerprint(spec, find_template(spec), DEFAULT_SOURCE, apart=APART)
    return f"{content} {toolchain.fingerprint()}"


def _key(made_of: str, seed: str) -> str:
    return hashlib.blake2b(made_of.encode(), key=seed.encode()[:64], digest_size=32).hexdigest()
