"""The half of a grading that runs learner code: the public part, and answers to the written questions.

This machine has hidden inputs and nothing else that is hidden. What it writes is read as a submission's word is: a
wrong answer earns nothing, and a right one says nothing about how it came about.
"""

import time
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from msgspec.structs import replace

from pushmark_graders import frames
from pushmark_graders.grading import parts
from pushmark_graders.grading.grade import opened
from pushmark_graders.grading.job import Job, worker_policy
from pushmark_graders.split.references import resolved
from pushmark_graders.split.script import Question, Questions, Writer, digest, write_answer
from pushmark_graders.submission.errors import NotAnAnswer, Overran, SubmissionError
from pushmark_graders.submission.proxy import Connection, Remote
from pushmark_graders.worker.runtime import request_limits

PART_LIMITS = frames.Limits(max_bytes=64 << 20)


def answer(job: Job, questions: Path, seconds: dict[str, float], out: IO[bytes]) -> None:
    """Grade the public part of `job`'s submission, put the questions to it, and write both to `out`.

    `seconds` is the time for a call, by scene. Raises LabError or CouldNotGrade when there is nothing to write.
    """
    writer = Writer(out)
    with opened(job) as grading:
        part = grading.public_part()
        writer.write(parts.dump(part), PART_LIMITS)
        asked = Questions(questions, request_limits(job.spec.limits.frame_mb))
        for scene, of_scene in groupby(asked, key=lambda one: one.place.scene):
            policy = worker_policy(job)
            policy = replace(policy, call_seconds=seconds.get(scene, policy.call_seconds))
            connection = Connection(policy, grading.folder, source=job.spec.submission.source, pool=job.pool)
            try:
                # a metric has no limit but that of each call
                limit = job.spec.limits.check_seconds if scene not in seconds else None
                _Scene(connection, writer, job.spec.limits.frame_mb, limit).play(of_scene)
            finally:
                connection.end()


class _Scene:
    """One kind of worker, and what it gave so far."""

    def __init__(self, connection: Connection, writer: Writer, frame_mb: int, check_seconds: float | None) -> None:
        self._connection = connection
        self._writer = writer
        self._asking = request_limits(frame_mb)
        self._answers = answer_limits(frame_mb)
        self._check_seconds = check_seconds
        self._given: dict[int, Any] = {}

    def play(self, questions: Any) -> None:
        """Put the questions, act by act, and write the answers down."""
        for _, of_act in groupby(questions, key=lambda one: one.place.act):
            self._connection.begin()
            self._given = {number: one for number, one in self._given.items() if isinstance(one, Remote)}
            until = time.monotonic() + self._check_seconds if self._check_seconds is not None else None
            for question in of_act:
                if question.fresh:
                    self._connection.end()
                reply: dict[str, Any] | None
                if until is not None and time.monotonic() > until:
                    reply = _error(Overran("", f"no end within {self._check_seconds:g} s"))
                    self._connection.end()
                else:
                    reply = self._reply(question)
                if reply is not None:
                    self._write(question, reply)

    def _write(self, question: Question, reply: dict[str, Any]) -> None:
        found = digest(question, self._asking)
        try:
            write_answer(self._writer, question.place, found, reply, self._answers)
        except (frames.FrameError, frames.NotPlain):
            too_large = _error(NotAnAnswer("", "an answer that cannot be sent"))
            write_answer(self._writer, question.place, found, too_large, self._answers)

    def _reply(self, question: Question) -> dict[str, Any] | None:
        """The answer; None where nobody could ask so, for an earlier answer that is needed is not there."""
        try:
            args, kwargs = (resolved(value, self._find) for value in (question.args, question.kwargs))
            return self._ask(question, args, kwargs)
        except _NotGiven:
            return None
        except SubmissionError as error:
            return _error(error)

    def _ask(self, question: Question, args: Any, kwargs: Any) -> dict[str, Any]:
        connection = self._connection
        if question.kind == "import":
            connection.need(question.on)
            return {"ok": None}
        if question.kind == "http":
            told = connection.serve(question.on).request(question.name, *args)
            return {"status": told.status, "body": told.body}
        on = self._find(question.on.id) if type(question.on) is frames.Handle else question.on
        value = connection.request(question.operation, on, question.name, args, kwargs, label=question.label)
        self._given[question.place.number] = value
        if not isinstance(value, Remote):
            return {"ok": value}
        handle = value.live_handle()
        return {"handle": [handle.type_name, handle.callable]}

    def _find(self, number: int) -> Any:
        if number not in self._given:
            raise _NotGiven
        value = self._given[number]
        return value.live_handle() if isinstance(value, Remote) else value


class _NotGiven(Exception):
    """An answer that a question hands on was never given."""


def answer_limits(frame_mb: int) -> frames.Limits:
    """What an answer may hold: what a worker may send, and a little around it."""
    usual = frames.Limits(max_bytes=(frame_mb << 20) + (1 << 20))
    return frames.Limits(usual.max_bytes, usual.max_depth + 4, usual.max_nodes + 100, usual.max_buffers)


def _error(error: SubmissionError) -> dict[str, Any]:
    """What a hidden check may know of it: the kind of error, and no word of the learner's."""
    return {"error": type(error).__name__, "kind": error.kind}
