"""Short, exact descriptions of values for people: what was passed, what came back."""

from collections.abc import Iterable
from typing import Any

import numpy as np

LONGEST = 300


def show(value: Any) -> str:
    """One line, at most 300 characters, that says what `value` is."""
    text = _show(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def _show(value: Any) -> str:
    kind = type(value).__name__
    if kind == "DataFrame":
        names = ", ".join(str(name)[:LONGEST] for name in value.columns[:8]) + (
            ", ..." if len(value.columns) > 8 else ""
        )
        return f"a table of {len(value):,} rows and {len(value.columns)} columns ({names})"
    if kind == "Series":
        return f"a column of {len(value):,} {value.dtype} values"
    if isinstance(value, np.ndarray):
        return _show_array(value)
    if isinstance(value, np.generic):
        return repr(value.item())
    if isinstance(value, dict):
        return (
            "{" + _join(f"{_show(key)}: {_show(item)}" for key, item in list(value.items())[:6]) + _more(value, 6, "}")
        )
    if isinstance(value, list | tuple):
        opening, closing = "[]" if isinstance(value, list) else "()"
        return opening + _join(_show(item) for item in value[:10]) + _more(value, 10, closing)
    if isinstance(value, str | bytes):
        return repr(value[:LONGEST])  # an answer may have hundreds of megabytes
    return repr(value)


def _show_array(value: np.ndarray) -> str:
    if value.size <= 10:
        return np.array2string(value, separator=", ", threshold=10, precision=6).replace("\n", "")
    return f"an array of shape {value.shape}, {value.dtype}, that begins {_show(list(value.flat[:3]))}"


def _join(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def _more(value: Any, shown: int, closing: str) -> str:
    return f", ... {len(value) - shown} more{closing}" if len(value) > shown else closing
