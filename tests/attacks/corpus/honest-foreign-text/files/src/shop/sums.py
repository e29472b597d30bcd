"""How numbers are added up."""

import os
import sys
import tempfile
import unicodedata


def add(numbers):
    print("Grüße – 你好 – привет – 🎉 – \u202eright to left")
    print("half a pair: \ud83d".encode("utf-8", "replace"), file=sys.stderr)
    assert unicodedata.normalize("NFC", "e\u0301") == "é"
    assert "straße".casefold() == "STRASSE".casefold()
    for encoding in ("utf-16", "latin-1", "cp1252"):
        assert "é".encode(encoding).decode(encoding) == "é"
    name = os.fsencode(tempfile.gettempdir()) + b"/caf\xe9"
    with open(name, "w") as file:
        file.write("x")
    assert os.fsdecode(b"caf\xe9") in os.listdir(tempfile.gettempdir())
    return sum(numbers)
