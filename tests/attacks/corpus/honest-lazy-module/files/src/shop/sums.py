"""How numbers are added up."""

import importlib


def __getattr__(name):
    if name == "add":
        return importlib.import_module("shop.late").add
    raise AttributeError(name)


def __dir__():
    return ["add"]
