"""Reads the text of a CSV file that a person exported, and says what it is when it is something else."""

from pathlib import Path

from pushmark_graders.errors import FileError

LARGEST = 5 << 20
_SPREADSHEETS = {b"PK\x03\x04": ".xlsx or .ods", b"\xd0\xcf\x11\xe0": ".xls"}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_AGAIN = "open it there, and save or export it as CSV in UTF-8"


def read(path: Path, error: type[FileError], what: str, *, keep_mark: bool = False) -> str:
    """The text, its line ends as they are, without a byte order mark unless `keep_mark`. `what` is what it should be.

    Raises `error` with file, line and the next step.
    """
    content = _bytes(path, error, what)
    kind = next((kind for start, kind in _SPREADSHEETS.items() if content.startswith(start)), None)
    if kind is not None:
        raise error([f"{path}: this is a spreadsheet ({kind}), not a CSV file, whatever its name says"], _AGAIN)
    if content.startswith(_UTF16):
        raise error([f"{path}: line 1 is not UTF-8 but UTF-16"], _AGAIN)
    if (nul := content.find(b"\0")) >= 0:
        raise error([f"{path}: line {_line(content, nul)}: a character that no text has"], _AGAIN)
    try:
        return content.decode("utf-8" if keep_mark else "utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = _line(wrong.object, wrong.start)
        raise error([f"{path}: line {line} is not UTF-8"], "export it again as CSV in UTF-8") from None


def _bytes(path: Path, error: type[FileError], what: str) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise error([f"{path}: larger than any {what} ({LARGEST >> 20} MiB)"], "give the CSV file itself")
        return path.read_bytes()
    except FileNotFoundError:
        raise error([f"{path}: no such file"], "give the path of a CSV file") from None
    except OSError as wrong:
        raise error([f"{path}: cannot be read: {wrong.strerror}"], "check the file's permissions") from None


def _line(content: bytes, at: int) -> int:
    return content[:at].count(b"\n") + 1
