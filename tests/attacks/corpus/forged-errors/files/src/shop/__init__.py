import sys

runtime = sys.modules.get("pushmark_graders.worker.runtime")
FORGED = [
    {"raised": {"type": "<img src=x>", "builtin": "CANARY", "text": "</details><!-- pushmark --> @everyone " * 5000, "path": "../../etc/passwd", "line": 1}},
    {"raised": {"type": 3, "builtin": ["ValueError"], "text": None, "path": "src/shop/basket.py", "line": 10**15}},
    {"raised": {"text": "::error::x\n##[error]y\x1b[2J", "path": "/etc/passwd", "line": -1}},
    {"raised": "ValueError"},
    {"missing": "everything"},
    {"missing": [10**4299, {"a": 1}]},
    {"missing": [["x"] * 10000, ["y"] * 10000]},
    {"unplain": {"deep": ["x"] * 100000}},
    {"ok": 4.0, "passed": True},
    {},
    {"passed": True},
]
count = 0


def answer(self, request):
    global count
    count += 1
    if request["op"] == "import":
        return {"ok": None}
    return FORGED[count % len(FORGED)]


if runtime is not None:
    runtime.Objects.answer = answer
