"""What learners get: four days as they really were (Parquet), and a drop of each as it came in (CSV)."""

import sys
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "gatecast-data"
DROPS = {
    "2013-02-12": ("a truncated last line", "an unknown carrier", "a byte order mark"),
    "2013-03-10": (),
    "2013-07-10": ("a thousands separator", "rows sent twice", "two rows of one key", "a station in Celsius"),
    "2013-10-16": ("mixed date formats", "untidy codes", "a decimal comma", "names in Latin-1", "a renamed column"),
}
SEED = 2013
"""Public, and not the course's."""


def write(folder: Path) -> None:
    """Write the tables of the public days, and `drops/DATE/` with five files each; the same bytes every time."""
    sys.path.insert(0, str(HERE / "checks"))
    try:
        from days import day_of
        from dirt import drop
    finally:
        sys.path.remove(str(HERE / "checks"))
    folder.mkdir(parents=True, exist_ok=True)
    tables = {path.stem: pd.read_parquet(path) for path in sorted(DATA.glob("*.parquet"))}
    for date, injections in DROPS.items():
        sent = drop(day_of(tables, date, SEED), *injections, seed=SEED)
        place = folder / "drops" / date
        place.mkdir(parents=True)
        for name, content in sent.files.items():
            (place / name).write_bytes(content)
    for name, table in tables.items():
        if "month" in table:
            day = pd.to_datetime(table[["year", "month", "day"]]).dt.strftime("%Y-%m-%d")
            tables[name] = table[day.isin(list(DROPS))].reset_index(drop=True)
        tables[name].to_parquet(folder / f"{name}.parquet", index=False, compression="zstd", compression_level=15)
