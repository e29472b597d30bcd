"""Asks DVC which stages of a trained submission it would run again after a change; a worker does it, in a copy."""

import msgspec

from pushmark_graders.checks.expect import Unmet
from pushmark_graders.checks.lockfile import LockedStage
from pushmark_graders.checks.pipeline import downstream
from pushmark_graders.grading.claims import NO_SOURCE
from pushmark_graders.report.text import one_line
from pushmark_graders.submission.errors import Garbled
from pushmark_graders.submission.proxy import Connection

SECONDS = 60.0
"""DVC hashes every dependency and output once more; a grader that is busy takes a few seconds for that."""


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the worker answers."""

    changed: list[str] = []
    missing: str = ""


class Repro:
    """The `repro` fixture."""

    def __init__(self, connection: Connection, locked: dict[str, LockedStage]) -> None:
        self._connection = connection
        self._locked = locked

    def after(self, *, param: str = "", file: str = "") -> list[str]:
        """The stages that DVC would run after another value of `param` (`model.rate`, of params.yaml; of another
        file `FILE:model.rate`), or a changed `file`: those that depend on it, and those that depend on their outputs.

        In the order of dvc.lock. Raises Unmet when there is no such parameter or file, ValueError unless exactly
        one of the two is given.
        """
        if bool(param) == bool(file):
            raise ValueError("expected a parameter or a file")
        full = param if not param or ":" in param else f"params.yaml:{param}"
        told = self._ask(full, file)
        if told.missing:
            raise Unmet(f"There is no {one_line(told.missing, 120)} that could change.")
        return downstream(self._locked, told.changed)

    def _ask(self, param: str, file: str) -> _Told:
        connection = self._connection.beside(self._connection.folder, SECONDS, NO_SOURCE)
        try:
            answer = connection.request(
                "call", "pushmark_graders.worker.stages", "changed_by", [param, file], label="dvc status"
            )
            return msgspec.convert(answer, _Told)
        except msgspec.ValidationError:
            raise Garbled("dvc status: what came back was not an answer.", "no valid answer") from None
        finally:
            connection.end()
