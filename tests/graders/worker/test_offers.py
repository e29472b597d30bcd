"""One fork server for several commands: found by name, given to nobody else, and no command depends on another."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pushmark_graders.submission.proxy import Connection, Submission
from pushmark_graders.worker import forkserver, offers
from pushmark_graders.worker.policy import local
from pushmark_graders.worker.pool import Pool, Unavailable

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="fork servers are for Linux")

LIBRARIES = ["json", "decimal"]
MODULE = """
import os
import sys
import threading


def loaded(name):
    return name in sys.modules


def pid():
    return os.getppid()
"""


@pytest.fixture(autouse=True)
def runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def offered() -> Iterator[Pool]:
    with Pool(LIBRARIES, offered=True) as pool:
        pool.start()
        yield pool


@pytest.fixture
def submission(tmp_path: Path) -> Path:
    folder = tmp_path / "submission"
    folder.mkdir()
    (folder / "work.py").write_text(MODULE)
    return folder


def ask(connection: Connection, name: str, *args: object) -> object:
    return getattr(Submission(connection).module("work"), name)(*args)


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("pushmark-pools-*/*")]


def servers() -> int:
    asked = subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-ww", "-o", "args="], capture_output=True, text=True, check=False
    )
    return asked.stdout.count("forkserver.py")


def test_a_second_pool_with_the_same_libraries_borrows_the_server(offered: Pool, submission: Path) -> None:
    with Pool(LIBRARIES) as other:
        connection = Connection(local(), submission, source=".", pool=other)
        assert ask(connection, "loaded", "decimal") is True
        assert other.is_borrowed
        assert not offered.is_borrowed
        assert servers() == 1
        connection.end()
    offered.ready()


def test_other_libraries_another_interpreter_or_an_upgrade_mean_another_server(
    offered: Pool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert offers.find(["json"]) is None
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/usr/bin/another-python")
        assert offers.find(LIBRARIES) is None
    packages = tmp_path / "site-packages"
    packages.mkdir()
    monkeypatch.setattr(offers, "runtime_folders", lambda: [str(packages)])
    with Pool(["fractions"], offered=True) as pool:
        pool.start()
        found = offers.find(["fractions"])
        assert found is not None
        found.close()
        (packages / "torch").mkdir()
        os.utime(packages, ns=(1, 1))
        assert offers.find(["fractions"]) is None


def test_the_order_of_the_libraries_is_of_no_account(offered: Pool) -> None:
    found = offers.find(LIBRARIES[::-1])
    assert found is not None
    found.close()
    offered.ready()


def test_the_name_goes_with_the_pool_that_offers(runtime_folder: Path) -> None:
    with Pool(LIBRARIES, offered=True) as pool:
        pool.start()
        assert len(names(runtime_folder)) == 1
    assert names(runtime_folder) == []


def test_a_name_that_a_killed_command_left_is_taken_over(runtime_folder: Path, submission: Path) -> None:
    left = offers.make(LIBRARIES)
    assert left is not None
    left.listener.close()
    with Pool(LIBRARIES, offered=True) as pool:
        pool.start()
        left.withdraw()
        assert len(names(runtime_folder)) == 1
        with Pool(LIBRARIES) as other:
            other.ready()
            assert other.is_borrowed


def test_a_worker_goes_on_when_the_command_that_offered_its_server_ends(submission: Path) -> None:
    with Pool(LIBRARIES, offered=True) as pool, Pool(LIBRARIES) as other:
        pool.ready()
        first, second = (Connection(local(), submission, source=".", pool=other) for _ in range(2))
        assert ask(first, "loaded", "decimal") is True
        pool.close()
        assert ask(first, "loaded", "decimal") is True
        assert ask(second, "loaded", "work") is True
        assert not other.served_all
        assert other.was_lost
        first.end()
        second.end()


def test_a_borrower_that_is_killed_takes_its_worker_along_and_the_server_serves_on(
    offered: Pool, submission: Path
) -> None:
    offered.ready()
    told, theirs = os.pipe()
    borrower = os.fork()
    if not borrower:
        other = Pool(LIBRARIES)
        connection = Connection(local(), submission, source=".", pool=other)
        ask(connection, "loaded", "os")
        assert connection._worker is not None
        handle = connection._worker.child._handle  # type: ignore[union-attr]
        pid = next(
            line.split()[1] for line in Path(f"/proc/self/fdinfo/{handle}").read_text().splitlines() if "Pid" in line
        )
        os.write(theirs, pid.encode())
        signal.pause()
    supervisor = int(os.read(told, 20))
    os.kill(borrower, signal.SIGKILL)
    os.waitpid(borrower, 0)
    until = time.monotonic() + 5
    while Path(f"/proc/{supervisor}/exe").is_symlink() and time.monotonic() < until:
        time.sleep(0.02)
    assert not Path(f"/proc/{supervisor}/exe").is_symlink()
    with Pool(LIBRARIES) as another:
        another.ready()
        assert another.is_borrowed


def test_a_process_that_is_confined_further_than_the_server_is_not_let_in(offered: Pool) -> None:
    offered.ready()
    program = (
        "import sys\nfrom pushmark_graders.worker import offers, privileges\n"
        "if sys.argv[1] == 'confined':\n    privileges.forbid_new_privileges()\n"
        f"asker = offers.find({LIBRARIES!r})\nprint(len(asker.recv(1 << 17)))\n"
    )
    said = [
        subprocess.run([sys.executable, "-c", program, how], capture_output=True, text=True, check=False).stdout.strip()
        for how in ("free", "confined")
    ]
    assert int(said[0]) > 0
    assert said[1] == "0"


def test_who_says_nonsense_is_hung_up_on_and_nobody_else_notices(offered: Pool) -> None:
    offered.ready()
    for nonsense in (b"", b"fork", b"spoon", b"x" * 100_000):
        asker = offers.find(LIBRARIES)
        assert asker is not None
        with asker:
            asker.settimeout(5.0)
            assert asker.recv(forkserver.MESSAGE_BYTES)
            asker.send(nonsense)
            assert asker.recv(forkserver.MESSAGE_BYTES) == b""
    with Pool(LIBRARIES) as other:
        other.ready()


def test_who_hangs_up_at_once_is_forgotten_and_nobody_else_notices(offered: Pool) -> None:
    offered.ready()
    for _ in range(20):
        asker = offers.find(LIBRARIES)
        assert asker is not None
        asker.close()
    with Pool(LIBRARIES) as other:
        other.ready()
        assert other.is_borrowed


def test_a_folder_that_others_may_enter_is_not_used(runtime_folder: Path) -> None:
    offer = offers.make(LIBRARIES)
    assert offer is not None
    offer.listener.close()
    (folder,) = runtime_folder.glob("pushmark-pools-*")
    folder.chmod(0o755)
    assert offers.make(LIBRARIES) is None
    assert offers.find(LIBRARIES) is None


def test_a_runtime_folder_that_cannot_be_written_costs_the_sharing_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "not-there"))
    with Pool(LIBRARIES, offered=True) as pool:
        pool.ready()
        assert offers.find(LIBRARIES) is None


def test_a_server_that_ends_before_its_hello_is_no_server(submission: Path) -> None:
    offer = offers.make(LIBRARIES)
    assert offer is not None
    with Pool(LIBRARIES) as pool:
        pool.start()
        assert pool.is_borrowed
        served, _ = offer.listener.accept()
        served.close()
        with pytest.raises(Unavailable):
            pool.ready()
        connection = Connection(local(), submission, source=".", pool=pool)
        assert ask(connection, "loaded", "work") is True
        assert not pool.served_all
        connection.end()
    assert isinstance(offer.listener, socket.socket)
    offer.listener.close()
    offer.withdraw()


def test_a_server_that_dies_while_it_forks_leaves_nobody_on_the_next_workers_socket(submission: Path) -> None:
    offer = offers.make(LIBRARIES)
    assert offer is not None
    with Pool(LIBRARIES) as pool:
        pool.start()
        served, _ = offer.listener.accept()
        served.send(b'{"missing": [], "loaded": [], "threads": 1}')
        connection = Connection(local(), submission, source=".", pool=pool)

        def fork_and_die() -> None:
            _, kept, _, _ = socket.recv_fds(served, 16, 3)
            served.close()
            with socket.socket(fileno=kept[0]) as orphan:
                orphan.settimeout(10.0)
                heard.append(orphan.recv(1 << 16))
            for descriptor in kept[1:]:
                os.close(descriptor)

        heard: list[bytes] = []
        server = threading.Thread(target=fork_and_die)
        server.start()
        assert ask(connection, "loaded", "work") is True
        server.join(10.0)
        assert heard == [b""]
        assert not pool.served_all
        connection.end()
    offer.listener.close()
    offer.withdraw()
