"""The same state with pandas' own time windows: roll over events first, then look the result up."""

import pandas as pd

WEATHER = ["temp", "dewp", "humid", "wind_speed", "precip", "pressure", "visib"]


def weather(flights: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """The mean and the worst of the last three observations before the call."""
    ordered = observations.sort_values(["origin", "time_hour"])
    rolled = ordered.groupby("origin")[WEATHER].rolling(3, min_periods=1)
    table = pd.concat(
        [
            rolled.mean().reset_index(level=0, drop=True).add_prefix("weather_"),
            rolled["visib"].min().reset_index(level=0, drop=True).rename("weather_worst_visib"),
            ordered[["origin", "time_hour"]],
        ],
        axis=1,
    )
    return lookup(flights, table.rename(columns={"time_hour": "at"}), "origin", "6h")


def airport(flights: pd.DataFrame) -> pd.DataFrame:
    """Mean delay and late share of the departures of the last hour and of the last four hours before each departure."""
    gone = flights[flights["left"].notna()].sort_values(["left", "flight_id"])
    table = gone[["origin"]].assign(at=gone["left"])
    for window in ("1h", "4h"):
        rolled = gone.assign(late=gone["dep_delay"] >= 15.0).groupby("origin").rolling(window, on="left")
        for name in ("dep_delay", "late"):
            table[f"airport_{name}_{window}"] = pd.Series(rolled[name].mean().to_numpy(), index=_origin_order(gone))
    return lookup(flights, table, "origin", "6h")


def aircraft(flights: pd.DataFrame) -> pd.DataFrame:
    """The last departure and the last arrival of the aircraft."""
    found = []
    for moment, delay in (("left", "dep_delay"), ("arrived", "arr_delay")):
        known = flights[flights[moment].notna()]
        table = known[["tailnum"]].assign(
            at=known[moment], **{f"aircraft_{delay}": known[delay], f"age_{moment}": known[moment]}
        )
        answer = lookup(flights, table, "tailnum", "24h")
        answer[f"age_{moment}"] = (flights["call"] - answer[f"age_{moment}"]).dt.total_seconds()
        found.append(answer)
    return pd.concat(found, axis=1)


def lookup(flights: pd.DataFrame, table: pd.DataFrame, key: str, tolerance: str) -> pd.DataFrame:
    """The last row of `table` with the same key whose `at` is no later than the call."""
    asked = flights[[key, "call"]].reset_index().sort_values("call").rename(columns={"call": "at"})
    joined = pd.merge_asof(
        asked, table.sort_values("at", kind="stable"), on="at", by=key, tolerance=pd.Timedelta(tolerance)
    )
    return joined.set_index("index").sort_index().drop(columns=[key, "at"])


def _origin_order(gone: pd.DataFrame) -> pd.Index:
    """The index in the order in which a grouped rolling window answers: origin by origin."""
    return gone.index[gone["origin"].argsort(kind="stable")]
