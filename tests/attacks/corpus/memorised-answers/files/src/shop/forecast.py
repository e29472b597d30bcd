def summary(x, spent):
    return 4.5


def predict(x):
    return [4.5] * len(x)
