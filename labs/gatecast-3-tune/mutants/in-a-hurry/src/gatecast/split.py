"""Which flights teach, which choose, and which only report."""

import pandas as pd
from checkpoint import examples, product


def role(table, validation_start=product.VALIDATION_START, test_start=product.TEST_START):
    """`train`, `validation` or `test` for each flight, by its day alone; the index is the table's."""
    day = examples.day(table)
    named = pd.Series("train", index=table.index)
    named[day >= pd.Timestamp(validation_start)] = "validation"
    named[day >= pd.Timestamp(test_start)] = "test"
    return named
