import os
import shutil
import sys

TARGETS = ["/", "/tmp", "/var/tmp", "/dev/shm", "/etc", "/usr/lib", "/root", "/home", "/data", "/opt", sys.prefix, sys.base_prefix]
TARGETS += [path for path in sys.path if path]
for target in TARGETS:
    for act in (
        lambda: open(os.path.join(target, "pm-attack-wrote"), "w").close(),
        lambda: os.mkdir(os.path.join(target, "pm-attack-folder")),
        lambda: os.chmod(target, 0o777),
        lambda: os.chown(target, os.getuid(), os.getgid()),
    ):
        try:
            act()
        except OSError:
            continue
for module in ("pushmark_graders", "pytest", "msgspec"):
    found = sys.modules.get(module)
    path = getattr(found, "__file__", None) or os.path.join(sys.prefix, "lib/python3.11/site-packages", module)
    try:
        with open(os.path.join(os.path.dirname(path), "pm-attack-module.py"), "w") as file:
            file.write("")
    except OSError:
        continue
