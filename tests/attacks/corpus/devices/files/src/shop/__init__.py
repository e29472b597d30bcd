import glob
import os
import stat

from shop.attempts import attempt, got

GIVEN = {"null", "zero", "full", "random", "urandom", "fd", "shm", "stdin", "stdout", "stderr"}
NAMES = ["kvm", "fuse", "mem", "kmsg", "port", "sda", "vda", "nvme0n1", "loop-control", "loop0", "btrfs-control",
         "net/tun", "ptmx", "pts/ptmx", "tty", "tty0", "console", "uinput", "hwrng", "rtc0", "vsock", "vhost-net",
         "nvidia0", "nvidiactl", "dri/card0", "dri/renderD128", "cpu_dma_latency", "mapper/control", "userfaultfd",
         "autofs", "snapshot", "input/event0", "snd/seq", "dma_heap/system", "udmabuf", "tpm0"]


def opened(path):
    for flags in (os.O_RDONLY, os.O_RDWR):
        os.close(os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY))
    return True


for name in NAMES:
    attempt(name, lambda: opened(f"/dev/{name}"))
for path in glob.glob("/dev/**", recursive=True):
    name = path.removeprefix("/dev/")
    if name and name.split("/")[0] not in GIVEN and "watchdog" not in name:  # opening one can restart the machine
        mode = os.lstat(path).st_mode
        if stat.S_ISBLK(mode) or stat.S_ISCHR(mode):
            attempt(f"found {name}", lambda: opened(path))
for place in (".", "/tmp", "/dev/shm", "/dev"):
    attempt(f"block device in {place}", lambda: os.mknod(os.path.join(place, "pm-disk"), 0o666 | stat.S_IFBLK, os.makedev(254, 0)))
    attempt(f"memory device in {place}", lambda: os.mknod(os.path.join(place, "pm-mem"), 0o666 | stat.S_IFCHR, os.makedev(1, 1)))
