"""What a worker may do: data that the launcher obeys and the report names.

A policy lists the layers without which nothing is graded: a silent downgrade would make a score
worthless. Layers beyond those are used wherever the machine gives them.
"""

import tomllib
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import msgspec

from pushmark_graders.errors import PushmarkError
from pushmark_graders.worker.layers import Layer

_Count = Annotated[int, msgspec.Meta(ge=1)]
_Seconds = Annotated[float, msgspec.Meta(gt=0)]


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of one worker and the layers without which it must not start.

    Memory and sizes are in MiB unless the name says otherwise; times are wall-clock seconds. `without`
    leaves layers off on purpose, to measure what each costs and stops. A lab's own limits come first.
    """

    name: str
    required: tuple[Layer, ...] = ()
    without: tuple[Layer, ...] = ()
    landlock_abi: _Count = 1
    self_test: bool = False
    call_seconds: _Seconds = 10.0
    import_seconds: _Seconds = 60.0
    memory_mb: _Count = 4096
    total_memory_mb: _Count = 8192
    processors: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    processes: _Count = 256
    file_mb: _Count = 256
    open_files: _Count = 1024
    output_kb: _Count = 64
    frame_mb: _Count = 256
    scratch_mb: _Count = 512
    folder_mb: _Count = 2048
    folder_files: _Count = 50_000


def local() -> Policy:
    return _built_in()["local"]


def standard() -> Policy:
    return _built_in()["standard"]


def strict() -> Policy:
    return _built_in()["strict"]


@lru_cache(maxsize=1)
def _built_in() -> dict[str, Policy]:
    tables = tomllib.loads(resources.files(__package__).joinpath("policies.toml").read_text(encoding="utf-8"))
    return {name: msgspec.convert({"name": name, **table}, Policy) for name, table in tables.items()}


def load(name_or_file: str) -> Policy:
    """The built-in policy of that name, or the one in that TOML file.

    A file may start from a built-in policy: `extends = "strict"`. Raises PushmarkError when there is
    neither, or when the file says something that no policy has.
    """
    known = _built_in()
    if name_or_file in known:
        return known[name_or_file]
    path = Path(name_or_file)
    if not path.is_file():
        raise PushmarkError(
            f"{name_or_file}: no policy of this name, and no such file",
            f"choose {', '.join(known)}, or give the path of a TOML file",
        )
    return _read(path, known)


def _read(path: Path, known: dict[str, Policy]) -> Policy:
    try:
        said: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PushmarkError(f"{path}: {error}", "mend the file, or take a built-in policy") from None
    base = said.pop("extends", "local")
    if base not in known:
        raise PushmarkError(f"{path}: extends: no policy {base!r}", f"choose one of: {', '.join(known)}")
    given = {field: getattr(known[base], field) for field in Policy.__struct_fields__}
    try:
        policy = msgspec.convert({**given, "name": path.stem, **said}, Policy)
    except msgspec.ValidationError as error:
        raise PushmarkError(f"{path}: {error}", "docs/reference/policies.md lists the keys and the layers") from None
    if both := [layer for layer in policy.required if layer in policy.without]:
        raise PushmarkError(f"{path}: without: {both[0]!r} is required too", "take it out of one of the two lists")
    return policy
