import os
import resource

from shop.attempts import attempt, call, got

HERE = os.getpid()
for name in ("AS", "FSIZE", "NOFILE", "CORE", "NPROC"):
    which = getattr(resource, f"RLIMIT_{name}")
    soft, hard = resource.getrlimit(which)
    attempt(f"raise {name}", lambda: resource.setrlimit(which, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)) or True)
    attempt(f"raise {name} a little", lambda: resource.setrlimit(which, (hard, hard + 1)) or True)
    for pid in {os.getppid(), 1} - {HERE}:
        attempt(f"lower {name} of {pid}", lambda: resource.prlimit(pid, which, (0, 0)))
    attempt(f"no limit on {name}", lambda: hard, lambda hard: hard == resource.RLIM_INFINITY)
for which, target in ((os.PRIO_PROCESS, 0), (os.PRIO_PGRP, 0), (os.PRIO_USER, 0), (os.PRIO_PROCESS, os.getppid()), (os.PRIO_PROCESS, 1)):
    attempt(f"priority {which} {target}", lambda: os.setpriority(which, target, -20) or True)
    if target and target != HERE:
        attempt(f"slow down {which} {target}", lambda: os.setpriority(which, target, 19) or True)
for name in ("FIFO", "RR"):
    attempt(f"real time {name}", lambda: os.sched_setscheduler(0, getattr(os, f"SCHED_{name}"), os.sched_param(50)) or True)
attempt("real time disk", lambda: call("ioprio_set", 1, 0, 1 << 13) or True)
for pid in {os.getppid(), 1} - {HERE}:
    attempt(f"processors of {pid}", lambda: os.sched_setaffinity(pid, {0}) or True)
