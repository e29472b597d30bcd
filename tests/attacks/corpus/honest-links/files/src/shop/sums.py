"""How numbers are added up."""

import os
from pathlib import Path


def add(numbers):
    Path("numbers.txt").write_text("\n".join(map(str, numbers)))
    for name in ("soft", "hard", "moved", "folder-link"):
        Path(name).unlink(missing_ok=True)
    os.symlink("numbers.txt", "soft")
    os.link("numbers.txt", "hard")
    os.symlink(os.path.abspath("src"), "folder-link")
    assert os.readlink("soft") == "numbers.txt" and os.path.isdir("folder-link/shop")
    os.rename("hard", "moved")
    os.chmod("moved", 0o600)
    os.utime("moved", (1, 1))
    return sum(map(float, Path("soft").read_text().split()))
