"""One drop in, tidy tables out; every line of every file is in a table or in quarantine."""

import pandas as pd
from gatecast_ingest import clock, keys, reading, values, weather
from gatecast_ingest.contract import TABLES
from gatecast_ingest.ledger import Ledger


def ingest(date: str, files: dict[str, bytes]) -> dict[str, pd.DataFrame]:
    """The five tidy tables of a day in New York, `quarantine` and `findings`.

    `files` are the contents of `flights.csv` and the other four by name. Raises ValueError where a file has no
    column that the contract asks for.
    """
    ledger = Ledger()
    tables = {name: values.typed(name, reading.read(name, files[f"{name}.csv"], ledger), ledger) for name in TABLES}
    tables["weather"] = weather.mended(tables["weather"], date, ledger)
    flights = keys.usable(tables["flights"], tables["airlines"], ledger)
    tables["flights"] = clock.with_moments(flights, tables["airports"])
    tidy = {name: keys.unique(name, rows, ledger).reset_index(drop=True) for name, rows in tables.items()}
    return {**tidy, "quarantine": ledger.quarantine(), "findings": ledger.findings().head(0)}
