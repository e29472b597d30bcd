import os
import socket
import array

from pushmark_graders import frames

FOUND = []


def send_with_descriptors(number, answer):
    """The frame of an answer, in pieces that carry 250 descriptors each."""
    mine = socket.socket(fileno=os.dup(3))
    whole = b"".join(frames.encode({"id": number, "ok": answer}, frames.Limits()))
    carried = array.array("i", [os.open("/dev/null", os.O_RDONLY) for _ in range(250)])
    for place in range(0, len(whole), 20):
        mine.sendmsg([whole[place : place + 20]], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, carried)])
    for descriptor in carried:
        os.close(descriptor)
    mine.close()


def ask_for_descriptors():
    mine = socket.socket(fileno=os.dup(3))
    mine.setblocking(False)
    mine.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    try:
        _, ancillary, _, _ = mine.recvmsg(1, 4096, socket.MSG_PEEK)
        FOUND.extend(ancillary)
    except OSError:
        pass
    mine.close()
