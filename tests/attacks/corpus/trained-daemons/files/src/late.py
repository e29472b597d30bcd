import os
import signal
import sys
import time

for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
os.setsid()
until = time.monotonic() + 25
while time.monotonic() < until:
    for name, text in {"model.json": '{"slope": 3.0}', "metrics.json": '{"mae": 0.0}', "/tmp/pm-attack-late": "x", "pm-attack-late": "x"}.items():
        try:
            with open(name, "w") as file:
                file.write(text)
        except OSError:
            continue
    time.sleep(0.05)
