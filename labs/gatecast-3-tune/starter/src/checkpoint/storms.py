"""Storm days, as a report names them afterwards."""

import pandas as pd

GUST_MPH = 39.0
"""Gusts of gale force: Beaufort 8 begins at 39 mph."""
RAIN_INCHES = 0.2
"""In one hour."""


def storm_day(flights: pd.DataFrame, weather: pd.DataFrame) -> pd.Series:
    """Whether each flight's own airport saw gusts of gale force or an hour of heavy rain on its day.

    Known when the day is over, so it is a way to look at results, never a feature.
    """
    day = ["origin", "month", "day"]
    storms = weather[(weather["wind_gust"] >= GUST_MPH) | (weather["precip"] >= RAIN_INCHES)]
    stormy = pd.MultiIndex.from_frame(storms[day]).drop_duplicates()
    return pd.Series(pd.MultiIndex.from_frame(flights[day]).isin(stormy), index=flights.index)
