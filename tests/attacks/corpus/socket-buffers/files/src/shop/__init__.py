import os
import socket
import time
from contextlib import suppress

from shop.attempts import GOT, TRIED, attempt

CHILDREN, ENOUGH = 6, 900 << 20
kept = []


def fill():
    """Fill the buffers of as many pairs and pipes as one process may have; returns the bytes held."""
    held, block = 0, bytes(1 << 16)
    while len(kept) < 600 and held < ENOUGH // CHILDREN + (1 << 16):
        try:
            pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        except OSError:
            break
        kept.append(pair)
        for end in pair:
            end.setblocking(False)
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            try:
                while held < ENOUGH // CHILDREN + (1 << 16):
                    held += end.send(block)
            except OSError:
                continue
    return held


def hoard():
    reader, writer = os.pipe()
    children = []
    for _ in range(CHILDREN):
        child = os.fork()
        if child == 0:
            try:
                os.write(writer, fill().to_bytes(8, "little"))
                time.sleep(1.5)
            finally:
                os._exit(0)
        children.append(child)
    os.close(writer)
    held = 0
    while part := os.read(reader, 8):
        held += int.from_bytes(part, "little")
    for child in children:
        os.waitpid(child, 0)
    TRIED["MiB held"] = held >> 20
    return held


def got():
    attempt("hoard", hoard, lambda held: held >= ENOUGH)
    return GOT
