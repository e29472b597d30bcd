import os
import time


def run(until):
    while time.monotonic() < until:
        try:
            if os.fork():
                os._exit(0)
        except OSError:
            time.sleep(0.001)
        os.setsid()
    os._exit(0)


for _ in range(4):
    if os.fork() == 0:
        run(time.monotonic() + 15)
