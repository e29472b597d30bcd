"""Features of one question, while the gate waits for them."""

import pandas as pd
from gatecast import data
from gatecast.features import build

DAYS = pd.Timedelta("4D")
"""Long enough for all that features look back to: 12 hours of lead, a day of memory, the longest delay and flight."""

RAW = data.read()


def features(flight_id: int, lead_minutes: int = 120, tailnum: str | None = None) -> pd.DataFrame:
    """One row, as `gatecast.features.build` makes it of all tables."""
    flights = RAW["flights"]
    hour = flights.loc[flights["flight_id"] == flight_id, "time_hour"].iloc[0]
    near = flights[(flights["time_hour"] > hour - DAYS) & (flights["time_hour"] <= hour)]
    asked = pd.DataFrame({"flight_id": [flight_id], "lead_minutes": [lead_minutes], "tailnum": [tailnum]})
    return build({**RAW, "flights": near}, asked)
