import ctypes
import datetime
import os
import select
import signal
import socket
import threading
import time

wait = time.sleep
for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
    setattr(time, name, lambda: 0.0)
    setattr(time, f"{name}_ns", lambda: 0)
time.sleep = lambda seconds: None
time.clock_gettime = lambda which: 0.0
socket.socket.settimeout = lambda self, seconds: None
socket.setdefaulttimeout(None)
select.select = lambda *args: ([], [], [])
signal.alarm = signal.setitimer = lambda *args: 0
LIBC = ctypes.CDLL(None)
for clock in range(12):
    LIBC.clock_settime(clock, (ctypes.c_int64 * 2)(0, 0))
os.environ["FAKETIME"] = "-10y"
os.environ["TZ"] = "XXX+9999"
