import os
import signal
import time

from shop.calls import call

CLONE_PARENT, CLONE_FILES, CLONE_FS, CLONE_UNTRACED = 0x8000, 0x400, 0x200, 0x800000
for flags in (CLONE_PARENT, CLONE_PARENT | CLONE_FILES, CLONE_PARENT | CLONE_FS | CLONE_UNTRACED, CLONE_FILES | CLONE_UNTRACED):
    try:
        child = call(flags | signal.SIGCHLD)
    except OSError:
        continue
    if child == 0:
        until = time.monotonic() + 15
        while time.monotonic() < until:
            try:
                os.write(3, b"PMK1 from a sibling")
                with open("/tmp/pm-attack-sibling", "w") as file:
                    file.write("alive")
            except OSError:
                pass
            time.sleep(0.2)
        os._exit(0)
