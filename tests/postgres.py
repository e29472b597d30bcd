"""A PostgreSQL of the tests' own: a cluster in a temporary folder, reached through a socket that nobody else may enter.

`initdb` refuses to run as root; then the cluster belongs to Debian's `postgres`, or to `nobody`. Nothing here needs
pytest, so that benchmarks can use it too.
"""

import itertools
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

OWNER = "pushmark"
SECONDS = 120
SETTINGS = {"fsync": "off", "listen_addresses": "", "max_connections": "100", "shared_buffers": "32MB"}
"""What a test leaves behind is thrown away, so it need not outlive a power cut."""


class Missing(Exception):
    """There is no PostgreSQL on this machine; the text says what to install."""


class Cluster:
    """A PostgreSQL that runs; `crash` ends it as a power cut would, `start` brings it back with what was committed."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder = folder
        self._programs = programs
        self._user = _unprivileged()
        self._numbers = itertools.count(1)
        if self._user is not None:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)
        self._run("initdb", "-U", OWNER, "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = [f"-c {name}={value or repr('')}" for name, value in SETTINGS.items()]
        self._run(
            "pg_ctl", "-w", "-t", str(SECONDS), "-l", str(self._folder / "log"), "start",
            "-o", f"-k {self._folder} {' '.join(options)}",
        )  # fmt: skip

    def crash(self) -> None:
        """End it at once, without a word to those who are connected and without tidying up."""
        self._run("pg_ctl", "-w", "-t", str(SECONDS), "-m", "immediate", "stop")

    def kill(self) -> None:
        """Kill the server's first process; the others notice, and what they held of the machine is free again."""
        first = int((self._folder / "data" / "postmaster.pid").read_text().split()[0])
        group = os.getpgid(first)
        os.kill(first, signal.SIGKILL)
        end = time.monotonic() + SECONDS
        while _alive(group) and time.monotonic() < end:
            time.sleep(0.02)

    def stop(self) -> None:
        """End it in order."""
        self._run("pg_ctl", "-w", "-t", str(SECONDS), "-m", "fast", "stop")

    def new_database(self) -> str:
        """Make an empty database; returns its address."""
        name = f"test{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def url(self, name: str) -> str:
        """The address of a database here."""
        return f"postgresql://{OWNER}@/{name}?host={self._folder}"

    def _run(self, program: str, *arguments: str) -> None:
        who = self._user
        with tempfile.TemporaryFile() as said:  # not a pipe: the server inherits it, and would keep it open
            done = subprocess.run(
                [self._programs / program, "-D", self._folder / "data", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd="/",
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                user=None if who is None else who.pw_uid,
                group=None if who is None else who.pw_gid,
                extra_groups=None if who is None else [],
                timeout=SECONDS + 30,
                check=False,
            )
            said.seek(0)
            log = self._folder / "log"
            told = said.read().decode(errors="replace") + (log.read_text()[-2000:] if log.exists() else "")
        assert done.returncode == 0, f"{program} ended with {done.returncode}: {told}"


@contextmanager
def running() -> Iterator[Cluster]:
    """A cluster for the time of the block. Raises Missing."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="pushmark-pg-", dir="/tmp"))  # a socket's path is at most 107 bytes long
    try:
        cluster = Cluster(folder, programs)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder)


def _alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _programs() -> Path:
    """The folder of the newest PostgreSQL here: Debian keeps its programs out of PATH."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0))
    if (there := shutil.which("initdb")) is not None:
        return Path(there).resolve().parent
    raise Missing("needs PostgreSQL: sudo apt-get install postgresql")


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom the cluster belongs to, None for whoever runs this."""
    if os.getuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")
