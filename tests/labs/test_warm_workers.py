"""Every lab's own submissions have the same report from warm and from cold workers.

Warm and cold workers differ in how they come about, not in how they go on, and training never has warm ones. So quick
checks are enough here, if they call what each submission changes; `python -m tests.labs.alike` compares whole gradings.
"""

import os
import sys
from collections.abc import Callable, Iterator

import pytest
from pushmark_graders.grading.catalogue import Check
from pushmark_graders.lab.build import rendered
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.lab.variants import Variant, variants
from pushmark_graders.worker.pool import Pool

from tests.labs.alike import LABS, Both, both

QUICK = {
    "gatecast-1-ingest": {
        "every-row-of-a-good-drop-comes-out",
        "numbers-and-dates-are-read",
        "impossible-readings-are-blank",
        "quarantine-says-why",
    },
    "gatecast-2-features": {
        "known-at-is-a-time-machine",
        "row-order-does-not-matter",
        "encoder-sees-training-rows-only",
        "encoder-knows-what-to-do-with-strangers",
        "split-is-in-time",
    },
    "gatecast-5-deploy": {"answers-a-question"},
}
"""By lab, checks of less than half a second each; all public ones of a lab that is not named."""

Compare = Callable[[Variant], Both]
SLUGS = sorted(path.parent.name for path in LABS.glob("*/lab.toml"))
EVERY = [(slug, variant) for slug in SLUGS for variant in variants(load_lab(LABS / slug))]
ALL = os.environ.get("CI", "") not in ("", "0", "false")
CHOSEN = EVERY if ALL else [(slug, one) for slug, one in EVERY if one.kind in ("solution", "starter")]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="fork servers are for Linux")


@pytest.fixture(scope="module")
def compare() -> Iterator[dict[str, Compare]]:
    """By lab, a comparison of one of its submissions; the warm workers of a lab come from one fork server."""
    pools = {slug: Pool(load_lab(LABS / slug).submission.preload) for slug in SLUGS}

    def of(slug: str) -> Compare:
        spec = load_lab(LABS / slug)
        base, quick = rendered(spec), QUICK.get(slug)

        def wanted(check: Check) -> bool:
            return quick is None or check.id in quick

        return lambda variant: both(spec, base, variant, pools[slug], whole=False, wanted=wanted)

    yield {slug: of(slug) for slug in SLUGS}
    for pool in pools.values():
        pool.close()


@pytest.mark.parametrize(("slug", "variant"), CHOSEN, ids=lambda part: getattr(part, "name", part))
def test_warm_and_cold_workers_give_the_same_report(slug: str, variant: Variant, compare: dict[str, Compare]) -> None:
    found = compare[slug](variant)
    assert found.differences == []
    got = {check.id for task in found.warm.tasks for check in task.checks}
    assert got >= QUICK.get(slug, set())


def test_none_is_left_out() -> None:
    if left := len(EVERY) - len(CHOSEN):
        pytest.skip(f"{left} of {len(EVERY)} submissions are left out: set CI=1, or python -m tests.labs.alike")


def test_every_lab_with_quick_checks_is_there() -> None:
    assert {*QUICK} <= {*SLUGS}
