def summary(x, spent):
    group = ValueError("bottom")
    for step in range(400):
        group = ExceptionGroup("g" * 1000, [group, group])
    raise group


def predict(x):
    error = ValueError()
    error.__context__ = error.__cause__ = error
    raise error
