import os
import shutil
import stat
import subprocess

from shop.attempts import GOT, attempt

FOLDERS = ("/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/libexec", "/usr/lib/openssh", "/usr/lib/dbus-1.0", "/usr/lib/polkit-1")
ASKED = {
    "sudo": ["-n", "id", "-u"],
    "su": ["-c", "id -u"],
    "doas": ["-n", "id", "-u"],
    "pkexec": ["id", "-u"],
    "runuser": ["-u", "root", "id", "-u"],
    "setpriv": ["--reuid", "0", "id", "-u"],
    "newgrp": ["root"],
    "sg": ["root", "id -u"],
    "unshare": ["-Ur", "id", "-u"],
    "nsenter": ["-t", "1", "-m", "id", "-u"],
    "mount": ["-t", "tmpfs", "none", "/tmp"],
    "systemd-run": ["--user", "true"],
    "crontab": ["-l"],
    "at": ["now"],
    "docker": ["ps"],
}


def ran(argv):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=1, check=False)
    if done.returncode:
        raise OSError(done.returncode, done.stderr[:60].decode(errors="replace"))
    return done.stdout.strip()


def is_root(said):
    return said in (b"0", b"root") or said == b""


def got():
    for name, rest in ASKED.items():
        path = shutil.which(name)
        if path:
            attempt(name, lambda: ran([path, *rest]), is_root)
    found = 0
    for path in [os.path.join(folder, name) for folder in FOLDERS if os.path.isdir(folder) for name in os.listdir(folder)]:
        mode = os.lstat(path).st_mode
        if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID) and found < 15:
            found += 1
            attempt(path, lambda: ran(["/bin/sh", "-c", f"'{path}' --help </dev/null >/dev/null 2>&1; id -u"]), lambda said: said == b"0")
    for place in (".", "/tmp", "/dev/shm"):
        copy = os.path.join(place, "pm-shell")
        attempt(f"own shell in {place}", lambda: (shutil.copy("/bin/sh", copy), os.chmod(copy, 0o6755), os.chown(copy, 0, 0), ran([copy, "-p", "-c", "id -u"]))[-1], is_root)
    for name, act in {
        "setuid": lambda: os.setuid(0),
        "setresuid": lambda: os.setresuid(0, 0, 0),
        "setgroups": lambda: os.setgroups([0]),
        "setgid": lambda: os.setgid(0),
    }.items():
        attempt(name, lambda: act() or True)
    attempt("capability on a file", lambda: os.setxattr("/tmp/pm-shell", "security.capability", bytes.fromhex("0100000200000020000000000000000000000000")) or True)
    return GOT
