"""Budgets: the arithmetic of a verdict, what a learner cannot do to it, and what the report says in every state."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from pushmark_graders.checks.budget import Measured, Turn, cpu_ratio, spread, wall_ratio
from pushmark_graders.checks.expect import Unmet
from pushmark_graders.errors import CouldNotGrade, LabError
from pushmark_graders.grading.budgets import Budget
from pushmark_graders.grading.session import Session
from pushmark_graders.report.model import BudgetResult
from pushmark_graders.submission.proxy import Connection, OwnConnection, Submission
from pushmark_graders.worker.policy import local

RunChecks = Callable[..., Session]
Connect = Callable[..., Connection]
WORK = '''
import threading, time

def answer(rounds):
    """Burn processor time in proportion to `rounds`."""
    return sum(i * i for i in range(rounds))

def tenth(rounds):
    return answer(rounds // 10)

def late(rounds):
    """Answer at once, and do the work behind the asker's back."""
    threading.Thread(target=answer, args=[rounds]).start()
    return 0

def waver(rounds, state=[0]):
    state[0] += 1
    return answer(rounds // 10 * (1 + 8 * ((state[0] - 2) // 4 % 2)))

def stop(rounds):
    raise SystemExit
'''


def turns(costs: Sequence[float]) -> list[Turn]:
    return [Turn(cost, (cost, 2 * cost)) for cost in costs]


def test_a_ratio_is_the_median_of_rounds_and_survives_one_bad_round() -> None:
    found = cpu_ratio(Measured(turns([1.0, 1.0, 50.0, 1.0, 1.1]), turns([10.0] * 5)))
    assert (found.ratio, found.mine, found.reference) == (0.1, 1.0, 10.0)
    assert found.unrest == 0.0
    assert found.noise == pytest.approx(0.05)


def test_a_quantile_of_latency_is_taken_over_single_requests() -> None:
    measured = Measured(turns([1.0, 1.0, 3.0]), turns([10.0, 10.0, 10.0]))
    assert wall_ratio(measured, 0.5).mine == 2.0
    assert wall_ratio(measured, 0.95).mine == 6.0
    assert wall_ratio(measured, 0.95).reference == 20.0


def test_a_spread_is_half_of_the_middle_half() -> None:
    assert spread([90.0, 100.0, 110.0]) == pytest.approx(0.05)
    assert spread([1.0]) == 0.0


@pytest.mark.parametrize(
    ("mine", "reference", "unsure"),
    [
        ([5.0, 5.0, 5.0], [7.0, 10.0, 13.0], True),  # the machine is restless, and the bound is near
        ([1.0, 1.0, 1.0], [7.0, 10.0, 13.0], False),  # restless, but the bound is far
        ([5.0, 5.0, 5.0], [10.0, 10.0, 10.0], False),  # on the bound, on a steady machine
        ([1.0, 5.0, 9.0], [10.0, 10.0, 10.0], False),  # the learner's own cost wavers: a verdict all the same
    ],
)
def test_only_a_restless_reference_near_the_bound_leaves_it_open(
    mine: list[float], reference: list[float], unsure: bool
) -> None:
    assert cpu_ratio(Measured(turns(mine), turns(reference))).is_unsure(0.5) is unsure


@pytest.mark.parametrize(
    ("mine", "reference", "unsure"),
    [
        ([1.0, 1.0, 6.0], [40.0, 41.0, 42.0], False),  # slow now and then, on a machine that delays nobody
        ([1.0, 1.0, 6.0], [40.0, 41.0, 55.0], True),  # the machine delays the starter by more than that
        ([1.0, 1.0, 40.0], [40.0, 41.0, 55.0], False),  # it delays by far less than that
        ([1.0, 1.0, 4.0], [40.0, 41.0, 55.0], False),  # within the bound all the same
    ],
)
def test_slow_answers_are_held_against_nobody_where_the_machine_makes_the_starters_as_slow(
    mine: list[float], reference: list[float], unsure: bool
) -> None:
    found = wall_ratio(Measured([Turn(1.0, tuple(mine))] * 8, [Turn(40.0, tuple(reference))] * 8), 0.95)
    assert found.is_unsure(0.1) is unsure


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Submission, Submission]]:
    folder = tmp_path_factory.mktemp("metered")
    for name in ("mine", "starter"):
        (folder / name).mkdir()
        (folder / name / "work.py").write_text(WORK)
    mine = Connection(local(), folder / "mine", source=".", alone=True)
    starter = OwnConnection(local(), folder / "starter", source=".", alone=True)
    yield Submission(mine), Submission(starter)
    mine.end()
    starter.end()


def judged(sides: tuple[Submission, Submission], function: str, at_most: float) -> BudgetResult:
    """The row that a check makes of `function` beside the starter's `answer`; the requests differ in no cost."""
    rows: list[BudgetResult] = []
    budget = Budget("work-is-cheap", rows.append, {})
    mine, starter = sides

    def ask(side: Submission, rounds: int) -> object:
        return getattr(side.module("work"), function if side is mine else "answer")(rounds)

    try:
        measured = budget.measure(ask, mine, starter, [50_000] * 64)
        budget.cpu(measured, at_most=at_most)
    except (Unmet, CouldNotGrade):
        assert rows[0].state != "passed"
    return rows[0]


def test_a_tenth_of_the_work_costs_a_tenth(sides: tuple[Submission, Submission]) -> None:
    row = judged(sides, "tenth", 0.25)
    assert row.state == "passed"
    assert row.ratio is not None
    assert 0.05 < row.ratio < 0.25
    assert (row.unit, row.reference_name, row.at_most) == ("ms", "starter", 0.25)


def test_work_behind_the_askers_back_counts(sides: tuple[Submission, Submission]) -> None:
    assert judged(sides, "late", 0.25).state == "failed"


def test_a_submission_whose_cost_wavers_is_judged_and_not_excused(sides: tuple[Submission, Submission]) -> None:
    """Its median is near the bound and its spread holds it; the reference, stopped meanwhile, is as steady as ever."""
    row = judged(sides, "waver", 0.3)
    assert row.noise is not None
    assert row.noise > 0.3
    assert row.state in {"passed", "failed"}


def test_while_the_reference_is_measured_the_submission_stands_still(sides: tuple[Submission, Submission]) -> None:
    mine, _ = sides
    mine.module("work").answer(1)
    mine.module("work").late(10_000_000)
    mine.meter.pause()
    time.sleep(0.05)
    before = mine.meter.cpu_seconds()
    time.sleep(0.2)
    after = mine.meter.cpu_seconds()
    mine.meter.resume()
    assert after == before


CHECKS = """
from pushmark_graders.checks import task

def measured(submission, starter, budget, name):
    def ask(side, rounds):
        return getattr(side.module("work"), name if side is submission else "answer")(rounds)
    return budget.measure(ask, submission, starter, [20_000] * 32)

@task(1, points=1)
def test_cheap(submission, starter, budget):
    '''An answer costs little.'''
    budget.cpu(measured(submission, starter, budget, "tenth"), at_most=0.5)

@task(1, points=2, hint="What is done twice?")
def test_dear(submission, starter, budget):
    '''An answer costs less than nothing.'''
    budget.cpu(measured(submission, starter, budget, "answer"), at_most=0.001)

@task(1, points=1, needs=["dear"])
def test_after(submission, starter, budget):
    '''What is cheap is also small.'''

@task(2, points=1)
def test_gone(submission, starter, budget):
    '''It answers at all.'''
    budget.cpu(measured(submission, starter, budget, "stop"), at_most=0.5)
"""


def run_budgets(run_checks: RunChecks, connect: Connect, checks: str) -> Session:
    starter = connect({"work.py": WORK})
    own = OwnConnection(local(), starter.folder, source=".", alone=True)
    metered = Connection(local(), starter.folder, source=".", alone=True)
    try:
        return run_checks({"test_budget.py": checks}, {"work.py": WORK}, metered=metered, starter=lambda: own)
    finally:
        own.end()
        metered.end()


def fragment(session: Session) -> dict[str, Any]:
    """States and messages of the checks, and the rows, without what a clock says."""
    rows = [
        {"check": row.check, "title": row.title, "state": row.state, "at_most": row.at_most} for row in session.budgets
    ]
    outcomes = {name: [one.state, one.message.split(":")[0]] for name, one in session.outcomes.items()}
    return {"outcomes": outcomes, "budgets": rows}


def test_a_report_holds_every_state_and_a_row_for_each_verdict(run_checks: RunChecks, connect: Connect) -> None:
    found = fragment(run_budgets(run_checks, connect, CHECKS))
    assert found["outcomes"] == {
        "cheap": ["passed", ""],
        "dear": ["failed", "CPU time per request"],
        "after": ["blocked", ""],
        "gone": ["error", found["outcomes"]["gone"][1]],
    }
    assert found["budgets"] == [
        {"check": "cheap", "title": "CPU time per request", "state": "passed", "at_most": 0.5},
        {"check": "dear", "title": "CPU time per request", "state": "failed", "at_most": 0.001},
    ]


def test_a_restless_machine_leaves_the_check_ungraded_and_says_so(
    run_checks: RunChecks, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    restless = Measured(turns([4.0, 5.0, 6.0]), turns([7.0, 10.0, 13.0]))
    monkeypatch.setattr(Budget, "measure", lambda *_args, **_options: restless)
    session = run_budgets(run_checks, connect, CHECKS)
    assert session.outcomes["cheap"].state == "ungraded"
    assert "the machine was too noisy to judge" in session.outcomes["cheap"].message
    assert session.budgets[0].state == "ungraded"


def test_a_starter_that_breaks_is_never_the_learners_fault(run_checks: RunChecks, connect: Connect) -> None:
    broken = CHECKS[: CHECKS.index("@task(1, points=2")].replace('else "answer"', 'else "stop"')
    assert run_budgets(run_checks, connect, broken).outcomes["cheap"].state == "ungraded"


def test_a_hidden_check_may_not_measure(run_checks: RunChecks) -> None:
    hidden = CHECKS.replace("points=", "hidden=True, points=")
    with pytest.raises(LabError, match="a hidden check asks for `budget`"):
        run_checks({"test_hidden_budget.py": hidden}, {"work.py": WORK})


def test_sizes_count_regular_files_alone(sides: tuple[Submission, Submission], tmp_path: Path) -> None:
    rows: list[BudgetResult] = []
    mine = sides[0]
    (mine.folder / "models").mkdir()
    (mine.folder / "models" / "a.bin").write_bytes(bytes(1 << 20))
    (mine.folder / "models" / "linked").symlink_to("/usr/bin/python3")
    budget = Budget("small", rows.append, {})
    budget.size(mine, "models/**", at_most_mb=1.0)
    with pytest.raises(Unmet, match=r"Size of the artefacts: 1 MiB; at most 0\.5 MiB is allowed"):
        budget.size(mine, "models/**", at_most_mb=0.5)
    assert [(row.state, row.measured, row.limit) for row in rows] == [("passed", 1.0, 1.0), ("failed", 1.0, 0.5)]
