"""The lab, its measuring script and its check helpers, for tests that run its code as plain Python."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

LAB = Path(__file__).resolve().parents[3] / "labs" / "gatecast-2-features"


@pytest.fixture(scope="session")
def lab() -> Path:
    return LAB


@pytest.fixture(scope="session")
def measure() -> ModuleType:
    return load(LAB / "measure.py")


@pytest.fixture(scope="session")
def hidden() -> ModuleType:
    return load(LAB / "hidden.py")


@pytest.fixture(scope="session")
def world() -> Iterator[ModuleType]:
    """checks/flightworld.py, importable as the grader makes it."""
    sys.path.insert(0, str(LAB / "checks"))
    yield importlib.import_module("flightworld")
    sys.path.remove(str(LAB / "checks"))


@pytest.fixture(scope="session")
def builders(world: ModuleType) -> ModuleType:
    """checks/hidden_builds.py, which needs `world` on the path."""
    assert world
    return importlib.import_module("hidden_builds")


@pytest.fixture(scope="session")
def encodings(world: ModuleType) -> ModuleType:
    """checks/encoding_examples.py."""
    assert world
    return importlib.import_module("encoding_examples")


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The learner's raw tables, as data.py writes them."""
    folder = tmp_path_factory.mktemp("data") / "raw"
    load(LAB / "data.py").write(folder)
    return folder


@pytest.fixture(scope="session")
def raw(world: ModuleType, data_folder: Path) -> dict[str, pd.DataFrame]:
    tables: dict[str, pd.DataFrame] = world.public_tables(data_folder)
    return tables


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"gatecast_lab_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
