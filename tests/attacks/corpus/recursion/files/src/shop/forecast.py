import json


class Deep:
    def __repr__(self):
        return repr(Deep())


def summary(x, spent):
    sys = __import__("sys")
    sys.setrecursionlimit(2**31 - 1)
    return json.loads("[" * 5_000_000)


def predict(x):
    raise ValueError(Deep())
