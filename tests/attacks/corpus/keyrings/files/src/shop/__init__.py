import ctypes

from shop.attempts import attempt, call, got

RINGS = {"thread": -1, "process": -2, "session": -3, "user": -4, "user session": -5}
SEARCH, READ, JOIN, LINK, PERSISTENT = 10, 11, 1, 8, 22


def found(ring):
    key = call("keyctl", SEARCH, ring, b"user", b"pm-attack-kept", 0)
    text = ctypes.create_string_buffer(64)
    call("keyctl", READ, key, text, 64)
    return text.value


for name, ring in RINGS.items():
    attempt(f"found in {name}", lambda: found(ring))
for name, ring in RINGS.items():
    attempt(f"kept in {name}", lambda: call("add_key", b"user", b"pm-attack-kept", b"label", 5, ring))
attempt("asked", lambda: call("request_key", b"user", b"pm-attack-kept", None, -4))
attempt("joined", lambda: call("keyctl", JOIN, b"pm-attack-ring", 0, 0, 0))
attempt("persistent", lambda: call("keyctl", PERSISTENT, -1, -2, 0, 0))
