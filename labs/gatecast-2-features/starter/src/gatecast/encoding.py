"""Categories as numbers: a carrier, an airport or a destination becomes its late rate.

The encoder is plain data, `{column: {category: late rate}}`, so that it can be saved with the model.
"""

import pandas as pd

CATEGORIES = ("carrier", "origin", "dest")

Encoder = dict[str, dict[str, float]]


def fit(features: pd.DataFrame, late: pd.Series, train: pd.Series) -> Encoder:
    """The late rate of each category. `late` and `train` (is this a training row?) have the index of `features`."""
    return {column: late.groupby(features[column]).mean().to_dict() for column in CATEGORIES}


def apply(features: pd.DataFrame, encoder: Encoder) -> pd.DataFrame:
    """`features` with every category replaced by its number."""
    return features.assign(**{column: features[column].map(rates) for column, rates in encoder.items()})
