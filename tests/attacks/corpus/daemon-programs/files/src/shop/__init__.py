import os
import subprocess
import sys

LOOP = "i=0; while [ $i -lt 100 ]; do echo {}>pm-attack-loop; echo x>/tmp/pm-attack-loop; sleep 0.2; i=$((i+1)); done"
for argv in (
    ["/bin/sh", "-c", f"({LOOP}) </dev/null >/dev/null 2>&1 &"],
    ["/bin/sh", "-c", f"nohup setsid sh -c '{LOOP}' </dev/null >/dev/null 2>&1 &"],
    ["/bin/sh", "-c", f"trap '' HUP INT TERM; ({LOOP}) &"],
    [sys.executable, "-c", "import os, time\nos.fork() and os._exit(0)\nos.setsid()\ntime.sleep(20)"],
    ["/usr/bin/env", "-i", "sleep", "20"],
):
    try:
        os.posix_spawn(argv[0], argv, {"PATH": "/usr/bin:/bin"})
        subprocess.Popen(argv, start_new_session=True, close_fds=False)
    except OSError:
        continue
