"""The local page with one button, which sends the manifest to GitHub, and the address that GitHub sends the code to.

It listens on this machine alone, for one registration. Only who read the page knows its `state`, and only that brings
the code in: a page elsewhere can neither read it nor slip in a code of its own.
"""

import hmac
import html
import http
import queue
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from pushmark_graders.errors import PushmarkError

HERE = "127.0.0.1"
BACK = "/registered"
LONGEST_CODE = 200
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Register the bot at GitHub</title>
<body><h1>{title}</h1><p>{text}</p>{form}</body></html>
"""
_FORM = """<form action="{action}" method="post"><input type="hidden" name="manifest" value="{manifest}">
<button>Register at GitHub</button></form>
"""


class Page:
    """The page while it is there. `manifest` and `action` are set before anybody is told its `url`."""

    def __init__(self, server: "_Server") -> None:
        self._server = server
        self.url = server.origin + "/"
        self.back = server.origin + BACK

    def offer(self, *, manifest: str, action: str, origin: str) -> None:
        """Show a button that sends `manifest` to `action`, which is at `origin`."""
        shown = _FORM.format(
            action=html.escape(f"{action}?state={self._server.state}"), manifest=html.escape(manifest, quote=True)
        )
        self._server.form, self._server.target = shown, origin

    def code(self, seconds: float) -> str:
        """Wait for GitHub's code. Raises PushmarkError when nobody pressed the button in time."""
        try:
            return self._server.codes.get(timeout=seconds)
        except queue.Empty:
            what = f"nobody registered the app within {seconds / 60:.0f} minutes"
            raise PushmarkError(what, "run this again; nothing was made on this machine") from None


@contextmanager
def showing(port: int) -> Iterator[Page]:
    """The page for the time of the block; port 0 takes any that is free. Raises PushmarkError when it is taken."""
    try:
        server = _Server(port)
    except OSError as error:
        step = "choose another with --port, or leave --port out"
        raise PushmarkError(f"cannot listen on {HERE}:{port}: {error.strerror}", step) from None
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Page(server)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__((HERE, port), _Handler)
        self.origin = f"http://{HERE}:{self.server_port}"
        self.state = secrets.token_urlsafe(24)
        self.codes: queue.Queue[str] = queue.Queue()
        self.form = ""
        self.target = ""

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: a browser that hangs up is an ordinary day."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 30

    def do_GET(self) -> None:
        """Show the page, or take the code."""
        url = urlsplit(self.path)
        if self.headers.get("Host") != urlsplit(self.server.origin).netloc:
            self._send(400, "Not here", "This page is at another address: the one that the terminal shows.")
        elif url.path == "/":
            self._send(200, "Register the bot at GitHub", "GitHub shows what the bot may do, and asks.", form=True)
        elif url.path == BACK:
            self._take(parse_qs(url.query))
        else:
            self._send(404, "Nothing here", "The page is one level up.")

    def _take(self, query: dict[str, list[str]]) -> None:
        [code], [state] = (query.get(name, [""])[:1] for name in ("code", "state"))
        if not hmac.compare_digest(state.encode(), self.server.state.encode()):
            self._send(
                400, "This is not ours", "The state is another one: begin again at the page that the terminal shows."
            )
        elif not 0 < len(code) <= LONGEST_CODE or not code.isascii() or not code.replace("-", "").isalnum():
            self._send(400, "No code", "GitHub sent no code: begin again at the page that the terminal shows.")
        else:
            self._send(200, "Registered", "Go back to the terminal: it says what comes next.")
            self.server.codes.put(code)

    def _send(self, status: int, title: str, text: str, *, form: bool = False) -> None:
        body = _PAGE.format(title=title, text=text, form=self.server.form if form else "").encode()
        self.send_response(status, http.HTTPStatus(status).phrase)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        policy = f"default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action {self.server.target}"
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: the code is in the address."""
