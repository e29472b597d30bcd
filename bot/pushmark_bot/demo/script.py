"""What the played learner pushes: `demo/demo.toml` of a lab."""

import tomllib
from pathlib import Path

import msgspec
from pushmark_graders.errors import LabError
from pushmark_graders.lab.spec import LabSpec

FILE = "demo/demo.toml"


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One push: `layers` are folders of the lab, laid over the template in order.

    `message` is the commit's; `about` tells the viewer what to look for.
    """

    message: str
    about: str
    layers: list[str] = []


class _Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    steps: list[Step]


def read(spec: LabSpec) -> list[Step]:
    """The pushes in order. Raises LabError when the lab has no script, or one that cannot be read."""
    path = spec.root / FILE
    try:
        steps = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _Script).steps
    except FileNotFoundError:
        raise LabError([f"{path}: no such file"], "write [[steps]] with message, about and layers there") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise LabError([f"{path}: {error}"], "expected [[steps]], each with message, about and layers") from None
    missing = [
        f"{path}: steps[{number}].layers: no folder {spec.root / layer}"
        for number, step in enumerate(steps)
        for layer in step.layers
        if not (spec.root / layer).is_dir()
    ]
    if missing or not steps:
        raise LabError(missing or [f"{path}: no steps"], "name folders of the lab, such as solution or demo/partial")
    return steps


def folders(spec: LabSpec, step: Step) -> list[Path]:
    """The step's layers as paths."""
    return [spec.root / layer for layer in step.layers]
