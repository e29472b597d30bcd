import os

from shop.attempts import GOT, TRIED, attempt

ENOUGH = 1500 << 20


def hoard():
    block, held = bytes(4 << 20), 0
    for place in ("/tmp", "/dev/shm", "/run", "/var/tmp", "/dev", "/"):
        for step in range(400):
            if held >= ENOUGH:
                break
            try:
                with open(os.path.join(place, f"pm-hoard{step}"), "wb", buffering=0) as file:
                    held += file.write(block)
            except OSError as error:
                TRIED[place] = f"{error} after {held >> 20} MiB"
                break
    for place in ("/tmp", "/dev/shm"):
        for name in os.listdir(place):
            if name.startswith("pm-hoard"):
                os.unlink(os.path.join(place, name))
    return held


def got():
    attempt("hoard", hoard, lambda held: held >= ENOUGH)
    return GOT
