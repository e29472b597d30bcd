"""A lab's `hidden.py`: the author's own code, run in the grader and never shown."""

import sys
import types

from pushmark_graders.errors import LabError
from pushmark_graders.lab.spec import LabSpec


def load_hidden(spec: LabSpec) -> types.ModuleType:
    """Import the lab's `hidden.py`. Raises LabError when there is none or it does not import."""
    path = spec.root / "hidden.py"
    if not path.is_file():
        raise LabError([f"{path}: no such file"], "write `def hidden_set(seed, lab) -> HiddenSet` there")
    module = types.ModuleType("hidden")
    module.__file__ = str(path)
    before = sys.modules.get("hidden")
    sys.modules["hidden"] = module  # dataclasses look their own module up while they are made
    try:
        exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)  # noqa: S102  (the lab author's own file)
    except Exception as error:
        raise LabError([f"{path}: {type(error).__name__}: {error}"], "run it with Python and mend it") from error
    finally:
        del sys.modules["hidden"]
        if before is not None:
            sys.modules["hidden"] = before
    return module
