import os
import socket

from shop.attempts import attempt, got, read

ADDRESSES = ["169.254.169.254", "169.254.170.2", "169.254.170.23", "168.63.129.16", "100.100.100.200", "192.0.0.192", "10.0.0.1", "127.0.0.1", "::1", "fd00:ec2::254"]
NAMES = ["metadata.google.internal", "metadata", "instance-data", "localhost", "github.com", "host.docker.internal"]
WORDS = ("TOKEN", "SECRET", "ACTIONS_", "GITHUB_", "RUNNER_", "AWS_", "AZURE_", "GOOGLE_", "PUSHMARK_", "SSH_", "CREDENTIAL", "CANARY")
FILES = ["~/.aws/credentials", "~/.azure/accessTokens.json", "~/.config/gcloud/credentials.db", "~/.netrc", "~/.git-credentials",
         "~/.docker/config.json", "~/.ssh/id_rsa", "~/.pypirc", "/var/run/secrets/kubernetes.io/serviceaccount/token", "/home/runner/.credentials",
         "/home/runner/runners/.credentials_rsaparams", "/etc/shadow", "/etc/ssh/ssh_host_rsa_key"]


def reached(address):
    """A datagram socket that connects has found a way there, though nothing was sent."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as made:
        made.connect((address, 80))
    return True


def environments():
    found = [dict(os.environ)]
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                pairs = read(f"/proc/{name}/environ", 100000).decode(errors="replace").split("\0")
            except OSError:
                continue
            found.append(dict(pair.split("=", 1) for pair in pairs if "=" in pair))
    return sorted({name for one in found for name in one if any(word in name for word in WORDS)})


for address in ADDRESSES:
    attempt(address, lambda: reached(address))
for name in NAMES:
    attempt(name, lambda: socket.getaddrinfo(name, 80), lambda found: any(one[4][0] not in ("127.0.0.1", "::1") for one in found))
attempt("environment", environments, bool)
for path in FILES:
    attempt(path, lambda: read(os.path.expanduser(path)))
