import os
import socket

from pushmark_graders import frames

VALUES = [True, 4.0, 8.0, "pear", None, [], {}, float("nan"), frames.Handle(1, "float", True)]


def serve():
    connection = socket.socket(fileno=3)
    step, told = 0, False
    while True:
        try:
            request = frames.receive(connection, frames.Limits(), None) if told else {"id": 1, "op": "import"}
        except (EOFError, OSError):
            os._exit(0)
        told = True
        step += 1
        value = {"import": None, "get": frames.Handle(step, "function", True), "where": ["src/shop/basket.py", 1]}.get(
            request["op"], VALUES[step % len(VALUES)]
        )
        frames.send(connection, {"id": request["id"], "ok": value}, frames.Limits(), None)


serve()
