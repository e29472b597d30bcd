import os


class Hangs(Exception):
    def __str__(self):
        while True:
            pass

    __repr__ = __str__


class Exits(Exception):
    def __str__(self):
        os._exit(0)


class Again(BaseException):
    def __str__(self):
        raise self

    def __getattribute__(self, name):
        raise self


def total(prices):
    raise Hangs


def discount(price, share):
    raise Exits


def clean(name):
    raise Again
