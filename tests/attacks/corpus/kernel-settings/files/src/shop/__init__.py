import ctypes
import time

from shop.attempts import attempt, call, got, in_child

now = (ctypes.c_int64 * 2)(int(time.time()), 0)
attempt("host name", lambda: in_child(lambda: call("sethostname", b"worker", 6)))
attempt("domain name", lambda: in_child(lambda: call("setdomainname", b"worker", 6)))
attempt("clock", lambda: in_child(lambda: call("clock_settime", 0, now)))
attempt("log", lambda: in_child(lambda: call("syslog", 3, ctypes.create_string_buffer(100), 100)))
attempt("log level", lambda: in_child(lambda: call("syslog", 7, None, 0)))
attempt("swap", lambda: in_child(lambda: call("swapon", b"/tmp/swap", 0)))
attempt("accounting", lambda: in_child(lambda: call("acct", b"/tmp/accounts")))
attempt("module", lambda: in_child(lambda: call("delete_module", b"no_such_module_here", 0)))
attempt("restart keys", lambda: in_child(lambda: call("reboot", 0xFEE1DEAD, 672274793, 0, None)))
attempt("capabilities", lambda: in_child(lambda: call("capset", (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(0xFFFFFFFF, 0xFFFFFFFF, 0, 0xFFFFFFFF, 0xFFFFFFFF))))
