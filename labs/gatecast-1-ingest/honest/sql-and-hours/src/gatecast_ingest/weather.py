"""Stations compared hour by hour instead of day by day, and the day's end instead of its beginning."""

import pandas as pd
from gatecast_ingest.contract import LIMITS, NEW_YORK
from gatecast_ingest.ledger import Ledger


def mended(weather: pd.DataFrame, date: str, ledger: Ledger) -> pd.DataFrame:
    """The same rows, in UTC and °F, without impossible readings."""
    moments = weather["observed_at"].dt.tz_convert(NEW_YORK)
    if (moments.dt.strftime("%Y-%m-%d") != date).any():
        ledger.find("weather", "clock-shifted", weather.index)
        offset = pd.Timestamp(f"{date} 12:00", tz=NEW_YORK).utcoffset()
        weather = weather.assign(observed_at=weather["observed_at"] - offset)
    hours = weather.pivot_table(index="observed_at", columns="origin", values="temp", aggfunc="first")
    for station in hours:
        others = hours.drop(columns=station).median(axis=1)
        as_sent = (hours[station] - others).abs().median()
        as_celsius = (hours[station] * 1.8 + 32 - others).abs().median()
        if as_celsius < as_sent:
            rows = weather.index[weather["origin"] == station]
            ledger.find("weather", "unit-changed", rows)
            weather.loc[rows, ["temp", "dewp"]] = weather.loc[rows, ["temp", "dewp"]] * 1.8 + 32
    limits = pd.DataFrame(LIMITS, index=["low", "high"])
    readings = weather[limits.columns]
    outside = readings.lt(limits.loc["low"]) | readings.gt(limits.loc["high"])
    ledger.find("weather", "impossible-value", weather.index[outside.any(axis=1)])
    return weather.assign(**readings.mask(outside))
