"""The learner's raw data: January to October 2013. November and December stay with the grader."""

import runpy
from pathlib import Path

PUBLIC_MONTHS = range(1, 11)
TABLES = Path(__file__).resolve().parent.parent / "gatecast-data" / "tables.py"


def write(folder: Path) -> None:
    """Write the five tables as zstd Parquet files into `folder`; the same bytes every time."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in runpy.run_path(str(TABLES))["tables"](PUBLIC_MONTHS).items():
        table.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd", compression_level=15)
