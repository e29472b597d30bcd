import glob
import os
import subprocess

from shop.attempts import attempt, got, read

WANTED = ("Runner.Worker", "Runner.Listener", "provjobd", "hosted-compute", "dockerd", "sshd", "systemd", "pushmark")
FILES = ["/home/runner", "/home/runner/work/_temp", "/home/runner/work/_temp/_github_workflow/event.json", "/home/runner/.bashrc", "/opt/hostedtoolcache/evil",
         "/opt/runner/.credentials", "/etc/sudoers", "/etc/sudoers.d/runner", "/var/run/secrets", "/root/.docker/config.json", "/github/workflow/event.json"]


def memory(name):
    """Bytes of the memory of a process that is not this one."""
    with open(f"/proc/{name}/maps") as file:
        first = int(file.readline().split("-")[0], 16)
    with open(f"/proc/{name}/mem", "rb") as file:
        file.seek(first)
        return file.read(64)


for name in os.listdir("/proc"):
    if name.isdigit() and int(name) != os.getpid():
        attempt(f"command of {name}", lambda: [word for word in WANTED if word.encode() in read(f"/proc/{name}/cmdline")], lambda found: bool(set(found) - {"pushmark"}))
        attempt(f"memory of {name}", lambda: memory(name))
for path in FILES:
    attempt(path, lambda: os.listdir(path) if os.path.isdir(path) else read(path))
for name in ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "RUNNER_TEMP", "CI"):
    attempt(name, lambda: os.environ[name])
for argv in (["sudo", "-n", "true"], ["sudo", "-n", "-u", "#0", "id"], ["docker", "run", "-v", "/:/host", "alpine"], ["loginctl", "enable-linger"], ["crontab", "-"]):
    attempt(" ".join(argv), lambda: subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=1, check=True))
for path in glob.glob("/proc/sys/kernel/yama/*"):
    attempt(path, lambda: open(path, "w").write("0"))
