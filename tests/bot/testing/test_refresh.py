"""The trimmed description: what is kept, and that the shipped copy is one that the trimming makes."""

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest
from pushmark_bot.testing import contract, refresh
from pushmark_bot.testing.contract import Json

REFERRED: Json = {"$ref": "#/components/schemas/thing"}
WHOLE: Json = {
    "openapi": "3.0.3",
    "info": {"title": "All of it", "version": "1.2.3", "description": "long"},
    "paths": {
        "/a": {
            "get": {
                "operationId": "a/get",
                "summary": "prose",
                "x-vendor": 1,
                "responses": {"200": {"content": {"application/json": {"schema": REFERRED, "examples": {}}}}},
            },
            "post": {"operationId": "a/make", "responses": {}},
        },
        "/b": {"get": {"operationId": "b/get", "responses": {}}},
    },
    "x-webhooks": {"ping": {"post": {"requestBody": {}}}, "pong": {"post": {}}},
    "components": {
        "schemas": {
            "thing": {
                "description": "prose",
                "properties": {"description": {"type": "string", "description": "prose"}, "next": REFERRED},
            },
            "unused": {},
        }
    },
}


def test_what_is_asked_for_is_kept_with_all_it_refers_to() -> None:
    kept = refresh.trim(WHOLE, frozenset({"a/get"}), frozenset({"ping"}))
    schema = {"properties": {"description": {"type": "string"}, "next": REFERRED}}
    answer = {"200": {"content": {"application/json": {"schema": REFERRED}}}}
    assert kept == {
        "openapi": "3.0.3",
        "info": {"title": "GitHub", "version": "1.2.3"},
        "paths": {"/a": {"get": {"operationId": "a/get", "responses": answer}}},
        "x-webhooks": {"ping": {"post": {"requestBody": {}}}},
        "components": {"schemas": {"thing": schema}},
    }


def test_an_operation_that_is_gone_is_named() -> None:
    with pytest.raises(KeyError, match="c/get"):
        refresh.trim(WHOLE, frozenset({"a/get", "c/get"}), frozenset())


def test_a_package_is_trimmed_into_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh, "DESCRIPTION", tmp_path / "description.json.gz")
    monkeypatch.setattr(refresh, "LICENCE", tmp_path / "LICENSE")
    monkeypatch.setattr(refresh, "trim", lambda whole: whole)
    package = tmp_path / "package.tgz"
    with tarfile.open(package, "w:gz") as tar:
        for member, text in zip(refresh.MEMBERS, [json.dumps(WHOLE), "MIT License"], strict=True):
            entry = tarfile.TarInfo(member)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    refresh.main(package)
    assert json.loads(gzip.decompress((tmp_path / "description.json.gz").read_bytes())) == WHOLE
    assert "trimmed from @octokit/openapi 1.2.3" in (tmp_path / "LICENSE").read_text()


def test_the_shipped_description_has_every_operation_once_and_its_notice_beside_it() -> None:
    rules = contract.load()
    assert sorted(operation.id for operation in rules.operations) == sorted(refresh.OPERATIONS)
    assert "MIT License" in contract.LICENCE.read_text()
    assert contract.DESCRIPTION.stat().st_size < 40_000


def test_trimming_the_shipped_description_again_changes_nothing() -> None:
    shipped = json.loads(gzip.decompress(contract.DESCRIPTION.read_bytes()))
    assert refresh.trim(shipped) == shipped
