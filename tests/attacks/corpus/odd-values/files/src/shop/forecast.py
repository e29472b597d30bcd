import itertools


def summary(x, spent):
    cycle = []
    cycle.append(cycle)
    return cycle


def predict(x):
    return itertools.count()
