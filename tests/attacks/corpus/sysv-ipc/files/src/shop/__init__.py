import ctypes

from shop.attempts import attempt, call, got

CREATE = 0o1000 | 0o666
KEY = 0x504D4B
for kind, arguments in {"shmget": (KEY, 4096, 0o666), "semget": (KEY, 1, 0o666), "msgget": (KEY, 0o666)}.items():
    attempt(f"{kind} found what another worker left", lambda: call(kind, *arguments))
attempt("shmget", lambda: [call("shmget", KEY + step, 4 << 20, CREATE) for step in range(20)])
attempt("semget", lambda: [call("semget", KEY + step, 50, CREATE) for step in range(50)])
queue = attempt("msgget", lambda: call("msgget", KEY, CREATE))
if queue is not None:
    message = ctypes.create_string_buffer(bytes([1]) + bytes(7) + b"kept", 64)
    attempt("msgsnd", lambda: call("msgsnd", queue, message, 56, 0o4000))
