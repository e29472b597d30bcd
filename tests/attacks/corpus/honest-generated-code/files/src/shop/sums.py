"""How numbers are added up."""

import ast
import importlib
import sys
import types

made = types.ModuleType("made_by_hand")
exec("def twice(x):\n    return 2 * x", made.__dict__)
sys.modules["made_by_hand"] = made


def add(numbers):
    import made_by_hand
    import shop.basket

    importlib.reload(shop.basket)
    tree = ast.parse("lambda numbers: sum(numbers)", mode="eval")
    summed = eval(compile(tree, "<made>", "eval"))
    kind = type("Made", (), {"total": lambda self, numbers: summed(numbers)})
    return made_by_hand.twice(kind().total(numbers)) / 2
