import os

from shop.attempts import GOT, TRIED, attempt, call

ENOUGH = 1200 << 20


def hoard():
    block, held = bytes(4 << 20), 0
    descriptors = []
    try:
        while held < ENOUGH and len(descriptors) < 400:
            descriptors.append(call("memfd_create", b"hoard", 0))
            held += os.write(descriptors[-1], block)
    finally:
        TRIED["bytes held"] = held
        for descriptor in descriptors:
            os.close(descriptor)
    return held


def got():
    attempt("hoard", hoard, lambda held: held >= ENOUGH)
    attempt("secret memory", lambda: call("memfd_secret", 0))
    return GOT
