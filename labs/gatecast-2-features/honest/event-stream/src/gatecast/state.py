"""The same state as a stream: events and calls in one line of time, and whatever was said last."""

import pandas as pd

WEATHER = ["temp", "dewp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib"]


def weather(flights: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """The last observation before each call."""
    events = observations[["origin", *WEATHER]].assign(at=observations["time_hour"])
    return said_last(events, flights, "origin", WEATHER).add_prefix("weather_").astype("float32")


def airport(flights: pd.DataFrame) -> pd.DataFrame:
    """An exponential mean of the delays, most weight on the last dozen departures before each call."""
    gone = flights[flights["left"].notna()].sort_values(["left", "flight_id"])
    events = gone[["origin"]].assign(at=gone["left"])
    for span in (12, 60):
        smooth = gone.groupby("origin")["dep_delay"].ewm(span=span).mean()
        events[f"airport_mean_{span}"] = smooth.reset_index(level=0, drop=True)
    return said_last(events, flights, "origin", ["airport_mean_12", "airport_mean_60"]).astype("float32")


def aircraft(flights: pd.DataFrame) -> pd.DataFrame:
    """What the aircraft did last: left late, or landed late; and how many hours ago."""
    columns = []
    for moment, delay in (("left", "dep_delay"), ("arrived", "arr_delay")):
        known = flights[flights[moment].notna()]
        events = known[["tailnum", delay]].assign(at=known[moment], since=known[moment])
        answer = said_last(events, flights, "tailnum", [delay, "since"])
        hours = (flights["call"] - answer.pop("since")).dt.total_seconds() / 3600
        answer = answer.where(hours <= 24).add_prefix(f"aircraft_{moment}_")
        columns.append(answer.assign(**{f"aircraft_{moment}_hours": hours.clip(upper=48)}))
    return pd.concat(columns, axis=1).astype("float32")


def said_last(events: pd.DataFrame, flights: pd.DataFrame, key: str, columns: list[str]) -> pd.DataFrame:
    """For each flight, `columns` of the last event with the same key at or before its call."""
    calls = flights[[key]].assign(at=flights["call"], is_call=True, row=flights.index)
    stream = pd.concat([events.assign(is_call=False), calls]).sort_values(["at", "is_call"], kind="stable")
    stream[columns] = stream.groupby(key)[columns].ffill()
    answers = stream[stream["is_call"]].set_index("row").sort_index()
    return answers[columns].set_axis(flights.index)
