"""How numbers are added up."""

import contextlib
import io
import sys


class Tee(io.TextIOBase):
    def __init__(self, stream):
        self.stream, self.kept = stream, []

    def write(self, text):
        self.kept.append(text)
        return self.stream.write(text)

    def flush(self):
        self.stream.flush()


sys.stdout = Tee(sys.stdout)


def add(numbers):
    print("kept and passed on")
    kept = io.StringIO()
    with contextlib.redirect_stdout(kept), contextlib.redirect_stderr(kept):
        print(sum(numbers))
    return float(kept.getvalue())
