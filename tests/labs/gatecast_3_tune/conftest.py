"""The lab and its hidden set, for tests that run its code as plain Python."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

LAB = Path(__file__).resolve().parents[3] / "labs" / "gatecast-3-tune"


@pytest.fixture(scope="session")
def lab() -> Path:
    return LAB


@pytest.fixture(scope="session")
def hidden() -> ModuleType:
    return load(LAB / "hidden.py")


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The learner's table, as data.py writes it."""
    folder = tmp_path_factory.mktemp("data") / "raw"
    load(LAB / "data.py").write(folder)
    return folder


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"gatecast_3_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
