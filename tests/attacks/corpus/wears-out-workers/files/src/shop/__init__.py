import os
import signal
import socket
import threading
import time
from contextlib import suppress

PAGES = 24 << 20


def hoard(number):
    """Memory that is written to, full sockets, sleeping threads, and then a stop that no signal but one ends."""
    held = bytearray(PAGES)
    for place in range(0, PAGES, 4096):
        held[place] = 1
    kept = []
    with suppress(OSError, RuntimeError):
        for _ in range(30):
            pair = socket.socketpair()
            kept.append(pair)
            pair[0].setblocking(False)
            with suppress(BlockingIOError):
                while True:
                    pair[0].send(b"x" * 65536)
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    if number % 2:
        os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(60)


for number in range(64):
    try:
        child = os.fork()
    except OSError:
        break
    if child == 0:
        try:
            os.setsid()
            hoard(number)
        finally:
            os._exit(0)
time.sleep(0.5)
