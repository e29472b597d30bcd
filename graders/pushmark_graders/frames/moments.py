"""Dates, times and durations in a frame, and the names of time zones.

A zone travels as "UTC", as an offset in seconds ("+7200") or as an IANA name, which must be known where it arrives.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from pushmark_graders.frames.plain import FrameError, NotPlain
from pushmark_graders.frames.tree import type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from pushmark_graders.frames.reader import Reader
    from pushmark_graders.frames.tree import Writer

OFFSET = re.compile(r"[+-][0-9]{1,5}")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,31}(/[A-Za-z0-9_+-]{1,31}){0,2}")


def zone_code(zone: tzinfo) -> str:
    """Return the zone's name on the wire, or raise `NotPlain`."""
    if type(zone) is ZoneInfo and zone.key is not None:
        return zone.key
    if type(zone) is timezone:
        offset = zone.utcoffset(None)
        if offset == timedelta(0):
            return "UTC"
        if offset.microseconds == 0:
            return f"{round(offset.total_seconds()):+d}"
    raise NotPlain(f"a time zone of type {type_name(type(zone))}")


def zone(code: str) -> tzinfo:
    """Return the zone of a name on the wire, or raise `FrameError`."""
    if code == "UTC":
        return UTC
    if OFFSET.fullmatch(code):
        return timezone(timedelta(seconds=int(code)))
    if not NAME.fullmatch(code):
        raise FrameError("a malformed time zone")
    try:
        return ZoneInfo(code)
    except (ValueError, OSError, KeyError):
        raise FrameError("an unknown time zone") from None


def write(writer: Writer, value: object) -> bool:
    """Write a datetime, a date or a timedelta."""
    kind = type(value)
    if isinstance(value, datetime) and kind is datetime:
        code = ""
        offset = value.utcoffset()
        if value.tzinfo is not None and offset is not None:
            known = type(value.tzinfo) in (ZoneInfo, timezone)
            code = zone_code(value.tzinfo if known else timezone(offset))
        writer.ops += b"w"
        clock = (value.hour, value.minute, value.second, value.microsecond, value.fold)
        writer.ints.extend((value.year, value.month, value.day, *clock))
        writer.text(code)
    elif isinstance(value, date) and kind is date:
        writer.ops += b"y"
        writer.ints.extend((value.year, value.month, value.day))
    elif isinstance(value, timedelta) and kind is timedelta:
        writer.ops += b"k"
        writer.ints.extend((value.days, value.seconds, value.microseconds))
    else:
        return False
    return True


def _read_datetime(reader: Reader) -> datetime:
    year, month, day, hour, minute, second, microsecond, fold = [reader.int() for _ in range(8)]
    code = reader.text()
    zoned = zone(code) if code else None
    return datetime(year, month, day, hour, minute, second, microsecond, zoned, fold=fold)


def _read_timedelta(reader: Reader) -> timedelta:
    days, seconds, microseconds = reader.int(), reader.int(), reader.int()
    if not (0 <= seconds < 86_400 and 0 <= microseconds < 1_000_000):
        raise FrameError("a duration is out of range")
    return timedelta(days, seconds, microseconds)


READERS: dict[int, Callable[[Reader], object]] = {
    ord("w"): _read_datetime,
    ord("y"): lambda reader: date(reader.int(), reader.int(), reader.int()),
    ord("k"): _read_timedelta,
}
