"""A grader as it must not be: it imports the submission into its own process, beside checks and labels.

Run as a program with a lab, a submission and the path of its result. It exists so that the tests can show that
their oracles notice a successful attack; nothing else may use it.
"""

import importlib
import json
import sys
import types
from pathlib import Path
from typing import Any


class Submission:
    def module(self, name: str) -> types.ModuleType:
        return importlib.import_module(name)


def main(lab: Path, submission: Path, out: Path) -> None:
    sys.path[:0] = [str(submission / "src"), str(lab)]
    hidden = importlib.import_module("hidden")
    fixtures = {"submission": Submission(), "hidden": hidden, "seed": 7}
    points, messages = 0.0, []
    for path in sorted((lab / "checks").glob("test_*.py")):
        for check, mark in _checks(path):
            wanted = check.__code__.co_varnames[: check.__code__.co_argcount]
            try:
                check(**{name: fixtures[name] for name in wanted})
                points += mark.points
            except Exception as error:
                messages.append(f"{check.__name__}: {error}")
    try:
        points += _measure(hidden)
    except Exception as error:
        messages.append(f"metric: {error}")
    out.write_text(json.dumps({"points": points, "messages": messages}))


def _checks(path: Path) -> list[tuple[Any, Any]]:
    space: dict[str, Any] = {"__name__": path.stem}
    exec(compile(path.read_text(), str(path), "exec"), space)
    return [(value, value.pytestmark[0].args[0]) for name, value in space.items() if name.startswith("test_")]


def _measure(hidden: Any) -> float:
    hidden_set = hidden.hidden_set(7, None)
    labels = hidden_set.labels
    predictions = importlib.import_module("shop.forecast").predict(**hidden_set.inputs)
    error = abs(labels - predictions).mean()
    return 5.0 * max(0.0, 1.0 - float(error) / 3.0)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
