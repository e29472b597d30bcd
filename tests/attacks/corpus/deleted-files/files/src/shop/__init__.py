import os

from shop.attempts import GOT, TRIED, attempt

ENOUGH = 1500 << 20


def hoard(place):
    block, kept, held = bytes(4 << 20), [], 0
    try:
        while held < ENOUGH and len(kept) < 400:
            path = os.path.join(place, "pm-deleted")
            kept.append(os.open(path, os.O_CREAT | os.O_RDWR | os.O_EXCL))
            os.unlink(path)
            held += os.write(kept[-1], block)
    except OSError as error:
        TRIED[place] = f"{error} after {held >> 20} MiB"
    finally:
        for descriptor in kept:
            os.close(descriptor)
    return held


def sparse():
    with open("sparse", "wb") as file:
        file.truncate(1 << 42)
    return True


def got():
    for place in ("/tmp", "/dev/shm"):
        attempt(f"in {place}", lambda: hoard(place), lambda held: held >= ENOUGH)
    attempt("sparse", sparse)
    return GOT
