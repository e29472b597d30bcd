"""What a check can ask for by the name of an argument; docs/reference/check-api.md lists all."""

import types
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.grading.budgets import Budget
from pushmark_graders.grading.catalogue import Check
from pushmark_graders.grading.claims import Claims
from pushmark_graders.grading.repro import Repro
from pushmark_graders.grading.seeds import derive_seed
from pushmark_graders.grading.suites import Suite
from pushmark_graders.lab.hidden_file import load_hidden
from pushmark_graders.report.model import BudgetResult
from pushmark_graders.submission.proxy import Connection, Submission
from pushmark_graders.submission.submitted import SubmittedFiles

if TYPE_CHECKING:
    from pushmark_graders.grading.session import Plan


class Fixtures:
    """A plugin of pytest. `check_of` gives the check of a node, and `connection_of` the worker that it may talk to."""

    def __init__(
        self, plan: "Plan", check_of: Callable[[str], Check], connection_of: Callable[[Check], Connection]
    ) -> None:
        self._plan = plan
        self._check_of = check_of
        self._connection_of = connection_of
        self._suites: dict[object, Any] = {}
        self._measured: dict[object, Any] = {}
        self._starter: Connection | None = None
        self.budgets: list[BudgetResult] = []

    @pytest.fixture
    def submission(self, request: pytest.FixtureRequest) -> Submission:
        check = self._check_of(request.node.nodeid)
        return Submission(self._connection_of(check))

    @pytest.fixture
    def starter(self) -> Iterator[Submission]:
        if self._plan.starter is None:
            raise CouldNotGrade("there is no starter to compare with", "grade with the lab's whole folder")
        self._starter = self._starter or self._plan.starter()
        yield Submission(self._starter)
        self._starter.end()

    @pytest.fixture
    def budget(self, request: pytest.FixtureRequest) -> Budget:
        return Budget(self._check_of(request.node.nodeid).id, self.budgets.append, self._measured)

    @pytest.fixture
    def lab(self) -> types.SimpleNamespace:
        return types.SimpleNamespace(path=self._plan.spec.root, data=self._plan.data)

    @pytest.fixture
    def seed(self, request: pytest.FixtureRequest) -> int:
        return derive_seed(self._plan.seed, self._check_of(request.node.nodeid).id)

    @pytest.fixture
    def files(self) -> SubmittedFiles:
        return self._plan.files

    @pytest.fixture
    def suite(self, request: pytest.FixtureRequest) -> Suite:
        connection = self._connection_of(self._check_of(request.node.nodeid))
        return Suite(self._plan.spec.root, connection, self._plan.phase, self._suites)

    @pytest.fixture
    def training(self) -> Claims:
        if self._plan.training is None:
            pytest.fail("Training did not complete, so there is nothing to look at.", pytrace=False)
        return self._plan.training

    @pytest.fixture
    def repro(self, request: pytest.FixtureRequest, training: Claims) -> Repro:
        return Repro(self._connection_of(self._check_of(request.node.nodeid)), training.locked)

    @pytest.fixture(scope="session")
    def hidden(self) -> types.ModuleType:
        return load_hidden(self._plan.spec)
