"""The learner's raw data: January to October 2013, and the model in service, fitted on January to August.

November and December stay with the grader.
"""

import importlib
import runpy
import sys
from pathlib import Path

import joblib
from sklearn.ensemble import RandomForestClassifier

LAB = Path(__file__).resolve().parent
PUBLIC_MONTHS = range(1, 11)
TABLES = ("flights", "weather", "planes", "airports")
TREES, LEAVES, ROWS_PER_TREE = 200, 300, 20_000


def write(folder: Path) -> None:
    """Write four tables as zstd Parquet files and the champion into `folder`; the same bytes every time."""
    folder.mkdir(parents=True, exist_ok=True)
    raw = runpy.run_path(str(LAB.parent / "gatecast-data" / "tables.py"))["tables"](PUBLIC_MONTHS)
    for name in TABLES:
        raw[name].to_parquet(folder / f"{name}.parquet", index=False, compression="zstd", compression_level=15)
    joblib.dump(champion(raw), folder / "champion.joblib", compress=3)


def champion(raw: dict) -> dict:
    """The model that lab 3 released: an encoder, the names of its columns, and a forest."""
    sys.path.insert(0, str(LAB / "starter" / "src"))
    try:
        data, encoding, features = (
            importlib.import_module(f"gatecast.{name}") for name in ("data", "encoding", "features")
        )
        table = features.build(raw)
        late = data.late(raw["flights"]).set_axis(table.index)
        train = data.may_teach(raw["flights"]).set_axis(table.index)
        encoder = encoding.fit(table, late, train)
        rows = encoding.apply(table[train], encoder).astype("float32")
        forest = RandomForestClassifier(TREES, max_leaf_nodes=LEAVES, max_samples=ROWS_PER_TREE, random_state=0)
        return {"encoder": encoder, "columns": list(rows), "forest": forest.fit(rows, late[train])}
    finally:
        sys.path.pop(0)
        for name in [name for name in sys.modules if name.split(".")[0] == "gatecast"]:
            del sys.modules[name]
