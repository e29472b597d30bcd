"""Answers inside of questions: a check that hands an answer on means that answer, whatever it will be."""

from collections.abc import Callable
from typing import Any

from pushmark_graders import frames

_SHARED = (bool, int, float, complex, str, bytes, type(None))
"""Python may have one object for two of these: that one was answered before says nothing."""


def references(value: Any, find: Callable[[object], int | None]) -> Any:
    """The same with a handle in the place of everything that `find` knows as an answer, by its question's number."""
    if type(value) not in _SHARED and (number := find(value)) is not None:
        return frames.Handle(number, "", False)
    if type(value) is dict:
        return {key: references(item, find) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(references(item, find) for item in value)
    return value


def resolved(value: Any, get: Callable[[int], Any]) -> Any:
    """The same with the answers themselves."""
    if type(value) is frames.Handle:
        return get(value.id)
    if type(value) is dict:
        return {key: resolved(item, get) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(resolved(item, get) for item in value)
    return value
