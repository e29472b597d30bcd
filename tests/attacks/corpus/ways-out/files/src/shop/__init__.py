import os

from shop.attempts import attempt, got

OPEN = [name for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")]  # before it opens any
FORBIDDEN = ["{{VICTIM}}", "/boot", "/mnt", "/srv", "/var/lib", "/etc/shadow", "/etc/ssh", "/sys", "/run"]


def entered(path):
    if os.path.isdir(path):
        return os.listdir(path)
    with open(path, "rb") as file:
        return file.read(10)


def climbed():
    """Open folders upwards, each by its own descriptor; at the top there must be only the worker's own root."""
    at = os.open(".", os.O_RDONLY)
    try:
        for _ in range(40):
            above = os.open("..", os.O_PATH, dir_fd=at)
            os.dup2(above, at)
            os.close(above)
        return os.stat(".", dir_fd=at).st_ino != os.stat("/").st_ino
    finally:
        os.close(at)


LINK = f"/tmp/pm-way-{os.getpid()}"
for path in FORBIDDEN:
    attempt(path, lambda: entered(path), bool)
    for top in ("/proc/1/root", "/proc/1/cwd", f"/proc/{os.getppid()}/root", f"/proc/{os.getppid()}/cwd/../../..", "/proc/self/root", "/proc/self/cwd/../../.."):
        attempt(top + path, lambda: entered(top + path), bool)
    try:
        os.symlink(path, LINK)
        attempt(f"link to {path}", lambda: entered(LINK), bool)
        os.unlink(LINK)
    except OSError:
        pass
attempt("climb", climbed, bool)
for name in OPEN:
    attempt(f"descriptor {name}", lambda: os.listdir(int(name)) and os.readlink(f"/proc/self/fd/{name}"), lambda found: found not in ("/proc", "") and not str(found).startswith("/proc/"))
