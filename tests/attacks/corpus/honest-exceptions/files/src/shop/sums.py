"""How numbers are added up."""

import sys


class Odd(BaseException):
    pass


def add(numbers):
    for error in (ValueError("x"), SystemExit(3), KeyboardInterrupt(), Odd(), MemoryError(), GeneratorExit()):
        try:
            raise error
        except BaseException as caught:
            assert caught is error
    try:
        sys.exit("no")
    except SystemExit:
        pass
    try:
        raise ExceptionGroup("several", [ValueError(1), TypeError(2)])
    except* ValueError:
        pass
    except* TypeError:
        pass
    try:
        try:
            1 / 0
        except ZeroDivisionError as error:
            raise KeyError("after") from error
    except KeyError:
        return sum(numbers)
