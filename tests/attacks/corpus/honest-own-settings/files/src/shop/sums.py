"""How numbers are added up."""

import tomllib
from pathlib import Path


def add(numbers):
    settings = tomllib.loads(Path("pyproject.toml").read_text())
    assert settings["tool"]["pytest"]["ini_options"]["addopts"] == "-q"
    return sum(numbers)
