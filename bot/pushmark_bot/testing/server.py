"""The HTTP side of the fake GitHub: one request in, judged, answered, judged again, written down."""

import json
import socket
import threading
import time
import traceback
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

from pushmark_bot.testing import apps
from pushmark_bot.testing.contract import Contract, Json
from pushmark_bot.testing.faults import Fault, Faults
from pushmark_bot.testing.issuer import KEYS, Issuer
from pushmark_bot.testing.operations import (
    ARCHIVES,
    ARTIFACTS,
    HOURLY_REQUESTS,
    OPEN,
    Answer,
    Call,
    Event,
    Operations,
    RefusedError,
)
from pushmark_bot.testing.pace import WritePace
from pushmark_bot.testing.registering import is_registration, register
from pushmark_bot.testing.store import Identity, Store
from pushmark_bot.testing.website import PAGES, Page, Website

LIMIT_HEADERS = {
    "X-RateLimit-Limit": str(HOURLY_REQUESTS),
    "X-RateLimit-Remaining": str(HOURLY_REQUESTS - 1),
    "X-RateLimit-Resource": "core",
}


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One line of the request log. `stored` is False where a fault kept the request from taking effect."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Json
    login: str
    operation: str
    status: int
    stored: bool = True

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"


class Tells(Protocol):
    """Whoever passes events on to webhooks."""

    def tell(self, event: Event) -> None:
        """Take one event."""


class Desk:
    """Answers requests one at a time; everything the fake knows of HTTP but the sockets."""

    def __init__(
        self, contract: Contract, store: Store, operations: Operations, webhooks: Tells, violations: list[str]
    ) -> None:
        self._contract = contract
        self._store = store
        self._operations = operations
        self._webhooks = webhooks
        self._violations = violations
        self._website = Website(store)
        self.pace: WritePace | None = None
        self.lock = threading.RLock()
        self.faults = Faults()
        self.log: list[Exchange] = []
        self.archive_headers: list[dict[str, str]] = []
        self.issuer = Issuer()
        self.keys_asked = 0

    def answer(self, method: str, target: str, headers: dict[str, str], raw: bytes) -> Answer | None:
        """Return what to answer, or None to hang up without a word."""
        url = urlsplit(target)
        query = dict(parse_qsl(url.query))
        with self.lock:
            fault = self.faults.take(method, url.path)
            caller = self._caller(headers)
            if fault is None and self.pace is not None and caller is not None and caller.app is not None:
                fault = self.pace.limit(method, url.path)
            asked = _Asked(method=method, path=url.path, query=query, caller=caller, raw=raw)
            happens = fault is None or fault.stored
            answer, operation = self._act(asked) if happens else (Answer(), "")
            if fault is not None:
                answer = replace(_faulty(fault), events=answer.events)
            login = caller.login if caller else ""
            seen = {name.lower(): value for name, value in headers.items() if name.lower() != "authorization"}
            self.log.append(
                Exchange(
                    method=method,
                    path=url.path,
                    query=query,
                    headers=seen,
                    body=asked.body(),
                    login=login,
                    operation=operation,
                    status=0 if fault is not None and fault.dropped else answer.status,
                    stored=happens,
                )
            )
            for event in answer.events:
                self._webhooks.tell(event)
        return None if fault is not None and fault.dropped else answer

    def register(self, target: str, raw: bytes) -> tuple[int, str]:
        """Somebody's browser sends an app's manifest; returns the status, and where the browser is sent."""
        with self.lock:
            return register(self._store, target, raw)

    def page(self, method: str, target: str, headers: dict[str, str], raw: bytes) -> Page:
        """A web page."""
        with self.lock:
            return self._website.answer(method, target, headers, raw)

    def archive(self, path: str, headers: dict[str, str]) -> bytes | None:
        """The archive at an address that an answer gave out."""
        with self.lock:
            self.archive_headers.append(headers)
            return (self._operations.repositories.archives | self._operations.actions.zips).get(path)

    def keys(self) -> bytes:
        """The keys of whoever signs the identity of jobs."""
        with self.lock:
            self.keys_asked += 1
            return self.issuer.keys()

    def _caller(self, headers: dict[str, str]) -> Identity | None:
        given = {name.lower(): value for name, value in headers.items()}.get("authorization", "")
        scheme, _, token = given.partition(" ")
        return apps.caller(self._store, token) if scheme.lower() in ("bearer", "token") else None

    def _act(self, asked: "_Asked") -> tuple[Answer, str]:
        """Find the operation, judge the request, perform it and judge the answer."""
        matched = self._contract.match(asked.method, asked.path)
        if asked.caller is None and (matched is None or matched[0].id not in OPEN):
            return _refusal(RefusedError(401, "Bad credentials")), ""
        if asked.caller is not None and self._store.is_suspended(asked.caller):
            return _refusal(RefusedError(403, "This installation has been suspended")), ""
        if matched is None:
            self._violations.append(f"{asked.method} {asked.path}: no operation that this fake has")
            return _refusal(RefusedError(404, "Not Found")), ""
        operation, names = matched
        body = asked.body()
        if asked.raw and body is None:
            self._violations.append(f"{asked.method} {asked.path}: the body is not JSON")
            return _refusal(RefusedError(400, "Problems parsing JSON")), operation.id
        problems = self._contract.request_problems(operation, asked.query, body)
        if problems:
            self._violations += problems
            answer = _refusal(RefusedError(422, f"Invalid request. {problems[0]}"))
        else:
            caller = asked.caller or Identity(login="")
            call = Call(caller=caller, path=asked.path, names=names, query=asked.query, body=body)
            answer = self._perform(operation.id, call)
        self._violations += self._contract.answer_problems(operation, answer.status, answer.body)
        return answer, operation.id

    def _perform(self, operation: str, call: Call) -> Answer:
        try:
            return self._operations.by_id[operation](call)
        except RefusedError as refusal:
            return _refusal(refusal)
        except Exception:  # a fault of the fake: the test must see it, the client gets what GitHub gives
            self._violations.append(f"{operation} broke the fake:\n{traceback.format_exc()}")
            return _refusal(RefusedError(500, "Server Error"))


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """A request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    caller: Identity | None
    raw: bytes

    def body(self) -> Json:
        """The JSON of the body, None where there is none."""
        try:
            return json.loads(self.raw)
        except ValueError:
            return None


def _refusal(refusal: RefusedError) -> Answer:
    url = "https://docs.github.com/rest"
    body = {"message": refusal.message, "documentation_url": url, "status": str(refusal.status)}
    return Answer(status=refusal.status, body=body)


def _faulty(fault: Fault) -> Answer:
    return Answer(status=fault.status, body=fault.answer(), headers=fault.headers)


class Handler(BaseHTTPRequestHandler):
    """Reads a request off the socket and writes the desk's answer back."""

    protocol_version = "HTTP/1.1"
    # Without these two, the headers and the body leave in packets of their own and every call waits
    # 40 ms for a delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: "Server"

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: the request log is for programs."""

    def _handle(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith((ARCHIVES, ARTIFACTS)):
            self._send_file(self.server.desk.archive(self.path, self._own_headers()), "application/octet-stream")
            return
        if self.path == KEYS:
            self._send_file(self.server.desk.keys(), "application/json")
            return
        if self.command == "POST" and is_registration(self.path):
            status, location = self.server.desk.register(self.path, raw)
            self.send_response(status)
            self.send_header("Location" if status == 302 else "X-Why", location)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if urlsplit(self.path).path in PAGES:
            self._send_page(raw)
            return
        answer = self.server.desk.answer(self.command, self.path, dict(self.headers.items()), raw)
        if answer is None:
            self.close_connection = True
            return
        body = b"" if answer.body is None else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        headers = {**LIMIT_HEADERS, "X-RateLimit-Reset": str(int(time.time()) + 3600), **answer.headers}
        if body:
            headers["Content-Type"] = "application/json; charset=utf-8"
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _own_headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _send_file(self, body: bytes | None, kind: str) -> None:
        """Whoever has the address may fetch it, as at GitHub: the address carries its own, short-lived right."""
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def _send_page(self, raw: bytes) -> None:
        page = self.server.desk.page(self.command, self.path, dict(self.headers.items()), raw)
        body = page.body.encode()
        self.send_response(page.status)
        for name, value in {"Content-Type": page.kind, "Content-Length": str(len(body)), **page.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    # http.server looks for methods of these names.
    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _handle  # noqa: N815


class Server(ThreadingHTTPServer):
    """A server on a free port of this machine that ends its connections when it stops."""

    daemon_threads = True
    desk: Desk

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.connections: set[socket.socket] = set()

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: a client that hangs up is an ordinary day."""

    def stop(self) -> None:
        """Stop accepting, and hang up on clients that keep their connection open."""
        self.shutdown()
        self.server_close()
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
