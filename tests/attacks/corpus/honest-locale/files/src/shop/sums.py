"""How numbers are added up."""

import datetime
import locale
import os
import time
import zoneinfo


def add(numbers):
    locale.setlocale(locale.LC_ALL, "")
    for name in ("C", "C.UTF-8", "de_DE.UTF-8"):
        try:
            locale.setlocale(locale.LC_NUMERIC, name)
        except locale.Error:
            continue
    locale.setlocale(locale.LC_NUMERIC, "C")
    assert locale.getpreferredencoding(False).lower().replace("-", "") == "utf8"
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        zone = zoneinfo.ZoneInfo("Europe/Berlin")
    except zoneinfo.ZoneInfoNotFoundError:
        zone = datetime.timezone.utc
    assert datetime.datetime(2024, 1, 1, tzinfo=zone).strftime("%Y %B") == "2024 January"
    return sum(numbers)
