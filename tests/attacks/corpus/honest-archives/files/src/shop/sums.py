"""How numbers are added up."""

import bz2
import gzip
import json
import lzma
import sys
import tarfile
import zipfile


def add(numbers):
    told = json.dumps(numbers).encode()
    for module in (bz2, gzip, lzma):
        assert module.decompress(module.compress(told)) == told
    with zipfile.ZipFile("packed.zip", "w") as archive:
        archive.writestr("packed_module.py", f"NUMBERS = {numbers!r}")
    with tarfile.open("packed.tar.gz", "w:gz") as archive:
        archive.add("packed.zip")
    with tarfile.open("packed.tar.gz") as archive:
        archive.extractall("unpacked", filter="data")
    sys.path.append("unpacked/packed.zip")
    import packed_module

    return sum(packed_module.NUMBERS) if packed_module.NUMBERS == numbers else sum(numbers)
