"""Reads and writes report files, and keeps the JSON Schema of report v1 beside the types.

A broken file is reported as `report.json: score.points: expected float, got str` with the next step.
`python -m pushmark_graders.report.schema` prints the schema; `--write` puts it into the package.
"""

import re
import sys
from pathlib import Path
from typing import Any

import msgspec

from pushmark_graders.errors import PushmarkError
from pushmark_graders.report.model import SCHEMA, Report

PATH = Path(__file__).with_name("report-v1.schema.json")
DIALECT = "https://json-schema.org/draft/2020-12/schema"

_AT = re.compile(r"^(?P<what>.*?)(?: - at `\$?\.?(?P<key>.*)`)?$", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a report. Unknown keys are allowed: later versions only add them."""
    made = msgspec.json.schema(Report)
    for part in made["$defs"].values():
        if "description" in part:
            part["description"] = " ".join(part["description"].split())
    # A run may log NaN, which JSON writes as null; `parse` reads it back.
    logged = made["$defs"]["RunSummary"]["properties"]
    logged["metrics"]["additionalProperties"] = {"type": ["number", "null"]}
    logged["history"]["additionalProperties"]["items"] = {"type": ["number", "null"]}
    return {"$schema": DIALECT, "$id": SCHEMA, "title": "Pushmark report v1", **made}


def schema_text() -> str:
    return msgspec.json.format(msgspec.json.encode(schema(), order="sorted"), indent=2).decode() + "\n"


def dump(report: Report) -> bytes:
    """Return the report as JSON.

    Learner code can put half a surrogate pair into a file name or a message; it is written out as
    its escape, for UTF-8 has no form for it. A number that is not finite becomes null.
    """
    try:
        return msgspec.json.encode(report)
    except UnicodeEncodeError:
        return msgspec.json.encode(encodable(msgspec.to_builtins(report)))


def encodable(value: Any) -> Any:
    """Plain data with each half of a surrogate pair written out as its escape."""
    if isinstance(value, str):
        return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", value)
    if isinstance(value, dict):
        return {encodable(key): encodable(item) for key, item in value.items()}
    return [encodable(item) for item in value] if isinstance(value, list) else value


def load(path: Path) -> Report:
    """Read a report file.

    Raises PushmarkError with the file, the key and what was expected there.
    """
    try:
        return parse(path.read_bytes())
    except OSError as error:
        raise PushmarkError(f"{path}: cannot be read: {error.strerror}", "give the path of a report.json") from error
    except msgspec.DecodeError as error:
        raise PushmarkError(f"{path}: {_explain(error)}", _next_step(path)) from error


def parse(data: bytes) -> Report:
    """Return the report in JSON bytes. Raises msgspec.DecodeError (or ValidationError, its subclass)."""
    try:
        raw = msgspec.json.decode(data)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(f"not UTF-8 at byte {error.start}") from error
    except RecursionError as error:
        raise msgspec.DecodeError("nested too deeply for a report") from error
    return msgspec.convert(_with_not_a_number(raw), Report, str_keys=True)


def _with_not_a_number(raw: Any) -> Any:
    """A run may log NaN, which JSON cannot hold: null stands for it there, and there alone."""
    training = raw.get("training") if isinstance(raw, dict) else None
    runs = training.get("runs") if isinstance(training, dict) else None
    for run in runs if isinstance(runs, list) else []:
        metrics = run.get("metrics") if isinstance(run, dict) else None
        if isinstance(metrics, dict):
            run["metrics"] = {key: _number(value) for key, value in metrics.items()}
        history = run.get("history") if isinstance(run, dict) else None
        for values in history.values() if isinstance(history, dict) else []:
            if isinstance(values, list):
                values[:] = map(_number, values)
    return raw


def _number(value: Any) -> Any:
    return float("nan") if value is None else value


def _explain(error: msgspec.DecodeError) -> str:
    found = _AT.match(str(error))
    what = found["what"] if found else str(error)
    what = (what[:1].lower() + what[1:]).replace("`", "")
    return f"{found['key']}: {what}" if found and found["key"] else what


def _next_step(path: Path) -> str:
    try:
        version = msgspec.json.decode(path.read_bytes()).get("schema")
    except (OSError, ValueError, AttributeError, RecursionError):
        version = None
    if isinstance(version, str) and version.startswith("pushmark/report/") and version != SCHEMA:
        return f"this Pushmark reads {SCHEMA}: use the release that wrote {version}, or grade again"
    return "grade again with `pushmark grade ... --out report.json`; the format is in report-v1.schema.json"


def main(arguments: list[str]) -> int:
    if arguments == ["--write"]:
        PATH.write_text(schema_text(), encoding="utf-8")
    else:
        sys.stdout.write(schema_text())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
