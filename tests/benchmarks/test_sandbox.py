"""The sandbox benchmark: which arrangements it times, and what it makes of the times."""

import sandbox
from pushmark_graders.worker.layers import LAYERS


def test_a_worker_is_timed_bare_whole_and_with_and_without_each_layer() -> None:
    wanted = sandbox.arrangements(LAYERS)
    assert len(wanted) == 2 + 2 * len(LAYERS)
    assert {one.name: one.without for one in wanted}["bare"] == LAYERS
    assert {one.name: one.without for one in wanted}["all layers"] == ()
    assert {one.against for one in wanted if one.name.startswith("all but")} == {"all layers"}


def test_a_layer_that_the_machine_lacks_stays_off() -> None:
    wanted = sandbox.arrangements([layer for layer in LAYERS if layer != "cgroup limits"])
    assert all("cgroup limits" in one.without for one in wanted)
    assert "only cgroup limits" not in {one.name for one in wanted}


def test_differences_and_ratios_are_medians_of_pairs() -> None:
    works = [one for one in sandbox.arrangements(LAYERS) if one.name in ("bare", "all layers")]
    times = {"bare": [10.0, 20.0, 100.0], "all layers": [15.0, 26.0, 90.0]}
    lives = {name: [sandbox.Life(wall, wall / 2, []) for wall in walls] for name, walls in times.items()}
    bare, whole = sandbox.rows(works, lives)
    assert (bare.median, bare.difference, bare.ratio) == (20.0, 0.0, 1.0)
    assert (whole.median, whole.difference, whole.ratio) == (26.0, 5.0, 1.3)
    assert (whole.low, whole.high, whole.processor) == (-10.0, 6.0, 2.5)


def test_what_was_not_timed_is_named_with_its_reason() -> None:
    assert sandbox.table([], {"only seccomp": "no library"}).splitlines()[-1] == "not timed: only seccomp (no library)"
