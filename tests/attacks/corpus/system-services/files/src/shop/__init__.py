import os
import socket

from shop.attempts import attempt, got, read

PATHS = ["docker.sock", "containerd/containerd.sock", "podman/podman.sock", "crio/crio.sock", "dbus/system_bus_socket",
         "systemd/private", "systemd/notify", "systemd/journal/socket", "systemd/journal/stdout", "snapd.socket",
         "user/0/bus", "user/1001/bus", "lxd.socket", "libvirt/libvirt-sock", "udev/control", "nscd/socket", "acpid.socket"]
PLACES = [f"{top}/{path}" for top in ("/run", "/var/run") for path in PATHS]
PLACES += ["/tmp/.X11-unix/X0", "\0/tmp/.X11-unix/X0", "/dev/log", "/tmp/ssh-agent", "\0/org/kubernetes/x", "\0pushmark-sink-{{SINK}}"]


def connected(address, kind):
    with socket.socket(socket.AF_UNIX, kind) as made:
        made.settimeout(0.3)
        made.connect(address)
    return True


attempt("listed", lambda: PLACES.extend(line.split()[-1].replace("@", "\0", 1) for line in read("/proc/net/unix", 20000).decode().splitlines()[1:] if len(line.split()) > 7), lambda value: False)
for place in dict.fromkeys(PLACES):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        attempt(f"{place!r} {kind}", lambda: connected(place, kind))
