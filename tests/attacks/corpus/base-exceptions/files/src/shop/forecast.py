def summary(x, spent):
    raise SystemExit(0)


def predict(x):
    raise KeyboardInterrupt
