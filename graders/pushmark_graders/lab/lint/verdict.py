"""What one proof of a lab gave, and where proofs that held are kept until what they are made of changes."""

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec.structs import replace

from pushmark_graders import atomic, cache
from pushmark_graders.lab.spec import LabSpec


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """`problems` is empty when the proof holds, `told` is what it found in a line, `kept` says that an earlier run
    proved it."""

    name: str
    problems: list[str] = []
    told: str = ""
    points: float | None = None
    max: float | None = None
    seconds: float = 0.0
    kept: bool = False


def folder(spec: LabSpec) -> Path:
    """Where the proofs of this lab folder are kept."""
    place = hashlib.blake2b(os.fsencode(spec.root), digest_size=8).hexdigest()
    return cache.folder() / "proofs" / f"{spec.slug[:60]}-{place}"


class _Kept(msgspec.Struct, frozen=True):
    key: str
    verdict: Verdict


@dataclass(frozen=True)
class Proofs:
    """The proofs in `folder` that are no gradings. `key` stands for all that they depend on, the seed included."""

    folder: Path
    key: str
    again: bool = False

    def prove(self, name: str, find: Callable[[], Verdict]) -> Verdict:
        """The verdict of `find`, or the one that held under the same key before."""
        path = self.folder / "others" / f"{name}.json"
        if not self.again and (kept := self._read(path)) is not None:
            return replace(kept, kept=True)
        started = time.monotonic()
        verdict = replace(find(), seconds=round(time.monotonic() - started, 3))
        if not verdict.problems:
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic.write(path, msgspec.json.encode(_Kept(self.key, verdict)))
        return verdict

    def _read(self, path: Path) -> Verdict | None:
        try:
            kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
        except (OSError, msgspec.DecodeError):
            return None  # nothing there, or half of it: it is proved again
        return kept.verdict if kept.key == self.key and not kept.verdict.problems else None
