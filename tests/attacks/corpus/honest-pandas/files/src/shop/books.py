"""The books: what was sold, to whom, when."""

import pandas as pd

pd.set_option("display.max_rows", 5)
pd.options.mode.string_storage = "python"


def ledger(days):
    frame = pd.DataFrame({"day": pd.date_range("2024-01-01", periods=days), "spent": range(days)}).set_index("day")
    frame["spent"] = frame["spent"].astype("Float64") * 1.5
    print(frame.describe())
    return frame.reset_index().astype({"spent": "float64"})


def receipt(names):
    series = pd.Series(names, dtype="category").astype(str)
    return "\n".join((pd.RangeIndex(1, len(series) + 1).astype(str) + ": ") + series.to_numpy())


def history(length):
    frame = pd.DataFrame({"hour": range(length)})
    frame.to_parquet("history.parquet")
    return (pd.read_parquet("history.parquet").eval("hour * 0.5")).to_numpy()
