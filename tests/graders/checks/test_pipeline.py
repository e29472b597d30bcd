"""Locks and metrics that were submitted, beside those of a clean run: where they begin to differ, and nothing else."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace
from pushmark_graders.checks import lockfile, pipeline
from pushmark_graders.checks.expect import Unmet
from pushmark_graders.checks.plain_yaml import NotPlain
from pushmark_graders.grading.claims import Claims
from pushmark_graders.submission.errors import MissingFile, Unreadable
from pushmark_graders.submission.submitted import SubmittedFiles

LOCK = """
schema: '2.0'
stages:
  featurize:
    cmd: python featurize.py
    deps:
    - {path: featurize.py, hash: md5, md5: f1, size: 9}
    - {path: data/raw, hash: md5, md5: r1.dir, size: 9, nfiles: 2}
    outs:
    - {path: work/features.csv, hash: md5, md5: w1, size: 9}
  train:
    cmd:
    - export A=1
    - python train.py
    deps:
    - {path: train.py, hash: md5, md5: t1}
    - {path: work/features.csv, hash: md5, md5: w1, size: 9}
    params:
      params.yaml:
        model:
          rate: 0.1
          layers: [8, 8]
    outs:
    - {path: model.bin, hash: md5, md5: m1, size: 9}
  evaluate@test:
    cmd: python evaluate.py
    deps:
    - {path: model.bin, hash: md5, md5: m1, size: 9}
    outs:
    - {path: metrics.json, hash: md5, md5: j1, size: 9}
"""
METRICS = b'{"validation": {"auc": 0.8}, "folds": [0.7, 0.9], "name": "trees", "seconds": 3}'
CLEAN = Claims(
    locked=lockfile.parse(LOCK),
    metrics={"validation": {"auc": 0.8}, "folds": [0.7, 0.9], "name": "trees", "seconds": 9},
)


def lock(*changes: tuple[str, str]) -> SubmittedFiles:
    text = LOCK
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return SubmittedFiles({"dvc.lock": text.encode(), "metrics.json": METRICS})


def told(files: SubmittedFiles, exempt: Sequence[str] = ()) -> list[str]:
    """The lines that say what differs, and the advice."""
    with pytest.raises(Unmet) as caught:
        pipeline.expect_lock(files, CLEAN, exempt=exempt)
    assert caught.value.location is not None
    assert caught.value.location.path == "dvc.lock"
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


def test_a_lock_is_read_with_its_commands_parameters_and_hashes() -> None:
    assert list(CLEAN.locked) == ["featurize", "train", "evaluate@test"]
    train = CLEAN.locked["train"]
    assert train.cmd == "export A=1\npython train.py"
    assert train.deps == {"train.py": "t1", "work/features.csv": "w1"}
    assert train.params == {"params.yaml:model.rate": "0.1", "params.yaml:model.layers": "['8', '8']"}
    assert train.outs == {"model.bin": "m1"}


@pytest.mark.parametrize(
    "text", ["", "a: 1", "stages: [1]", "stages: {a: 1}", "stages: &a {b: *a}", "stages: [", "- 1", "[" * 500]
)
def test_what_is_no_lock_is_not_read(text: str) -> None:
    with pytest.raises(NotPlain):
        lockfile.parse(text)
    with pytest.raises(Unreadable, match=r"dvc\.lock:1: this is no lock of DVC's"):
        pipeline.expect_lock(SubmittedFiles({"dvc.lock": text.encode()}), CLEAN)


def test_entries_that_say_too_little_are_passed_over() -> None:
    odd = "stages: {a: {cmd: x, deps: [1, {path: p}, {path: [q]}], outs: {}, params: 3}}"
    assert lockfile.parse(odd) == {"a": lockfile.LockedStage(cmd="x", deps={"p": ""})}


def test_the_lock_of_the_clean_run_is_accepted_and_a_missing_one_is_named() -> None:
    pipeline.expect_lock(lock(), CLEAN)
    with pytest.raises(MissingFile, match=r"dvc\.lock"):
        pipeline.expect_lock(SubmittedFiles(), CLEAN)


def test_a_stale_lock_is_told_where_it_begins_and_not_what_follows() -> None:
    files = lock(("md5: f1", "md5: f0"), ("md5: w1", "md5: w0"), ("md5: m1", "md5: m0"), ("md5: j1", "md5: j0"))
    assert told(files) == [
        "featurize, deps: featurize.py was f0, is f1",
        "Run dvc repro, and commit dvc.lock together with what it was made from.",
    ]


def test_an_output_that_differs_with_the_same_inputs_asks_for_seeds_and_threads() -> None:
    lines = told(lock(("md5: m1", "md5: m0"), ("md5: j1", "md5: j0")))
    assert lines[0] == "train, outs: model.bin was m0, is m1 (the same inputs gave another output)"
    assert len(lines) == 2
    assert "OMP_NUM_THREADS=1" in lines[1]


def test_a_forged_hash_of_an_input_is_not_taken_for_a_consequence() -> None:
    files = lock(("path: model.bin, hash: md5, md5: m1, size: 9}\n    outs", "path: model.bin, md5: mX}\n    outs"))
    assert told(files)[0] == "evaluate@test, deps: model.bin was mX, is m1"


def test_commands_parameters_and_stages_are_compared() -> None:
    files = lock(("rate: 0.1", "rate: 0.2"), ("cmd: python featurize.py", "cmd: python -O featurize.py"))
    assert told(files)[:2] == [
        "featurize: its command was another one",
        "train, params: params.yaml:model.rate was 0.2, is 0.1",
    ]
    assert told(lock(("  featurize:", "  features:")))[:2] == [
        "featurize: not in dvc.lock",
        "features: in dvc.lock, and no stage of the pipeline",
    ]


def test_an_exempt_output_may_differ_with_all_that_follows_from_it() -> None:
    files = lock(("md5: m1", "md5: m0"), ("md5: j1", "md5: j0"))
    pipeline.expect_lock(files, CLEAN, exempt=["*.bin"])
    assert told(lock(("md5: j1", "md5: j0")), ["*.bin"])[0].startswith("evaluate@test, outs: metrics.json")


def test_of_many_differences_the_first_are_told() -> None:
    many = "".join(f"\n    - {{path: p{number}, hash: md5, md5: x}}" for number in range(9))
    lines = told(lock(("    deps:\n    - {path: train.py", f"    deps:{many}\n    - {{path: train.py")))
    assert lines[5] == "... and 4 more"
    assert len(lines) == 7


def test_metrics_are_compared_number_by_number() -> None:
    files = SubmittedFiles({"metrics.json": METRICS.replace(b"0.9]", b"0.95]").replace(b"0.8", b"0.8000001")})
    with pytest.raises(Unmet) as caught:
        pipeline.expect_metrics(files, CLEAN, ignore=["seconds"])
    assert "  folds.1: 0.95 submitted, 0.9 in the clean run\n" in str(caught.value)
    assert "auc" not in str(caught.value)
    pipeline.expect_metrics(files, CLEAN, ignore=["seconds"], tolerance=0.1)
    pipeline.expect_metrics(files, CLEAN, ignore=["seconds", "folds"])


def test_a_metric_that_only_one_side_has_differs() -> None:
    for clean, sentence in [
        ({}, "0.8 submitted, nothing in"),
        ({"more": 1, "auc": 0.8}, "more: nothing submitted, 1 in"),
    ]:
        with pytest.raises(Unmet, match=sentence):
            pipeline.expect_metrics(SubmittedFiles({"metrics.json": b'{"auc": 0.8}'}), replace(CLEAN, metrics=clean))


@pytest.mark.parametrize("text", [b"", b"[1]", b"{", b'{"a": NaN}', b"[" * 100_000, b'{"a":' * 2000, b"\xff"])
def test_a_metrics_file_that_is_no_json_object_is_the_learners_error(text: bytes) -> None:
    with pytest.raises(Unreadable, match=r"metrics\.json is no JSON object"):
        pipeline.expect_metrics(SubmittedFiles({"metrics.json": text}), CLEAN)


def test_stages_must_declare_what_they_read() -> None:
    pipeline.expect_stages(
        CLEAN,
        {
            "featurize": ["featurize.py", "data/raw/flights.csv"],
            "train": ["params.yaml:model", "params.yaml:model.rate"],
        },
    )
    for stage, need in [("train", "train"), ("train", "params.yaml:mod"), ("evaluate@test", "evaluate.py")]:
        with pytest.raises(Unmet, match=f"The stage `{stage}` does not declare `{need}`"):
            pipeline.expect_stages(CLEAN, {stage: [need]})
    with pytest.raises(Unmet, match="The pipeline has no stage `tune`"):
        pipeline.expect_stages(CLEAN, {"tune": []})


def test_an_order_of_stages_comes_from_outputs_that_others_depend_on() -> None:
    pipeline.expect_after(CLEAN, "evaluate@test", "featurize")
    with pytest.raises(Unmet, match="The stage `featurize` does not wait for `train`"):
        pipeline.expect_after(CLEAN, "featurize", "train")
    assert pipeline.downstream(CLEAN.locked, ["train", "unknown"]) == ["train", "evaluate@test"]


def test_stages_that_feed_each_other_come_to_an_end() -> None:
    a = lockfile.LockedStage(deps={"b": ""}, outs={"a": ""})
    b = lockfile.LockedStage(deps={"a": ""}, outs={"b": ""})
    assert pipeline.upstream({"a": a, "b": b}, "a") == ["b"]
