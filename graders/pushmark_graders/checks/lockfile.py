"""Reads `dvc.lock`, the record of what DVC ran: each stage's command, and the hashes of what it read and wrote.

The file is the learner's, in a submission as after a run, so it is read as plain YAML within bounds.
"""

import msgspec

from pushmark_graders.checks import plain_yaml
from pushmark_graders.checks.plain_yaml import Entry, NotPlain, Value

MOST_STAGES, MOST_PATHS, LONGEST = 100, 500, 500


class LockedStage(msgspec.Struct, frozen=True, kw_only=True):
    """One stage in `dvc.lock`, with templates resolved: what it was run with and what came out.

    `deps` and `outs` are MD5 hashes by path (a folder's ends in `.dir`), `params` texts by `FILE:dotted.key`.
    """

    cmd: str = ""
    deps: dict[str, str] = {}
    params: dict[str, str] = {}
    outs: dict[str, str] = {}


def parse(text: str) -> dict[str, LockedStage]:
    """The stages of a lock by name, as they stand there. Raises NotPlain for what is no lock of DVC's."""
    found = plain_yaml.parse(text)
    stages = found.get("stages") if isinstance(found, Entry) else None
    if not isinstance(stages, Entry):
        raise NotPlain("it has no `stages`", 1)
    return {name[:LONGEST]: _stage(name, stages[name]) for name in list(stages)[:MOST_STAGES]}


def _stage(name: str, value: Value) -> LockedStage:
    if not isinstance(value, Entry):
        raise NotPlain(f"the stage {name[:60]} is no mapping", 1)
    cmd = value.get("cmd", "")
    lines = cmd if isinstance(cmd, list) else [cmd]
    params = value.get("params", "")
    return LockedStage(
        cmd="\n".join(str(line) for line in lines)[:LONGEST],
        deps=_hashes(value.get("deps", "")),
        params=dict(list(_leaves(params))[:MOST_PATHS]) if isinstance(params, Entry) else {},
        outs=_hashes(value.get("outs", "")),
    )


def _hashes(value: Value) -> dict[str, str]:
    """The hash of each entry of a list of files; empty where DVC keeps none."""
    entries = [entry for entry in value if isinstance(entry, Entry)] if isinstance(value, list) else []
    pairs = [(entry.get("path"), entry.get(str(entry.get("hash", "md5")), "")) for entry in entries[:MOST_PATHS]]
    return {
        path[:LONGEST]: digest[:LONGEST] for path, digest in pairs if isinstance(path, str) and isinstance(digest, str)
    }


def _leaves(params: Entry) -> list[tuple[str, str]]:
    """Every parameter of every file: DVC locks whole groups, and a group may hold groups."""
    found: list[tuple[str, str]] = []
    waiting: list[tuple[str, Value]] = [(f"{file}:", value) for file, value in reversed(params.items())]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, Entry):
            separator = "" if key.endswith(":") else "."
            waiting += [(f"{key}{separator}{name}", inner) for name, inner in reversed(value.items())]
        else:
            found.append((key[:LONGEST], str(value)[:LONGEST]))
    return found
