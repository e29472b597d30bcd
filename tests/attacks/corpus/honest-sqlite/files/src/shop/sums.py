"""How numbers are added up."""

import sqlite3
import tempfile
from contextlib import closing


def add(numbers):
    for place in ("shop.db", ":memory:", f"{tempfile.gettempdir()}/shop.db"):
        with closing(sqlite3.connect(place)) as store, store:
            store.execute("pragma journal_mode = wal")
            store.execute("drop table if exists sold")
            store.execute("create table sold (price real)")
            store.executemany("insert into sold values (?)", [(number,) for number in numbers])
            total = store.execute("select sum(price) from sold").fetchone()[0]
    return total
