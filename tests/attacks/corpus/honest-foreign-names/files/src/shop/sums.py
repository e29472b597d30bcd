"""How numbers are added up."""

from pathlib import Path

from shop.größe import größer
from shop.данные import сумма

HERE = Path(__file__).parent


def add(numbers):
    assert (HERE / "データ" / "猫 и 🐈.txt").read_text(encoding="utf-8").strip() == "ñandú"
    Path("Überschrift – α.txt").write_text("Ω", encoding="utf-8")
    assert größer(2, 1)
    return сумма(numbers)
