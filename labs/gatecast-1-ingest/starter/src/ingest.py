"""Ingest one drop and say what became of it: python src/ingest.py data/raw/drops/2013-07-10"""

import sys
from pathlib import Path

from gatecast_ingest.contract import TABLES
from gatecast_ingest.ingest import ingest

OUT = Path("out")


def main(folder: Path) -> None:
    """Write the tables to out/DATE/, and print the account of every file."""
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.csv"))}
    answer = ingest(folder.name, files)
    place = OUT / folder.name
    place.mkdir(parents=True, exist_ok=True)
    for name, table in answer.items():
        table.to_parquet(place / f"{name}.parquet", index=False)
    print(f"{'table':10} {'sent':>5} {'out':>5} {'rejected':>8} {'nowhere':>7}")
    for name in TABLES:
        sent = sum(1 for line in files[f"{name}.csv"].splitlines()[1:] if line)
        out, rejected = len(answer[name]), int((answer["quarantine"]["table"] == name).sum())
        print(f"{name:10} {sent:5} {out:5} {rejected:8} {sent - out - rejected:7}")
    for row in answer["findings"].itertuples():
        print(f"{row.table}: {row.fault}, {row.rows} rows")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
