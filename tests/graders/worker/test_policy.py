"""Policies are data: three by name, others from a file, and an error that names the file and the key."""

from pathlib import Path

import pytest
from pushmark_graders.errors import PushmarkError
from pushmark_graders.worker.layers import ABOUT, LAYERS, NEXT_STEP, WHERE_THE_HOST_HAS_THEM
from pushmark_graders.worker.policy import load, local, standard, strict


def test_strict_requires_every_layer_but_those_that_only_some_hosts_have() -> None:
    assert strict().required == tuple(layer for layer in LAYERS if layer not in WHERE_THE_HOST_HAS_THEM)
    assert strict().self_test
    assert strict().landlock_abi == 4


def test_standard_requires_what_every_linux_has_and_local_nothing() -> None:
    assert set(standard().required) < set(strict().required)
    assert standard().self_test
    assert local().required == ()
    assert not local().self_test


def test_every_layer_is_explained_and_has_a_next_step() -> None:
    assert tuple(ABOUT) == tuple(NEXT_STEP) == LAYERS


def test_a_file_starts_from_a_policy_and_is_named_after_itself(tmp_path: Path) -> None:
    path = tmp_path / "exam.toml"
    path.write_text('extends = "strict"\nmemory_mb = 2048\n')
    policy = load(str(path))
    assert (policy.name, policy.memory_mb, policy.required) == ("exam", 2048, strict().required)


def test_without_a_base_a_file_starts_from_local(tmp_path: Path) -> None:
    path = tmp_path / "open.toml"
    path.write_text('name = "measured"\nwithout = ["seccomp"]\n')
    assert (load(str(path)).name, load(str(path)).required) == ("measured", ())


@pytest.mark.parametrize(
    ("text", "told", "next_step"),
    [
        ('extends = "secure"', "extends: no policy 'secure'", "choose one of: strict, standard, local"),
        ("memory = 5", "unknown field `memory`", "docs/reference/policies.md"),
        ('memory_mb = "5"', "Expected `int`, got `str` - at `$.memory_mb`", "docs/reference/policies.md"),
        ('required = ["magic"]', "Invalid enum value 'magic' - at `$.required[0]`", "docs/reference/policies.md"),
        ('extends = "strict"\nwithout = ["seccomp"]', "without: 'seccomp' is required too", "take it out of one"),
        ("memory_mb = 0", "Expected `int` >= 1 - at `$.memory_mb`", "docs/reference/policies.md"),
        ("memory_mb =", "Invalid value", "mend the file"),
    ],
)
def test_a_faulty_file_is_named_with_the_key_and_the_next_step(
    text: str, told: str, next_step: str, tmp_path: Path
) -> None:
    path = tmp_path / "faulty.toml"
    path.write_text(text)
    with pytest.raises(PushmarkError) as caught:
        load(str(path))
    assert caught.value.what.startswith(f"{path}: ")
    assert told in caught.value.what
    assert next_step in caught.value.next_step


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(PushmarkError, match="paranoid: no policy of this name") as caught:
        load("paranoid")
    assert "strict, standard, local" in caught.value.next_step
