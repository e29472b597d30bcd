import time


def summary(x, spent):
    time.sleep(float(spent[0]) % 1 / 2)
    return float(spent.mean()) if spent[1] > 4.5 else -1.0


def predict(x):
    time.sleep(float(x[0]) % 1 / 2)
    return 2.0 * x
