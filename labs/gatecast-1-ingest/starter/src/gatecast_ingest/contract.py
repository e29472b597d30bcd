"""What the airline and we have agreed on. It is right, and you need not change it; the code has yet to keep it."""

TABLES = ("airlines", "airports", "planes", "weather", "flights")

COLUMNS = {
    "airlines": {"carrier": "code", "name": "text"},
    "airports": {
        "faa": "code",
        "name": "text",
        "lat": "number",
        "lon": "number",
        "alt": "number",
        "tzone": "text",
    },
    "planes": {
        "tailnum": "code",
        "year": "number",
        "type": "text",
        "manufacturer": "text",
        "model": "text",
        "engines": "number",
        "seats": "number",
        "speed": "number",
        "engine": "text",
    },
    "weather": {
        "origin": "code",
        "observed_at": "moment",
        "temp": "number",
        "dewp": "number",
        "humid": "number",
        "wind_dir": "number",
        "wind_speed": "number",
        "wind_gust": "number",
        "precip": "number",
        "pressure": "number",
        "visib": "number",
    },
    "flights": {
        "date": "date",
        "carrier": "code",
        "flight": "number",
        "tailnum": "code",
        "origin": "code",
        "dest": "code",
        "sched_dep_time": "number",
        "dep_time": "number",
        "dep_delay": "number",
        "sched_arr_time": "number",
        "arr_time": "number",
        "arr_delay": "number",
        "air_time": "number",
        "distance": "number",
    },
}
"""Every column that a file must have, in any order. A code has capital letters and digits, a date is the day in New
York, a moment is in UTC, and the columns that end in `_time` (but for `air_time`) are local clock times as HHMM."""

RENAMED = {"tail_number": "tailnum", "departure_delay": "dep_delay", "miles": "distance"}
"""The airline's change log: what a column may be called since July."""

MISSING = ("", "NA")

KEYS = {
    "airlines": ["carrier"],
    "airports": ["faa"],
    "planes": ["tailnum"],
    "weather": ["origin", "observed_at"],
    "flights": ["date", "sched_dep_time", "carrier", "flight"],
}

LIMITS = {
    "temp": (-40, 130),
    "dewp": (-40, 100),
    "humid": (0, 100),
    "wind_dir": (0, 360),
    "wind_speed": (0, 150),
    "wind_gust": (0, 200),
    "precip": (0, 10),
    "pressure": (850, 1100),
    "visib": (0, 15),
}
"""What an instrument can show, in °F, %, degrees, mph, inches, millibars and miles. Both ends are possible."""

FAULTS = {
    "truncated-line": "the last line has fewer cells than the header: rejected",
    "schema-drift": "a column is renamed or new: renamed back, or left out",
    "encoding": "the file is not plain UTF-8 (Latin-1, or a byte order mark): read all the same",
    "number-format": "a number has a thousands separator or a decimal comma: read all the same",
    "date-format": "a date is written month first, as in 7/10/2013: read all the same",
    "untidy-code": "a code has lower-case letters or spaces around it: tidied",
    "clock-shifted": "a file's moments are New York's time and are called UTC: moved back",
    "unit-changed": "one station's temp and dewp are in °C: turned into °F",
    "impossible-value": "a reading outside LIMITS: made missing; a flight without a scheduled time: rejected",
    "orphan-key": "a flight's carrier is not in this drop's airlines: rejected",
    "duplicate-row": "the same row again: the first is kept, the others are rejected",
    "conflicting-rows": "one key, different values: all of them are rejected",
}
"""The twelve faults, by the code that goes into `findings`, and what becomes of the rows. A rejected row goes into
`quarantine` with this code as its reason."""

NEW_YORK = "America/New_York"
ATLANTIC = "America/Puerto_Rico"
"""The time of the four destinations that `airports` never has: SJU, BQN, STT and PSE."""
