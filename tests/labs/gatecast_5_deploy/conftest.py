"""The lab, its check helpers and its hidden set, for tests that run its code as plain Python."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from pushmark_graders.lab.build import rendered
from pushmark_graders.lab.spec import load_lab

LAB = Path(__file__).resolve().parents[3] / "labs" / "gatecast-5-deploy"


@pytest.fixture(scope="session")
def lab() -> Path:
    return LAB


@pytest.fixture(scope="session")
def hidden() -> ModuleType:
    return load(LAB / "hidden.py")


@pytest.fixture(scope="session")
def golden() -> ModuleType:
    return load(LAB / "checks" / "golden.py")


@pytest.fixture(scope="session")
def raw(golden: ModuleType) -> dict[str, pd.DataFrame]:
    """The learner's raw tables, as the lab's template has them."""
    tables: dict[str, pd.DataFrame] = golden.raw_tables(rendered(load_lab(LAB)).data)
    return tables


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"gatecast_5_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
