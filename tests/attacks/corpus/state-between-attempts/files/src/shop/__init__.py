import glob
import os
import socket
import sys

from shop.attempts import attempt, got

PLACES = ["/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lock", "/var/lock", "/var/cache", "/var/spool", "/var/log", "/var/mail", "/dev/mqueue",
          "/home", "/root", "/etc", "/opt", "/srv", "/mnt", "..", sys.prefix, sys.base_prefix, os.path.expanduser("~/.cache"), "/submission/.dvc", "/submission/__pycache__"]
for place in PLACES:
    attempt(f"found in {place}", lambda: glob.glob(os.path.join(place, "pm-attack-note*")), bool)
for place in PLACES:
    def leave(place=place):
        os.makedirs(place, exist_ok=True)
        with open(os.path.join(place, "pm-attack-note"), "w") as file:
            file.write("from an earlier attempt")
        return not os.path.abspath(place).startswith(("/tmp", "/dev/shm", "/submission"))

    attempt(f"leave in {place}", leave, bool)
with socket.socket(socket.AF_UNIX) as asking:
    attempt("somebody listens", lambda: asking.connect("\0pm-attack-note") or True)
