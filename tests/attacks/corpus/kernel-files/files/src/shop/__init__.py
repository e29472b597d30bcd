import glob
import os

from shop.attempts import attempt, got, read, write

SAME = (
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/pid_max",
    "/proc/sys/kernel/shmmax",
    "/proc/sys/kernel/msgmax",
    "/proc/sys/kernel/hostname",
    "/proc/sys/kernel/domainname",
    "/proc/sys/kernel/modprobe",
    "/proc/sys/kernel/ns_last_pid",
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/vm/drop_caches",
    "/proc/sys/fs/file-max",
    "/proc/sys/fs/mqueue/queues_max",
    "/proc/sys/net/ipv4/ip_forward",
    "/proc/sys/net/ipv4/ip_unprivileged_port_start",
    "/proc/sys/net/ipv4/ping_group_range",
    "/proc/sys/user/max_user_namespaces",
    "/proc/1/oom_score_adj",
    "/proc/1/comm",
    "/proc/1/attr/current",
    "/proc/1/timens_offsets",
)
for path in SAME:
    attempt(path, lambda: write(path, read(path)))  # what it already says: opening it for writing is enough to know
attempt("/proc/sysrq-trigger", lambda: os.close(os.open("/proc/sysrq-trigger", os.O_WRONLY)) or True)
attempt("/proc/1/mem", lambda: os.close(os.open("/proc/1/mem", os.O_RDWR)) or True)
attempt("/proc/kcore", lambda: os.close(os.open("/proc/kcore", os.O_RDONLY)) or True)
attempt("/proc/kmsg", lambda: os.close(os.open("/proc/kmsg", os.O_RDONLY)) or True)
for folder in ("/sys/fs/cgroup", "/sys/kernel/debug", "/sys/kernel/security", "/sys/module", "/proc/1/root/root"):
    attempt(folder, lambda: os.listdir(folder), lambda found: bool(found))
for path in glob.glob("/sys/fs/cgroup/*/cgroup.procs") + ["/sys/fs/cgroup/cgroup.procs"]:
    attempt(path, lambda: write(path, str(os.getpid()).encode()))
attempt("own score", lambda: write("/proc/self/oom_score_adj", b"-1000"))
