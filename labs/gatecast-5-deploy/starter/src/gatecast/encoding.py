"""Categories as numbers: a carrier, an airport or a destination becomes its late rate in training."""

import pandas as pd

CATEGORIES = ("carrier", "origin", "dest")
ANYTHING_ELSE = ""
"""The entry for a category that training never met."""
WEIGHT = 20.0
"""A category with this many flights counts half, the overall rate the other half."""

Encoder = dict[str, dict[str, float]]


def fit(features: pd.DataFrame, late: pd.Series, train: pd.Series) -> Encoder:
    """The late rate of each category among the rows where `train` is true; all three share an index."""
    known, late = features[train], late[train]
    overall = float(late.mean())
    encoder = {}
    for column in CATEGORIES:
        seen = late.groupby(known[column]).agg(["sum", "count"])
        rates = (seen["sum"] + WEIGHT * overall) / (seen["count"] + WEIGHT)
        encoder[column] = {**rates.to_dict(), ANYTHING_ELSE: overall}
    return encoder


def apply(features: pd.DataFrame, encoder: Encoder) -> pd.DataFrame:
    """`features` with every category replaced by its number."""
    return features.assign(
        **{column: features[column].map(rates).fillna(rates[ANYTHING_ELSE]) for column, rates in encoder.items()}
    )
