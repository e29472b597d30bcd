"""What an attack must not achieve, as pure functions: no better score, no leak, no trace on the host.

Each returns sentences; an empty list means that the attack came to nothing.
"""

import base64
import binascii
import math
import re
import struct
import zlib
from collections.abc import Iterator

from pushmark_graders.report.model import Report

_TOKEN = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")
_MARGIN = 5.0
_SLOWER, _SLOWER_SECONDS = 1.5, 2.0
"""How much longer the next grading may take; on a busy machine some of that is nobody's doing."""
MEMORY_MB = 600.0
"""What a grader may use itself, whatever the submission sends it; a plain grading takes about 100 MiB."""
DIGITS = 12
"""Characters of a number that are looked for: more are lost when it is printed."""


def twin(score: float, twin_score: float) -> list[str]:
    """The score is at most that of the same submission without the payload; NaN is no score."""
    if math.isnan(score) or score > twin_score + 1e-9:
        return [f"scored {score:g}, its attack-free twin {twin_score:g}"]
    return []


def honest_report(report: Report, lab_checks: set[str]) -> list[str]:
    """The attack neither voids the attempt nor changes what is asked."""
    ids = {check.id for task in report.tasks for check in task.checks}
    told = [] if report.status == "graded" else [f"the attempt is {report.status}: {_why(report)}"]
    return told if ids == lab_checks else [*told, f"the report has the checks {sorted(ids)}"]


def expected(report: Report, states: dict[str, str], overlaid: list[str]) -> list[str]:
    """The report says of an attack what its author foresaw: states of checks, files that were put back."""
    got = {check.id: check.state for task in report.tasks for check in task.checks}
    told = [f"{name} is {got.get(name)}, not {state}" for name, state in states.items() if got.get(name) != state]
    return told + [f"{name} is not reported as put back" for name in overlaid if name not in report.integrity.overlaid]


def robbed(changed: list[str]) -> list[str]:
    """No other submission's record, comment or file changed."""
    return [f"changed of another learner: {path}" for path in changed]


def neighbours(attack: Report, before: Report, after: Report, plain: Report, seconds: tuple[float, float]) -> list[str]:
    """Those who were graded before and after it by the same grader have what they have alone, with workers of the same
    kind, and as fast. `seconds` are theirs: the first has the whole start of the grader in them."""
    told = [*alike(before, plain, "graded alone"), *alike(after, plain, "graded before this one")]
    kinds = [report.timing.workers for report in (before, attack, after)]
    if len({*kinds}) > 1:
        told.append(f"workers were {kinds[0]} before it, {kinds[1]} for it and {kinds[2]} after it")
    if seconds[1] > _SLOWER * seconds[0] + _SLOWER_SECONDS:
        told.append(f"the next grading took {seconds[1]:.1f} s; the one before it took {seconds[0]:.1f} s")
    return told


def alike(report: Report, other: Report, which: str) -> list[str]:
    """The same states and points for every check and every metric, and the same fate of the training."""
    mine, theirs = _facts(report), _facts(other)
    texts = _texts(report)
    return [
        f"{name}: {_fact(mine.get(name))}, {which} {_fact(theirs.get(name))}. {texts.get(name, '')}".strip()
        for name in sorted({*mine, *theirs})
        if mine.get(name) != theirs.get(name)
    ]


def _facts(report: Report) -> dict[str, tuple[str, float]]:
    facts: dict[str, tuple[str, float]] = {}
    facts |= {check.id: (check.state, check.points) for task in report.tasks for check in task.checks}
    facts |= {f"metric {metric.name}": (metric.state, metric.points) for metric in report.metrics}
    return facts | ({"training": (report.training.state, 0.0)} if report.training is not None else {})


def _texts(report: Report) -> dict[str, str]:
    checks = {check.id: check.message for task in report.tasks for check in task.checks}
    metrics = {f"metric {metric.name}": metric.message for metric in report.metrics}
    return checks | metrics | ({"training": report.training.message} if report.training is not None else {})


def _fact(fact: tuple[str, float] | None) -> str:
    return "absent" if fact is None else f"{fact[0]} with {fact[1]:g} points"


def _why(report: Report) -> str:
    checks = [check for task in report.tasks for check in task.checks if check.state == "ungraded"]
    return "; ".join([report.message, *(f"{check.id}: {check.message}" for check in checks)])


def leaks(sinks: dict[str, bytes], canaries: dict[str, str]) -> list[str]:
    """No learner-visible sink holds a canary: not raw, in base64, hex, reversed, packed or compressed."""
    found = []
    for sink, content in sinks.items():
        views = list(_views(content))
        for name, canary in canaries.items():
            for form, needle in _forms(canary):
                if any(needle in view for view in views):
                    found.append(f"{name} is in {sink} ({form})")
    return found


def _forms(canary: str) -> Iterator[tuple[str, bytes]]:
    number = _number(canary)
    plain = canary.encode() if number is None else canary[:DIGITS].encode()
    for case, text in (("", plain), (" in lower case", plain.lower())):
        yield f"raw{case}", text
        yield f"reversed{case}", text[::-1]
        yield f"hex{case}", text.hex().encode()
        for shift in range(3):  # base64 of a longer text that holds it, at each of three offsets
            yield f"base64{case}", base64.b64encode(bytes(shift) + text)[4 if shift else 0 : -4]
        yield f"with underscores{case}", text.replace(b"-", b"_").replace(b".", b"_")
    if number is not None:
        yield "packed", struct.pack("<d", number)
        yield "packed as hex", struct.pack("<d", number).hex().encode()


def _number(canary: str) -> float | None:
    try:
        return float(canary)
    except ValueError:
        return None


def _views(content: bytes) -> Iterator[bytes]:
    """The sink itself, and what is compressed or doubly encoded inside it."""
    yield content
    yield content.replace(b"\\", b"").replace(b"\n", b"")
    for token in _TOKEN.findall(content):
        for decode in (_unbase64, _unhex):
            inner = decode(token)
            try:
                yield zlib.decompress(inner)
            except zlib.error:
                yield inner


def _unbase64(token: bytes) -> bytes:
    try:
        return base64.b64decode(token + b"=" * (-len(token) % 4), altchars=b"-_" if set(token) & set(b"-_") else None)
    except (binascii.Error, ValueError):
        return b""


def _unhex(token: bytes) -> bytes:
    try:
        return bytes.fromhex(token.decode())
    except ValueError:
        return b""


def host(
    *,
    survivors: list[str],
    left_behind: list[str],
    changed: list[str],
    received: int,
    seconds: float,
    limit: float,
    memory_mb: float,
) -> list[str]:
    """Nothing survives, nothing stays or changes outside, nothing arrives on the network, it ends in time, and the
    grader itself, whose memory holds what a submission sends it, stays small."""
    told = [f"a process survived: {name}" for name in survivors]
    told += [f"left behind: {path}" for path in left_behind]
    told += [f"changed: {path}" for path in changed]
    if received:
        told.append(f"{received} connections reached the network sink")
    if seconds > limit + _MARGIN:
        told.append(f"took {seconds:.1f} s; the limit is {limit:g} s and {_MARGIN:g} s more")
    if memory_mb > MEMORY_MB:
        told.append(f"the grader itself used {memory_mb:.0f} MiB; the cap is {MEMORY_MB:g} MiB")
    return told
