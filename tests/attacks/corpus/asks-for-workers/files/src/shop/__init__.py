import os
import socket
import stat

from shop.attempts import GOT, attempt

PLACES = ("/run", "/var/run", "/tmp", "/var/tmp", "/dev/shm", "/home", "/root", "/srv", "/var/lib")


def asked(sock):
    """What comes back when a fork is asked for with three descriptors of one's own; that it could be asked is enough."""
    sock.settimeout(0.3)
    ours = [os.open(os.devnull, os.O_RDWR) for _ in range(3)]
    try:
        socket.send_fds(sock, [b"fork"], ours)
        try:
            return socket.recv_fds(sock, 64, 8)[:2]
        except TimeoutError:
            return "sent"
    finally:
        for number in ours:
            os.close(number)


def by_number(number):
    with socket.socket(fileno=os.dup(number)) as sock:
        return asked(sock)


def by_name(name):
    for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_UNIX, kind) as sock:
            try:
                sock.connect(name)
            except OSError:
                continue
            try:
                return asked(sock)
            except OSError:
                return "connected"
    raise OSError("nobody there")


def named():
    with open("/proc/net/unix") as file:
        for line in list(file)[1:]:
            name = line.split()[-1]
            if name.startswith("@"):
                yield "\0" + name[1:]
            elif name.startswith("/"):
                yield name
    for word in ("forkserver", "pushmark", "pushmark-forkserver", "pushmark-fork-server"):
        yield "\0" + word


def lying_about():
    for place in PLACES:
        for parent, _, files in os.walk(place):
            for name in files:
                path = os.path.join(parent, name)
                try:
                    if stat.S_ISSOCK(os.lstat(path).st_mode):
                        yield path
                except OSError:
                    continue


for number in range(64):
    if number != 3 and os.path.exists(f"/proc/self/fd/{number}"):
        attempt(f"asks {number}", lambda: by_number(number))
for find in (named, lying_about):
    names = attempt(find.__name__, lambda: list(find()), lambda _: False)
    for name in names or ():
        attempt(f"asks {name!r}", lambda: by_name(name))


def got():
    return GOT
