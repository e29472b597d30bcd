"""Rows as lines of JSON, the same from either kind of database: what archives hold, and what two databases are
compared by.
"""

import functools
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from pushmark_graders.errors import PushmarkError
from sqlalchemy import JSON, Connection, String, Table, TypeDecorator, null, select

from pushmark_bot.db.tables import Base

AT_ONCE = 200
Row = dict[str, Any]


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows a table has, and the SHA-256 of their lines in the order of the primary key."""

    rows: int
    sha256: str


class Adding:
    """Adds lines up to a `Sum`."""

    def __init__(self) -> None:
        self._rows = 0
        self._hash = hashlib.sha256()

    def add(self, line: bytes) -> None:
        """Count a line, which ends with a line end."""
        self._rows += 1
        self._hash.update(line)

    def sum(self) -> Sum:
        """All so far."""
        return Sum(rows=self._rows, sha256=self._hash.hexdigest())


def tables() -> list[Table]:
    """Every table of ours, those that others refer to first."""
    return list(Base.metadata.sorted_tables)


def read(connection: Connection, table: Table) -> Iterator[Row]:
    """The rows in the order of the primary key, which is that of bytes for texts, whatever the database's language."""
    postgresql = connection.dialect.name == "postgresql"
    order = [
        column.collate("C") if postgresql and isinstance(column.type, String) else column
        for column in table.primary_key.columns
    ]
    chosen = select(table).order_by(*order).execution_options(yield_per=AT_ONCE)
    for row in connection.execute(chosen):
        yield row._asdict()


def write(connection: Connection, table: Table, rows: Iterable[Row]) -> Iterator[int]:
    """Insert rows; yields how many there are so far, from time to time. Goes on only as it is asked."""
    done = 0
    batch: list[Row] = []
    empty = {column.name: null() for column in table.columns if isinstance(column.type, JSON)}
    for row in rows:
        batch.append(row | {name: value for name, value in empty.items() if row[name] is None})
        if len(batch) == AT_ONCE:
            connection.execute(table.insert(), batch)
            done += len(batch)
            batch = []
            yield done
    if batch:
        connection.execute(table.insert(), batch)
        yield done + len(batch)


def line(row: Row) -> bytes:
    """A row as it stands in an archive: JSON with moments in UTC, bytes in Base64 and keys in order."""
    return msgspec.json.encode(row, order="deterministic") + b"\n"


def parse(table: Table, given: bytes) -> Row:
    """Read a line. Raises PushmarkError when a column is missing, unknown or of another type."""
    try:
        return msgspec.structs.asdict(msgspec.json.decode(given, type=_shape(table)))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PushmarkError(
            f"a row of {table.name} is none: {error}", "take another archive: this one was changed"
        ) from None


def summed(connection: Connection, table: Table) -> Sum:
    """What a table holds now."""
    adding = Adding()
    for row in read(connection, table):
        adding.add(line(row))
    return adding.sum()


@functools.cache
def _shape(table: Table) -> type[msgspec.Struct]:
    """A row's columns with their types."""
    fields = []
    for column in table.columns:
        plain = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
        kind: Any = Any if isinstance(plain, JSON) else plain.python_type
        fields.append((column.name, kind | None if column.nullable and kind is not Any else kind))
    return msgspec.defstruct(table.name, fields, kw_only=True, forbid_unknown_fields=True)
