"""The half of a grading that holds the labels: hidden checks and metrics, judged on answers that are written down.

No worker starts here, and nothing of the learner's is imported. A check asks as it always does; what it asks is
looked up. Whoever asks something that nobody put to the submission gets no answer, and the attempt does not count.
"""

import dataclasses
from collections.abc import Callable
from typing import IO, Any, NoReturn

from pushmark_graders import __version__, frames
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.grading import parts
from pushmark_graders.grading.grade import opened
from pushmark_graders.grading.job import Job, Result
from pushmark_graders.split.answering import PART_LIMITS, answer_limits
from pushmark_graders.split.references import references
from pushmark_graders.split.script import Answers, Kind, Place, Question, digest, read_message
from pushmark_graders.submission.errors import (
    Died,
    Garbled,
    MissingName,
    NotAnAnswer,
    Overran,
    Raised,
    SubmissionError,
    TimedOut,
)
from pushmark_graders.submission.proxy import BUILTIN_EXCEPTIONS, Connection, Remote
from pushmark_graders.submission.service import Response, Service
from pushmark_graders.worker.meter import Meter
from pushmark_graders.worker.runtime import request_limits

_NEXT_STEP = "grade this lab on a host, or let the check ask the same whatever is answered"
_LONGEST_NAME = 200
_SAID: dict[type[SubmissionError], str] = {
    SubmissionError: "no answer",
    Died: "the worker ended before it answered",
    Garbled: "no valid answer",
    MissingName: "a name is missing",
    NotAnAnswer: "not plain data",
    Overran: "no end in time",
    Raised: "raised an exception",
    TimedOut: "no answer in time",
}
"""The other machine's own words are not told to anybody."""
_BY_NAME = {kind.__name__: kind for kind in _SAID}
_RAISED = frozenset(f"raised {name}" for name in BUILTIN_EXCEPTIONS)
_ENDS_WORKER = (TimedOut, Died, Garbled)


def score(job: Job, answers: IO[bytes]) -> Result:
    """The result of a submission whose answers another machine wrote.

    Raises LabError, and CouldNotGrade for answers that cannot be read.
    """
    part = parts.parse(read_message(answers, PART_LIMITS), __version__)
    known = Answers(answers, answer_limits(job.spec.limits.frame_mb))

    def connect(scene: str) -> Callable[..., Connection]:
        def make(*args: Any, **kwargs: Any) -> Connection:
            return _Replaying(scene, known, job.spec.limits.frame_mb, *args, **kwargs)

        return make

    with opened(dataclasses.replace(job, warm=False, pool=None, connect=connect)) as grading:
        return grading.score(part)


class _Replaying(Connection):
    """A connection to answers that were given before."""

    def __init__(self, scene: str, answers: Answers, frame_mb: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._scene = scene
        self._answers = answers
        self._asking = request_limits(frame_mb)
        self._act = 0
        self._at = 0
        self._kept: list[tuple[object, int]] = []

    def begin(self) -> None:
        self._act += 1
        self._at = 0
        self._kept.clear()
        super().begin()

    def end(self) -> None:
        self.generation += 1

    def prepare(self) -> None:
        """Nothing has to start."""

    def holds(self, generation: int) -> bool:
        return generation == self.generation

    def need(self, module: str) -> None:
        self.asked.add(module)
        self._look_up("import", on=module, label=module)

    def request(
        self, operation: str, on: str | frames.Handle, name: str, args: Any = (), kwargs: Any = None, *, label: str = ""
    ) -> Any:
        self._halt.check()
        if isinstance(on, str):
            self.asked.add(on)
        place, reply = self._look_up(
            "call",
            operation=operation,
            on=on if isinstance(on, str) else frames.Handle(on.id, "", False),
            name=name,
            args=references(list(args), self._find),
            kwargs=references(kwargs or {}, self._find),
            label=label,
        )
        self.answered = True
        if "handle" in reply:
            kind, can_be_called = _handle(reply["handle"])
            return Remote(self, frames.Handle(place.number, kind, can_be_called), label or name or str(on))
        answer = reply.get("ok")
        self._kept.append((answer, place.number))
        return answer

    def serve(self, app: str) -> Service:
        return _ReplayedService(app, self._http)

    def _http(self, app: str, method: str, path: str, body: bytes | None) -> Response:
        _, reply = self._look_up("http", on=app, name=method, args=(path, body), label=path)
        status, content = reply.get("status"), reply.get("body")
        if type(status) is not int or type(content) is not bytes:
            raise Garbled("", "no valid answer")
        self.answered = True
        return Response(status, content, f"{method} {path}")

    def beside(self, *_: object, **__: object) -> NoReturn:
        raise CouldNotGrade("a hidden check runs the learner's tests, or asks DVC", _NEXT_STEP)

    @property
    def meter(self) -> Meter:
        raise CouldNotGrade("a hidden check measures what calls cost", _NEXT_STEP)

    def take_output(self) -> str:
        return ""

    def _start(self) -> NoReturn:
        raise CouldNotGrade("a worker was about to start where labels are", "report this to Pushmark")

    def _look_up(self, kind: Kind, *, label: str, **asked: Any) -> tuple[Place, dict[str, Any]]:
        """The place of the question, and its answer. Raises what was raised when it was put to the submission."""
        self._at += 1
        place = Place(self._scene, self._act, self._at)
        question = Question(place=place, kind=kind, label=label, **asked)
        try:
            reply = self._answers.get(place, digest(question, self._asking))
        except frames.FrameError:
            raise Garbled("", _SAID[Garbled]) from None
        if type(reply) is not dict:
            raise CouldNotGrade("a hidden check asked what nobody had put to the submission", _NEXT_STEP)
        if "error" in reply:
            self._raise(reply)
        return place, reply

    def _raise(self, reply: dict[str, Any]) -> NoReturn:
        name, said = reply["error"], reply.get("kind")
        kind = _BY_NAME.get(name, Garbled) if type(name) is str else Garbled
        if issubclass(kind, _ENDS_WORKER):
            self.end()
        raise kind("", said if type(said) is str and said in _RAISED and kind is Raised else _SAID[kind])

    def _find(self, value: object) -> int | None:
        if type(value) is frames.Handle:
            return value.id
        return next((number for kept, number in self._kept if kept is value), None)


class _ReplayedService(Service):
    """A service whose answers are written down."""

    def __init__(self, app: str, ask: Callable[[str, str, str, bytes | None], Response]) -> None:
        self.app = app
        self.has_ended = False
        self._ask = ask

    def request(self, method: str, path: str, body: bytes | None = None) -> Response:
        return self._ask(self.app, method, path, body)

    @property
    def meter(self) -> Meter:
        raise CouldNotGrade("a hidden check measures a service", _NEXT_STEP)


def _handle(told: Any) -> tuple[str, bool]:
    if type(told) is not list or len(told) != 2 or type(told[0]) is not str or type(told[1]) is not bool:
        raise Garbled("", "no valid answer")
    return told[0][:_LONGEST_NAME], told[1]
