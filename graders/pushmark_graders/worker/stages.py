"""Asks DVC, in a worker, which stages something changed for. The folder is a copy, and gone afterwards."""

from pathlib import Path
from typing import Any

from dvc.repo import Repo
from dvc.utils.serialize import MODIFIERS

NOT_KEPT = "not in cache"
"""A copy of the folder has no DVC cache, so of every output DVC says this; it is no change."""


def changed_by(param: str, file: str) -> dict[str, Any]:
    """The stages that DVC calls changed after another value of `param` (`FILE:dotted.key`) or another byte in `file`.

    What follows from their outputs is not among them. `missing` names what is not there to be changed.
    """
    target, _, key = param.partition(":") if param else (file, "", "")
    path = Path(target)
    if not path.is_file():
        return {"missing": target}
    if not param:
        with path.open("ab") as opened:
            opened.write(b"\n")
    elif not _set_another(path, key.split(".")):
        return {"missing": f"{key} in {target}"}
    with Repo() as repo:
        told: dict[str, list[Any]] = repo.status()
    return {"changed": [stage for stage, reasons in told.items() if any(map(_is_change, reasons))]}


def _is_change(reason: Any) -> bool:
    if isinstance(reason, dict) and isinstance(outs := reason.get("changed outs"), dict):
        return any(state != NOT_KEPT for state in outs.values())
    return True


def _set_another(path: Path, keys: list[str]) -> bool:
    """Give the value at `keys` another one of its kind; False where there is none."""
    with MODIFIERS[path.suffix.lower()](str(path)) as values:
        group = values
        for key in keys[:-1]:
            group = group.get(key) if isinstance(group, dict) else None
        if not isinstance(group, dict) or keys[-1] not in group:
            return False
        group[keys[-1]] = _another(group[keys[-1]])
    return True


def _another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return [*value, 0] if isinstance(value, list) else f"{value} changed"
