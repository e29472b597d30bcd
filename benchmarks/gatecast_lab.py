"""What the programs about GateCast 2 share: the lab's own measuring script and its check helpers, as modules."""

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

LAB = Path(__file__).resolve().parents[1] / "labs" / "gatecast-2-features"


def measure() -> ModuleType:
    """labs/gatecast-2-features/measure.py; one thread, as the lab trains, unless the caller says otherwise."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    spec = importlib.util.spec_from_file_location("gatecast_measure", LAB / "measure.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def world() -> ModuleType:
    """checks/flightworld.py, found as the grader finds it."""
    sys.path.insert(0, str(LAB / "checks"))
    return importlib.import_module("flightworld")
