"""How numbers are added up."""

import dataclasses
import enum
import functools


class Kind(enum.Enum):
    FRUIT = 1
    OTHER = 2


@functools.total_ordering
@dataclasses.dataclass(slots=True)
class Price:
    amount: float
    kind: Kind = Kind.FRUIT

    def __eq__(self, other):
        return isinstance(other, Price) and abs(self.amount - other.amount) < 1e-9

    def __lt__(self, other):
        return self.amount < other.amount

    def __hash__(self):
        return hash(round(self.amount, 6))

    def __add__(self, other):
        return Price(self.amount + other.amount)

    def __radd__(self, other):
        return self

    def __float__(self):
        return float(self.amount)


def add(numbers):
    prices = sorted(Price(number) for number in numbers)
    assert Price(1.0) in {Price(1.0)} and prices[0] <= prices[-1]
    return float(sum(prices))
