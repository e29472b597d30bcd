"""A service of the submission: an app in a sandboxed worker, asked over a socket that the grader made."""

import threading
import time
from collections.abc import Callable

import pytest
from msgspec.structs import replace
from pushmark_graders.submission.errors import Died, Garbled, Raised, SubmissionError, TimedOut
from pushmark_graders.submission.halt import Halt, Halted
from pushmark_graders.submission.proxy import Connection, Submission
from pushmark_graders.submission.service import Service
from pushmark_graders.worker.policy import local

Serve = Callable[[str], Service]
APP = '''
import json, os, signal, socket, threading, time

async def app(scope, receive, send):
    """A bare ASGI app whose paths say what it does."""
    if scope["type"] != "http":
        return
    body = (await receive())["body"]
    said = TRICKS.get(scope["path"], lambda _body: {{"path": scope["path"], "got": body.decode()}})(body)
    status = 404 if said is None else 200
    text = said if isinstance(said, bytes) else json.dumps(said).encode()
    await send({{"type": "http.response.start", "status": status, "headers": []}})
    await send({{"type": "http.response.body", "body": text}})

def fork(_body):
    try:
        os.fork()
    except OSError as error:
        return error.errno
    os._exit(0)

def thread(_body):
    one = threading.Thread(target=lambda: None)
    one.start()
    one.join()
    return "joined"

def reach(_body):
    """The listening socket is all that is left of the host: it must lead nowhere."""
    tried = []
    for descriptor in range(3, 64):
        try:
            found = socket.socket(fileno=os.dup(descriptor))
        except OSError:
            continue
        if found.family != socket.AF_UNIX:
            continue
        for address in ({address!r}, chr(0) + "pushmark-test"):
            try:
                found.connect(address)
                tried.append("in")
            except OSError as error:
                tried.append(error.errno)
    return tried

TRICKS = {{
    "/broken": lambda _body: 1 / 0,
    "/exit": lambda _body: os._exit(7),
    "/slow": lambda _body: time.sleep(60),
    "/large": lambda _body: b"x" * (1 << 20) + b"xx",
    "/text": lambda _body: b"[1, NaN]",
    "/deep": lambda _body: b"[" * 100_000,
    "/none": lambda _body: None,
    "/fork": fork,
    "/thread": thread,
    "/reach": reach,
    "/exists": lambda body: os.path.exists(json.loads(body)),
}}
'''


@pytest.fixture(scope="module")
def serve(connect: Callable[..., Connection]) -> Serve:
    policy = replace(local(), call_seconds=1.0, import_seconds=20.0)
    connection = connect({"served.py": APP.format(address="/tmp"), "faulty.py": "import not_there\n"}, policy)
    return Submission(connection).service


@pytest.fixture
def service(serve: Serve) -> Service:
    return serve("served:app")


def test_an_app_answers_get_and_post_with_plain_json(service: Service) -> None:
    assert service.get("/a").json == {"path": "/a", "got": ""}
    answer = service.post("/b", {"x": [1, 2.5, None]})
    assert (answer.status, answer.json) == (200, {"path": "/b", "got": '{"x":[1,2.5,null]}'})
    assert service.request("POST", "/c", b"{no json").json["got"] == "{no json"


def test_a_status_below_500_is_an_answer_and_a_break_is_the_learners_with_the_traceback(service: Service) -> None:
    assert service.get("/none").status == 404
    with pytest.raises(Raised) as caught:
        service.get("/broken")
    assert caught.value.public.startswith("GET /broken was answered with status 500.")
    assert "served.py" in caught.value.public
    assert "ZeroDivisionError" in caught.value.public
    assert "site-packages" not in caught.value.public, "a learner mends the frames that are the learner's"
    assert caught.value.kind == "status 500"
    assert service.get("/again").status == 200


@pytest.mark.parametrize("path", ["/text", "/deep"])
def test_what_is_no_json_is_no_answer(service: Service, path: str) -> None:
    with pytest.raises(Garbled, match="is no JSON"):
        _ = service.get(path).json


def test_the_process_can_start_threads_and_no_processes(service: Service) -> None:
    assert service.get("/thread").json == "joined"
    assert service.get("/fork").json == 1  # EPERM


def test_the_listening_socket_leads_nowhere(service: Service) -> None:
    tried = service.get("/reach").json
    assert tried
    assert "in" not in tried


def test_the_worker_sees_its_own_root_and_not_the_host(service: Service, connect: Callable[..., Connection]) -> None:
    layers = connect({"a.py": ""})
    layers.need("a")
    if "mount namespace" not in layers.layers:
        pytest.skip("this machine gives no mount namespace")
    assert service.post("/exists", "/submission/served.py").json is True
    assert service.post("/exists", __file__).json is False


@pytest.mark.parametrize(
    ("path", "kind", "said"),
    [
        ("/exit", Died, "The service `served:app` ended at GET /exit (exit status 7)."),
        ("/slow", TimedOut, "GET /slow: `served:app` gave no answer within 1 s and was stopped."),
        ("/large", Garbled, "The answer to GET /large has more than 1 MiB."),
    ],
)
def test_an_end_a_silence_and_a_flood_are_told_apart(
    serve: Serve, path: str, kind: type[SubmissionError], said: str
) -> None:
    one = serve("served:app")
    assert one.get("/first").status == 200
    with pytest.raises(kind) as caught:
        one.get(path)
    assert caught.value.public.splitlines()[0] == said


@pytest.mark.parametrize(
    ("app", "said"), [("faulty:app", "No module named 'not_there'"), ("served:other", 'Attribute "other" not found')]
)
def test_an_app_that_does_not_start_is_the_learners_with_what_it_printed(serve: Serve, app: str, said: str) -> None:
    with pytest.raises(Died) as caught:
        serve(app).get("/")
    assert caught.value.public.startswith(f"The service `{app}` did not start (exit status ")
    assert said in caught.value.public


def test_its_cost_is_read_from_outside_and_it_can_be_stopped(serve: Serve) -> None:
    one = serve("served:app")
    one.get("/")
    assert one.start_cpu_seconds is not None
    assert 0.02 < one.start_cpu_seconds <= one.meter.cpu_seconds()
    assert 10 << 20 < one.meter.peak_bytes() < 300 << 20
    one.meter.pause()
    with pytest.raises(TimedOut):
        one.get("/")


def test_checks_share_a_service_until_it_has_ended(serve: Serve) -> None:
    one = serve("served:app")
    assert serve("served:app") is one
    one.end()
    assert serve("served:app") is not one
    with pytest.raises(Died, match="has ended before"):
        one.get("/")


def test_a_run_that_is_given_up_ends_a_request_at_once(connect: Callable[..., Connection]) -> None:
    halt = Halt()
    folder = connect({"served.py": APP.format(address="/tmp")}).folder
    connection = Connection(local(), folder, source=".", halt=halt)
    one = Submission(connection).service("served:app")
    one.get("/")
    began = time.monotonic()
    threading.Timer(0.2, halt.ask).start()
    with pytest.raises(Halted):
        one.get("/slow")
    assert time.monotonic() - began < 5
    connection.end()
