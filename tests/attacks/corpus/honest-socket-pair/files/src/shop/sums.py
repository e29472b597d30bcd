"""How numbers are added up."""

import multiprocessing
import selectors
import socket
import struct


def add(numbers):
    one, two = socket.socketpair()
    with one, two, selectors.DefaultSelector() as ready:
        one.sendall(struct.pack("d", sum(numbers)))
        ready.register(two, selectors.EVENT_READ)
        assert ready.select(1.0)
        total = struct.unpack("d", two.recv(8))[0]
    left, right = multiprocessing.Pipe()
    left.send(total)
    return right.recv()
