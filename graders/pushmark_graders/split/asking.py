"""Writes a lab's questions down: the lab's own solution is graded, and all that it is asked about hidden inputs noted.

What a check asks must not depend on what was answered before, but for handing an answer on: then the question says
whose answer is meant. A check that needs more than calls and requests, such as a meter, cannot be split.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from pushmark_graders import frames
from pushmark_graders.errors import CouldNotGrade, LabError
from pushmark_graders.grading.grade import grade
from pushmark_graders.grading.job import Job, Result
from pushmark_graders.split.references import references
from pushmark_graders.split.script import Kind, Place, Question, written
from pushmark_graders.submission.proxy import Connection, Remote
from pushmark_graders.submission.service import Response, Service
from pushmark_graders.worker.meter import Meter
from pushmark_graders.worker.runtime import request_limits

_FITTING = "measure in a public check, or grade this lab on a host"


def ask(job: Job, out: Path) -> Result:
    """Grade the solution with `job`, and write every question about hidden inputs to `out`.

    Raises LabError when the solution does not pass, and for checks that cannot be split.
    """
    problems: list[str] = []
    limits = request_limits(job.spec.limits.frame_mb)
    with written(out) as writer:
        result = _grade(job, lambda question: writer.write(question.plain(), limits), problems)
    if problems:
        raise LabError([f"{job.spec.root}: {problem}" for problem in dict.fromkeys(problems)], _FITTING)
    missed = [check.id for task in result.report.tasks for check in task.checks if check.state != "passed"]
    missed += [metric.name for metric in result.report.metrics if metric.state == "error"]
    if missed:
        raise LabError(
            [f"{job.spec.root}: the solution does not pass {', '.join(missed)}"], "run `pushmark lab lint` on it"
        )
    return result


def _grade(job: Job, note: Callable[[Question], None], problems: list[str]) -> Result:

    def connect(scene: str) -> Callable[..., Connection]:
        def make(*args: Any, **kwargs: Any) -> Connection:
            return _Asking(scene, note, problems, *args, **kwargs)

        return make

    return grade(dataclasses.replace(job, connect=connect))


class _Asking(Connection):
    """A connection that notes what it is asked."""

    def __init__(self, scene: str, note: Callable[[Question], None], problems: list[str], *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._scene = scene
        self._note = note
        self._problems = problems
        self._act = 0
        self._at = 0
        self._is_fresh = False
        self._given: dict[tuple[int, int], int] = {}
        self._kept: list[tuple[object, int]] = []

    def begin(self) -> None:
        self._act += 1
        self._at = 0
        self._kept.clear()
        super().begin()

    def end(self) -> None:
        self._is_fresh = True
        super().end()

    def need(self, module: str) -> None:
        self._question("import", on=module)
        super().need(module)

    def request(
        self, operation: str, on: str | frames.Handle, name: str, args: Any = (), kwargs: Any = None, *, label: str = ""
    ) -> Any:
        if operation == "import":
            return super().request(operation, on, name, args, kwargs, label=label)
        place = self._question(
            "call",
            operation=operation,
            on=self._meant(on),
            name=name,
            args=references(list(args), self._find),
            kwargs=references(kwargs or {}, self._find),
            label=label,
        )
        answer = super().request(operation, on, name, args, kwargs, label=label)
        if isinstance(answer, Remote):
            self._given[self.generation, answer.live_handle().id] = place.number
        else:
            self._kept.append((answer, place.number))
        return answer

    def serve(self, app: str) -> Service:
        service = super().serve(app)
        return _AskingService(service, lambda *asked: self._question("http", on=app, name=asked[0], args=asked[1:]))

    def beside(self, *_: object, **__: object) -> NoReturn:
        self._refuse("a hidden check runs the learner's tests, or asks DVC")

    @property
    def meter(self) -> Meter:
        self._refuse("a hidden check measures what calls cost")

    def _refuse(self, why: str) -> NoReturn:
        self._problems.append(f"{why}, which cannot be done on another machine")
        raise CouldNotGrade(why, _FITTING)

    def _question(self, kind: Kind, **fields: Any) -> Place:
        self._at += 1
        place = Place(self._scene, self._act, self._at)
        self._note(Question(place=place, kind=kind, fresh=self._is_fresh, **fields))
        self._is_fresh = False
        return place

    def _meant(self, on: str | frames.Handle) -> str | frames.Handle:
        return on if isinstance(on, str) else frames.Handle(self._given[self.generation, on.id], "", False)

    def _find(self, value: object) -> int | None:
        if type(value) is frames.Handle:
            return self._given.get((self.generation, value.id))
        return next((number for kept, number in self._kept if kept is value), None)


class _AskingService(Service):
    """Notes each request before the service gets it."""

    def __init__(self, service: Service, note: Callable[[str, str, bytes | None], Place]) -> None:
        self.app = service.app
        self._service = service
        self._note = note

    def request(self, method: str, path: str, body: bytes | None = None) -> Response:
        self._note(method, path, body)
        return self._service.request(method, path, body)

    @property
    def meter(self) -> Meter:
        raise CouldNotGrade("a hidden check measures a service", _FITTING)
