"""What can be wrong with a station although every cell can be read: its clock, its units, its readings."""

import pandas as pd
from gatecast_ingest.clock import in_utc
from gatecast_ingest.contract import LIMITS, NEW_YORK
from gatecast_ingest.ledger import Ledger

APART = 20.0
"""°F between a station's median of a day and that of the others: 14.4 at most, 23.8 at least when it sends °C."""


def mended(weather: pd.DataFrame, date: str, ledger: Ledger) -> pd.DataFrame:
    """The same rows, in UTC and °F, without impossible readings."""
    weather = _in_utc(weather, date, ledger)
    weather = _in_fahrenheit(weather, ledger)
    for name, (low, high) in LIMITS.items():
        impossible = weather[name].notna() & ~weather[name].between(low, high)
        ledger.find("weather", "impossible-value", weather.index[impossible])
        weather[name] = weather[name].mask(impossible)
    return weather


def _in_utc(weather: pd.DataFrame, date: str, ledger: Ledger) -> pd.DataFrame:
    """A drop holds one day of New York. Moments before its midnight are clock times of New York."""
    midnight = pd.Timestamp(date, tz=NEW_YORK)
    if not (weather["observed_at"] < midnight).any():
        return weather
    ledger.find("weather", "clock-shifted", weather.index)
    return weather.assign(observed_at=in_utc(weather["observed_at"].dt.tz_localize(None), NEW_YORK))


def _in_fahrenheit(weather: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A station far from the others that would be near them if its degrees were Celsius."""
    weather = weather.copy()
    for station in weather["origin"].unique():
        here = weather["origin"] == station
        median, others = weather.loc[here, "temp"].median(), weather.loc[~here, "temp"].median()
        if abs(median - others) > APART > abs(median * 1.8 + 32 - others):
            ledger.find("weather", "unit-changed", weather.index[here])
            for name in ("temp", "dewp"):
                weather.loc[here, name] = weather.loc[here, name]
    return weather
