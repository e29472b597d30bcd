"""A report does not depend on how its workers came about: warm and cold ones differ in nothing but time."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from pushmark_graders.lab.build import rendered
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.lab.variants import Variant, variants
from pushmark_graders.worker.pool import Pool

from tests.labs.alike import Both, both

TINY = Path(__file__).parents[2] / "fixtures" / "tiny-lab"
SPEC = load_lab(TINY)


@pytest.mark.parametrize("variant", variants(SPEC), ids=lambda variant: str(variant.name))
def test_warm_and_cold_workers_give_the_same_report(variant: Variant) -> None:
    with Pool(["numpy", "pandas"]) as pool:
        assert both(SPEC, rendered(SPEC), variant, pool).differences == []


def test_a_difference_is_told() -> None:
    (solution, *_) = variants(SPEC)
    with Pool() as pool:
        found = both(SPEC, rendered(SPEC), solution, pool)
    worse = replace(found.cold, score=replace(found.cold.score, points=0.0))
    assert [told.split(":")[0] for told in Both(found.warm, worse).differences] == ["score"]
    assert Both(found.cold, found.cold).differences == ["kinds of workers"]
