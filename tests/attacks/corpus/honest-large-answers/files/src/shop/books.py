"""The books: what was sold, to whom, when."""

import io

import numpy as np


def ledger(days):
    return {"day": [{"day": day, "names": ["é" * 50] * 5} for day in range(days)], "spent": [d * 1.5 for d in range(days)]}


def receipt(names):
    page = io.StringIO()
    for number, name in enumerate(names, 1):
        print(f"{number}: {name}", file=page)
    return page.getvalue().removesuffix("\n")


def history(length):
    return (np.arange(4 * length, dtype="longdouble") * 0.5)[:length].astype("float64")
