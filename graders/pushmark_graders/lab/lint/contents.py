"""What is in a file, whatever it is packed into: its bytes, those of what it holds, and its columns of numbers.

An author's own files are read: the built template. A file that is no archive and no table has one view, itself.
"""

import bz2
import csv
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec

import numpy as np

MOST_BYTES = 1 << 28
"""Of one packed file, unpacked; what is beyond is not looked at."""
_TABLE = b"PAR1"
_ARRAY = b"\x93NUMPY"
_UNPACK: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": lambda content: zlib.decompressobj(wbits=31).decompress(content, MOST_BYTES),
    b"BZh": lambda content: bz2.BZ2Decompressor().decompress(content, MOST_BYTES),
    b"\xfd7zXZ": lambda content: lzma.LZMADecompressor().decompress(content, MOST_BYTES),
}


@dataclass
class Contents:
    """All that was found in a file: `texts` are bytes, `columns` are float64 arrays of shape (rows,)."""

    texts: list[bytes] = field(default_factory=list)
    columns: list[np.ndarray] = field(default_factory=list)


def read(content: bytes) -> Contents:
    """The content itself, what it unpacks to, and the numbers in its columns."""
    found = Contents()
    for part in (content, *_unpacked(content)):
        found.texts.append(part)
        found.columns += _columns(part)
    return found


def _unpacked(content: bytes) -> Iterator[bytes]:
    """What a packed file holds; nothing where it is not packed, or is damaged."""
    try:
        if content.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for member in archive.infolist():
                    with archive.open(member) as file:
                        yield file.read(MOST_BYTES)
        for magic, unpack in _UNPACK.items():
            if content.startswith(magic):
                yield unpack(content)
    except (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, lzma.LZMAError, zlib.error):
        return


def _columns(content: bytes) -> list[np.ndarray]:
    if content.startswith(_TABLE) and find_spec("pyarrow") is not None:
        return list(_columns_of_table(content))
    if content.startswith(_ARRAY):
        try:
            array = np.load(io.BytesIO(content), allow_pickle=False)
        except (ValueError, OSError, EOFError):
            return []
        whole = array.reshape(len(array), -1).T if array.ndim else []
        return [column.astype(np.float64) for column in whole if array.dtype.kind in "biuf"]
    return list(_columns_of_text(content))


def _columns_of_table(content: bytes) -> Iterator[np.ndarray]:
    import pyarrow as pa  # noqa: PLC0415  (only where it is installed)
    import pyarrow.parquet  # noqa: PLC0415

    try:
        table = pa.parquet.read_table(io.BytesIO(content))
    except pa.ArrowException:
        return
    for column in table.columns:
        kind = column.type
        if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
            yield column.combine_chunks().cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)


def _columns_of_text(content: bytes) -> Iterator[np.ndarray]:
    """The columns of a table in text whose cells are all numbers, below a header."""
    if b"\0" in content[:4096]:
        return
    lines = content.decode("utf-8", "replace").splitlines()
    parts = next((mark for mark in ("\t", ";", ",") if lines and mark in lines[0]), ",")
    try:
        rows = list(csv.reader(lines[1:], delimiter=parts))
    except csv.Error:
        return
    width = min((len(row) for row in rows), default=0)
    for at in range(width):
        numbers = [_number(row[at]) for row in rows]
        if None not in numbers:
            yield np.array(numbers, dtype=np.float64)


def _number(cell: str) -> float | None:
    word = cell.strip().lower()
    try:
        return float(word == "true") if word in ("true", "false") else float(word)
    except ValueError:
        return None
