import os
import time

from shop.attempts import GOT, TRIED, attempt

CHILDREN, EACH = 7, 180 << 20


def hoard():
    """How many children held their share at the same time, for as long as it takes to notice."""
    reader, writer = os.pipe()
    children = []
    for _ in range(CHILDREN):
        child = os.fork()
        if child == 0:
            try:
                held = bytearray(EACH)
                for place in range(0, EACH, 4096):
                    held[place] = 1
                os.write(writer, b"x")
                time.sleep(2.0)
            finally:
                os._exit(0)
        children.append(child)
    os.close(writer)
    held = 0
    while os.read(reader, 1):
        held += 1
    for child in children:
        os.waitpid(child, 0)
    TRIED["held"] = held
    return held


def got():
    attempt("hoard", hoard, lambda held: held == CHILDREN)
    return GOT
