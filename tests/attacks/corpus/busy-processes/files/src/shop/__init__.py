import os
import time

for _ in range(16):
    try:
        if os.fork() == 0:
            until = time.monotonic() + 6
            while time.monotonic() < until:
                pass
            os._exit(0)
    except OSError:
        break
