"""An app on a real port of this machine, for as long as a test needs it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI


@contextmanager
def listening() -> Iterator[tuple[socket.socket, str]]:
    """A socket that listens on a free port, and its address; an app may have to know it before it is made."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made, f"http://127.0.0.1:{made.getsockname()[1]}"


@contextmanager
def serving(app: FastAPI, at: socket.socket) -> Iterator[None]:
    """Let `app` answer there until the end of the block."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [at]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    yield
    server.should_exit = True
    thread.join()
