import os
import sys

PROGRAM = """
import os, socket, struct

sock = socket.socket(fileno=3)

def frame(number, flag):
    ops, texts, ints = b"msis" + flag, [b"id", b"ok"], [2, number]
    text = b"".join(texts)
    head = struct.pack("<IIIIIQ", len(ops), len(ints), 0, 0, len(texts), len(text))
    head += struct.pack("<2q", *ints) + struct.pack("<2I", *map(len, texts)) + ops + text
    return struct.pack("<4sIQ", b"PMK1", len(head), 0) + head

number = 1
while True:
    sock.sendall(frame(number, b"n" if number == 1 else b"t"))
    if not sock.recv(65536):
        os._exit(0)
    number += 1
"""
os.set_inheritable(3, True)
os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", PROGRAM])
