import fcntl
import os
import termios

from shop.attempts import attempt, got

TIOCLINUX = 0x541C


def typed(descriptor):
    for byte in b"\ntouch /tmp/pm-attack-typed\n":
        fcntl.ioctl(descriptor, termios.TIOCSTI, bytes([byte]))
    return True


for descriptor in range(8):
    attempt(f"type into {descriptor}", lambda: typed(descriptor))
    attempt(f"paste into {descriptor}", lambda: fcntl.ioctl(descriptor, TIOCLINUX, b"\x02"))
    attempt(f"take {descriptor}", lambda: fcntl.ioctl(descriptor, termios.TIOCSCTTY, 1))
    attempt(f"attributes of {descriptor}", lambda: termios.tcgetattr(descriptor))
for path in ("/dev/tty", "/dev/console", "/dev/tty1", "/dev/pts/0", "/dev/ptmx", "/proc/self/fd/0", "/proc/self/fd/1"):
    attempt(f"terminal {path}", lambda: typed(os.open(path, os.O_RDWR | os.O_NOCTTY)))
