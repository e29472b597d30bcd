"""The lab's generator, its comparison and its submissions, for tests that run them as plain Python."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

LAB = Path(__file__).resolve().parents[3] / "labs" / "gatecast-1-ingest"


@pytest.fixture(scope="session")
def lab() -> Path:
    return LAB


@pytest.fixture(scope="session")
def hidden() -> ModuleType:
    return load(LAB / "hidden.py")


@pytest.fixture(scope="session")
def measure() -> Iterator[ModuleType]:
    """measure.py, and with it the modules of checks/ under their names there: compare, days and dirt."""
    path = list(sys.path)
    yield load(LAB / "measure.py")
    sys.path[:] = path
    for name in ("compare", "days", "dirt"):
        sys.modules.pop(name, None)


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The learner's drops and tables, as data.py writes them."""
    folder = tmp_path_factory.mktemp("data") / "raw"
    load(LAB / "data.py").write(folder)
    return folder


@pytest.fixture(scope="session")
def solution(measure: ModuleType) -> Iterator[Any]:
    with measure.submission("solution") as code:
        importlib.import_module("gatecast_ingest.ingest")
        yield code


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"ingest_lab_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
