"""Reads a TOML file that a person wrote into a type, and reports every fault of it at once.

They see `lab.toml: metrics[0].points: expected a number, got "ten"` with the next step, for all faults
in one go, instead of the first one.
"""

import difflib
import math
import tomllib
import types
import typing
from pathlib import Path
from typing import Any, Literal

import msgspec

from pushmark_graders.errors import FileError


def read(path: Path, error: type[FileError], start: str) -> dict[str, Any]:
    """The tables of the file. Raises `error`; `start` is the next step where there is no such file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise error([f"{path}: no such file"], start) from None
    except UnicodeDecodeError as fault:
        line = fault.object[: fault.start].count(b"\n") + 1
        raise error([f"{path}: line {line} is not UTF-8"], "save the file as UTF-8") from None
    except (ValueError, RecursionError) as fault:  # TOMLDecodeError, an endless number, endless nesting
        raise error([f"{path}: not valid TOML: {fault}"], "mend the line that it names") from None
    except OSError as fault:
        raise error([f"{path}: cannot be read: {fault.strerror}"], "check the file's permissions") from None


def faults(raw: dict[str, Any], kind: type[msgspec.Struct]) -> list[str]:
    """Every unknown, missing and wrongly typed key; a field called `root` is no key of the file."""
    problems: list[str] = []
    _check_struct(raw, kind, "", problems)
    return problems


def fault_error(path: Path, problems: list[str], error: type[FileError], reference: str) -> FileError:
    """All faults of the file as one error that says which page explains its keys."""
    keys = "this key" if len(problems) == 1 else "these keys"
    return error([f"{path}: {problem}" for problem in problems], f"mend {keys} in {path}; see {reference}")


def _check_struct(value: object, kind: type[msgspec.Struct], where: str, problems: list[str]) -> None:
    """Collect every unknown, missing and wrongly typed key below `where`."""
    if not isinstance(value, dict):
        problems.append(f"{where.rstrip('.')}: expected a table, got {show(value)}")
        return
    fields = {field.name: field for field in msgspec.structs.fields(kind) if field.name != "root"}
    for key in value:
        if key not in fields:
            close = difflib.get_close_matches(key, fields, 1)
            hint = f"did you mean `{close[0]}`?" if close else f"expected one of: {', '.join(fields)}"
            problems.append(f"{where}{key}: unknown key; {hint}")
    for name, field in fields.items():
        if name in value:
            _check_value(value[name], field.type, f"{where}{name}", problems)
        elif field.required:
            problems.append(f"{where}{name}: missing; expected {_name(field.type)}")


def _check_value(value: object, kind: Any, where: str, problems: list[str]) -> None:
    if isinstance(kind, types.UnionType):
        kind = next(part for part in typing.get_args(kind) if part is not types.NoneType)
    if typing.get_origin(kind) is list:
        if not isinstance(value, list):
            problems.append(f"{where}: expected {_name(kind)}, got {show(value)}")
            return
        for index, item in enumerate(value):
            _check_value(item, typing.get_args(kind)[0], f"{where}[{index}]", problems)
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        _check_struct(value, kind, f"{where}.", problems)
    elif not _fits(value, kind):
        problems.append(f"{where}: expected {_name(kind)}, got {show(value)}")


def _fits(value: object, kind: Any) -> bool:
    try:
        read = msgspec.convert(value, kind)
    except (msgspec.ValidationError, ValueError, OverflowError):
        return False
    return not isinstance(read, float) or math.isfinite(read)  # TOML has nan and inf; no key of ours does


_NAMES: dict[Any, str] = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def _name(kind: Any) -> str:
    if kind in _NAMES:
        return _NAMES[kind]
    if typing.get_origin(kind) is list:
        return f"a list of {_name(typing.get_args(kind)[0]).removeprefix('a ')}s"
    if typing.get_origin(kind) is Literal:
        return "one of: " + ", ".join(str(choice) for choice in typing.get_args(kind))
    return "a table"


def show(value: object) -> str:
    try:
        text = f'"{value}"' if isinstance(value, str) else str(value)
    except ValueError:  # Python writes no whole number of more than 4300 digits; TOML's hexadecimal ones have no bound
        text = "a number too long to print"
    return text if len(text) <= 60 else text[:57] + "..."
