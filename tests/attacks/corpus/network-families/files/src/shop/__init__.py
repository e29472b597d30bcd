import socket

from shop.attempts import attempt, got

UNIX = 1
for family in range(46):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        if family != UNIX:
            attempt(f"family {family} kind {kind}", lambda: socket.socket(family, kind).close() or True)
