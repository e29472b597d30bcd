"""Looks at this machine: the configuration, the secrets, the database and its disk, the labs and the sandbox."""

import shutil
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pushmark_graders.errors import PushmarkError
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.worker import policy, selftest
from sqlalchemy import insert, select

from pushmark_bot.course.chain import broken
from pushmark_bot.db import log
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Course, Delivery
from pushmark_bot.doctor.finding import Finding, of, right, wrong
from pushmark_bot.service.config import Config, ConfigError, load

LEAST_FREE = 500 << 20
ELSEWHERE = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "fuse.sshfs", "fuse.glusterfs"}
)
"""File systems of other machines, on which SQLite's locks and shared memory do not hold."""
SHORTEST_SECRET = 16


def configuration(path: Path, environment: Mapping[str, str]) -> tuple[Finding, Config | None]:
    """The file, and what it says if it can be read."""
    try:
        config = load(path, environment)
    except ConfigError as trouble:
        return wrong("configuration", "; ".join(trouble.problems), trouble.next_step), None
    return right("configuration", f"{path}, app {config.app.id} ({config.app.slug})"), config


def private_key(config: Config) -> tuple[Finding, str]:
    """The app's key, "" when it is none."""
    try:
        key = config.secret(config.app.private_key_file)
        load_pem_private_key(key.encode(), password=None)
    except PushmarkError as trouble:
        return of("private key", trouble), ""
    except (ValueError, TypeError):
        what = f"{config.app.private_key_file} holds no private key (PEM)"
        return wrong("private key", what, "make a new one in the app's settings on GitHub, and put it there"), ""
    return right("private key", f"{config.app.private_key_file}, for this user alone"), key


def webhook_secret(config: Config) -> Iterator[Finding]:
    """The secret that GitHub signs deliveries with."""
    if not config.app.webhook_secret_file:
        yield right("webhook secret", f"none: GitHub is asked every {config.poll_seconds} s")
        return
    if len(config.secret(config.app.webhook_secret_file)) < SHORTEST_SECRET:
        step = "make a longer one (openssl rand -hex 32), and give it to GitHub too"
        yield wrong("webhook secret", "it can be guessed", step)
        return
    yield right("webhook secret", f"{config.app.webhook_secret_file}, for this user alone")


def database(opened: Database) -> Iterator[Finding]:
    """Whether the database is there, of this release, and can be written."""
    opened.require_there()
    opened.require_newest()
    with opened.writing() as connection:
        trial = {"guid": f"doctor-{uuid.uuid4()}", "event": "", "installation": 0, "body": b"", "state": "done"}
        connection.execute(insert(Delivery).values(**trial, received=datetime.now(UTC)))
        connection.rollback()
    yield right("database", f"{opened.address}, revision {opened.revision()}, can be written")


def disk(opened: Database) -> Iterator[Finding]:
    """The disk of a SQLite database. PostgreSQL's is its own business."""
    name = opened.engine.url.database
    if opened.engine.dialect.name != "sqlite" or not name:
        yield right("disk", "PostgreSQL looks after its own")
        return
    folder = Path(name).resolve().parent
    kind, free = file_system(folder, Path("/proc/mounts").read_text()), shutil.disk_usage(folder).free
    if kind in ELSEWHERE:
        step = "move it to a disk of this machine, or to PostgreSQL (pushmark-bot db copy)"
        yield wrong("disk", f"{folder} is on another machine ({kind}), where SQLite's locks do not hold", step)
    elif free < LEAST_FREE:
        yield wrong("disk", f"{free >> 20} MiB are free in {folder}", f"make room: {LEAST_FREE >> 20} MiB at least")
    else:
        yield right("disk", f"{free >> 20:,} MiB are free in {folder}")


def file_system(folder: Path, mounts: str) -> str:
    """The kind of file system that a folder is on, by the lines of /proc/mounts."""
    found, best = "", -1
    for line in mounts.splitlines():
        _, where, kind, *_ = line.split()
        point = Path(where.replace("\\040", " "))
        if folder.is_relative_to(point) and len(point.parts) >= best:
            found, best = kind, len(point.parts)
    return found


def logs(opened: Database) -> Iterator[Finding]:
    """Whether each course's event log is as it was written."""
    with opened.reading() as session:
        for course in session.scalars(select(Course).order_by(Course.slug)):
            entries = log.entries(session, course.id)
            if (changed := broken(entries)) is None:
                yield right(f"event log {course.slug}", f"{len(entries)} events, the seal holds")
            else:
                step = "compare with a backup, and find out who could"
                yield wrong(f"event log {course.slug}", f"event {changed} is not as it was written", step)


def seeds(config: Config, courses: list[str]) -> Iterator[Finding]:
    """Each course's seed."""
    for course in courses:
        try:
            config.seed(course)
            yield right(f"seed {course}", f"{config.seeds}/{course}.seed, for this user alone")
        except PushmarkError as trouble:
            yield of(f"seed {course}", trouble)


def labs(opened: Database) -> Iterator[Finding]:
    """Each assignment's lab."""
    with opened.reading() as session:
        given = [(one.course.slug, one.slug, one.lab) for one in session.scalars(select(Assignment))]
    for course, slug, folder in sorted(given):
        try:
            spec = load_lab(Path(folder))
            yield right(f"lab {course}/{slug}", f"{folder}, version {spec.version}")
        except PushmarkError as trouble:
            yield of(f"lab {course}/{slug}", trouble)


def sandbox(config: Config) -> Iterator[Finding]:
    """Whether submissions are confined as the policy asks, by trying to get out."""
    confined = policy.load(config.policy)
    selftest.prove(confined)
    tried = "nothing got out" if confined.self_test else "this policy asks for no self-test"
    yield right("sandbox", f"policy {config.policy}, {tried}")
