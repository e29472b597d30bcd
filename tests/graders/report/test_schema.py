"""Report files: what is written can be read, and a broken file is named with its key."""

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema_rs
import msgspec
import pytest
from msgspec.structs import replace
from pushmark_graders.errors import PushmarkError
from pushmark_graders.report.model import Report, RunSummary, TrainingResult
from pushmark_graders.report.schema import PATH, dump, load, main, parse, schema_text

Sample = Callable[[str], Report]


def test_the_schema_in_the_package_is_the_one_that_the_types_give() -> None:
    assert PATH.read_text() == schema_text(), "run python -m pushmark_graders.report.schema --write"


def test_the_command_prints_the_schema() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pushmark_graders.report.schema"], capture_output=True, text=True, check=True
    )
    assert run.stdout == schema_text()


def test_the_command_writes_the_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pushmark_graders.report.schema.PATH", tmp_path / "schema.json")
    assert main(["--write"]) == 0
    assert (tmp_path / "schema.json").read_text() == schema_text()


def test_each_kind_of_report_is_valid_under_the_schema(sample_name: str, sample: Sample) -> None:
    jsonschema_rs.validator_for(json.loads(PATH.read_text())).validate(json.loads(dump(sample(sample_name))))


def test_a_report_without_its_score_is_not_valid_under_the_schema(sample: Sample) -> None:
    raw = json.loads(dump(sample("passing")))
    del raw["score"]
    assert not jsonschema_rs.validator_for(json.loads(PATH.read_text())).is_valid(raw)


def test_what_is_written_reads_back_as_the_same_report(sample_name: str, sample: Sample, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(dump(sample(sample_name)))
    again = dump(load(path))
    assert dump(parse(again)) == again
    if sample_name not in {"hostile", "enormous"}:  # NaN differs from itself, and a diff of megabytes helps nobody
        assert load(path) == sample(sample_name)


def test_half_a_surrogate_is_written_out_as_its_escape(sample: Sample) -> None:
    text = dump(replace(sample("passing"), message="name\ud800.py"))
    assert parse(text).message == "name\\ud800.py"


def test_a_run_that_logged_nan_can_be_written_and_read(sample: Sample) -> None:
    run = RunSummary(id="a", name="a", status="FINISHED", params={}, metrics={"loss": math.nan, "auc": 0.5})
    run = replace(run, history={"loss": [0.7, math.inf, math.nan]})
    read = parse(dump(replace(sample("passing"), training=TrainingResult(state="completed", runs=[run]))))
    assert read.training
    assert math.isnan(read.training.runs[0].metrics["loss"])
    assert [math.isfinite(value) for value in read.training.runs[0].history["loss"]] == [True, False, False]
    assert read.training.runs[0].metrics["auc"] == 0.5


def test_a_report_of_a_later_release_with_more_fields_still_reads(sample: Sample) -> None:
    raw = json.loads(dump(sample("passing"))) | {"weather": [{"name": "rain"}]}
    assert parse(json.dumps(raw).encode()) == sample("passing")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score": {"points": "ten", "max": 20}}, "report.json: score.points: expected float, got str"),
        ({"score": None}, "report.json: score: expected object, got null"),
        ({"tasks": [{"number": 1}]}, "report.json: tasks[0]: object missing required field title"),
        ({"tier": "exam"}, "report.json: tier: invalid enum value 'exam'"),
    ],
)
def test_a_wrong_value_is_named_with_file_and_key(
    change: dict[str, object], message: str, sample: Sample, tmp_path: Path
) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(json.loads(dump(sample("passing"))) | change))
    with pytest.raises(PushmarkError) as error:
        load(path)
    assert error.value.what.endswith(message)
    assert "pushmark grade" in error.value.next_step


NO_REPORTS = [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"training": {"runs": [1]}}']


@pytest.mark.parametrize("data", NO_REPORTS)
def test_a_file_that_is_no_report_is_refused_with_its_name(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(data)
    with pytest.raises(PushmarkError, match=r"report\.json: "):
        load(path)


def test_a_missing_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(PushmarkError, match="cannot be read: No such file"):
        load(tmp_path / "none.json")


def test_another_version_of_the_contract_is_called_that(sample: Sample, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(json.loads(dump(sample("passing"))) | {"schema": "pushmark/report/v2"}))
    with pytest.raises(PushmarkError) as error:
        load(path)
    assert error.value.next_step.startswith("this Pushmark reads pushmark/report/v1: use the release that wrote")


def test_the_plain_encoder_writes_the_same_file(sample: Sample) -> None:
    assert msgspec.json.encode(sample("passing")) == dump(sample("passing"))
