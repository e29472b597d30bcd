"""Workers on every kind of platform: what confines them, what is refused, and that nothing of them stays.

The probes run in a grader of their own, as root or as an ordinary user, with and without namespaces to be had.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pushmark_graders
import pytest
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.submission.proxy import Connection, Submission
from pushmark_graders.worker import launcher
from pushmark_graders.worker.layers import LAYERS
from pushmark_graders.worker.policy import local, standard
from pushmark_graders.worker.surroundings import worker_environment

PROBES = Path(__file__).with_name("probes.py")
GRADERS = Path(__file__).parents[3] / "graders"
WITHOUT_NAMESPACES = [
    "no capabilities",
    "no new privileges",
    "resource limits",
    "landlock",
    "seccomp",
    "closed descriptors",
]

PROBE = """
import os
import socket
import sys


def identity():
    return {
        "uid": os.getuid(),
        "groups": os.getgroups(),
        "environment": sorted(os.environ),
        "descriptors": sorted(int(name) for name in os.listdir("/proc/self/fd"))[:-1],
        "processes": len([name for name in os.listdir("/proc") if name.isdigit()]),
        "folder": os.getcwd(),
    }


def attempt(call):
    try:
        return call()
    except (OSError, MemoryError) as error:
        return type(error).__name__


def read(path):
    return attempt(lambda: open(path).read())


def connect(port):
    return attempt(lambda: socket.create_connection(("127.0.0.1", port), 2) and "connected")


def write(path):
    return attempt(lambda: open(path, "w").write("x"))


def use_tmp():
    import tempfile
    return attempt(lambda: tempfile.TemporaryFile(dir="/tmp").write(b"x"))


def home():
    import getpass
    import tempfile
    home = os.path.expanduser("~")
    with open(f"{home}/.config", "w") as file:
        file.write("x")
    return {"home": home, "tmp": tempfile.gettempdir(), "user": getpass.getuser(), "inside": os.listdir(home)}


def become_root():
    return attempt(lambda: os.setuid(0))


def allocate(mib):
    return attempt(lambda: len(bytearray(mib << 20)))


def fill(mib):
    import signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    def go():
        with open("big", "wb") as big:
            for _ in range(mib):
                big.write(bytes(1 << 20))
                big.flush()
    return attempt(go)


def kill(pid):
    return attempt(lambda: os.kill(pid, 0) or "reached")


def daemon(token, keeps):
    if os.fork():
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    os.close(3)
    if not keeps:
        null = os.open("/dev/null", os.O_RDWR)
        for number in range(3):
            os.dup2(null, number)
    os.execv("/bin/sleep", [token, "300"])
"""


@pytest.fixture(scope="module")
def probe(python: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """`probe("root")`: everything that `probes.py` finds on that kind of platform, asked for once."""
    known: dict[str, Any] = {}
    folders: list[Path] = []

    def run(kind: str) -> Any:
        if kind not in known:
            folder = Path(tempfile.mkdtemp(prefix="pushmark-probes-"))
            folders.append(folder)
            (folder / "submission").mkdir()
            (folder / "submission" / "probe.py").write_text(PROBE)
            (folder / "secret.txt").write_text("42")
            for place in (folder, folder / "tmp"):
                place.mkdir(exist_ok=True)
                place.chmod(0o777)
            known[kind] = ask(kind, python, folder)
        return known[kind]

    yield run
    for folder in folders:
        shutil.rmtree(folder)


def ask(kind: str, python: str, folder: Path) -> Any:
    user = ["setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups"] if os.getuid() == 0 else []
    prefix = {"root": [], "root, nothing granted": ["setpriv", "--bounding-set=-sys_admin"], "user": user}.get(kind, [])
    last = ["forbid-namespaces"] if kind == "user, nothing granted" else []
    done = subprocess.run(
        [*prefix, python, "-I", PROBES, folder, *last],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "TOKEN": "host secret", "TMPDIR": str(folder / "tmp")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def user_namespaces_are_allowed() -> bool:
    user = ["setpriv", "--reuid", "1000", "--clear-groups"] if os.getuid() == 0 else []
    mount = ["unshare", "-Urm", "mount", "-t", "tmpfs", "none", "/tmp"]  # Ubuntu allows the first step alone
    return subprocess.run([*user, *mount], capture_output=True, check=False).returncode == 0


ROOT = ["root", "root, nothing granted", "user, nothing granted"]
KINDS = [*ROOT, "user"] if os.getuid() == 0 else ["user"]
if os.getuid() == 0:
    WITH_NAMESPACES = ["root", "user"] if user_namespaces_are_allowed() else ["root"]
else:
    WITH_NAMESPACES = ["user"] if user_namespaces_are_allowed() else []

everywhere = pytest.mark.parametrize("kind", KINDS)
with_namespaces = pytest.mark.parametrize("kind", WITH_NAMESPACES)


@everywhere
def test_the_layers_in_force_are_named_for_calls_and_for_programs(probe: Any, kind: str) -> None:
    expected = [layer for layer in LAYERS if layer != "own user id"] if kind in WITH_NAMESPACES else WITHOUT_NAMESPACES
    if kind.startswith("root"):
        expected = ["own user id", *expected]
    for told in (probe(kind)["inside"]["layers"], probe(kind)["execute"]["layers"]):
        assert [*told, *({"cgroup limits"} & set(expected) - set(told))] == expected  # not every host has these


@everywhere
def test_learner_code_is_never_root_has_no_groups_and_cannot_become_root(probe: Any, kind: str) -> None:
    inside = probe(kind)["inside"]
    assert inside["identity"]["uid"] >= 1000
    if os.getuid() == 0:  # an ordinary user cannot give up the own groups
        assert inside["identity"]["groups"] == []
    assert inside["root"] in ("PermissionError", "OSError")  # the latter where a namespace has no root at all


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives a worker an account of its own")
def test_root_gives_each_worker_an_account_that_no_person_has(probe: Any) -> None:
    assert probe("root")["inside"]["identity"]["uid"] >= 300_000
    assert probe("root, nothing granted")["inside"]["identity"]["uid"] >= 300_000


@everywhere
def test_no_variable_and_no_descriptor_of_the_host_reaches_learner_code(probe: Any, kind: str) -> None:
    identity = probe(kind)["inside"]["identity"]
    assert set(identity["environment"]) <= {*worker_environment(), "LC_CTYPE"}
    assert identity["descriptors"] == [0, 1, 2, 3]


@everywhere
def test_the_runtime_is_read_only_and_the_own_folder_is_not(probe: Any, kind: str) -> None:
    inside = probe(kind)["inside"]
    refused = {"PermissionError", "OSError", "FileNotFoundError"}
    user_owns_prefix = kind.startswith("user") and os.getuid() != 0
    places = {place: said for place, said in inside["write"].items() if not (user_owns_prefix and place != "/x")}
    assert set(places.values()) <= refused
    assert inside["own folder"] == 1
    assert inside["tmp"] == (1 if kind in WITH_NAMESPACES else "PermissionError")


@everywhere
def test_a_worker_has_a_name_and_an_empty_home_of_its_own_that_goes_with_it(probe: Any, python: str, kind: str) -> None:
    inside = probe(kind)["inside"]
    home = inside["home"]["home"]
    assert (inside["home"]["tmp"], inside["home"]["user"]) == (home, "worker")
    runtime = [Path(path) for path in (python, sys.prefix, pushmark_graders.__file__)]
    shown = {path.parts[2] for path in runtime if path.is_relative_to("/tmp")}  # it may lie below /tmp itself
    assert set(inside["home"]["inside"]) - shown == {".config"}
    assert (home == "/tmp") is (kind in WITH_NAMESPACES)
    assert inside["home is gone"] is True


@everywhere
def test_memory_and_file_sizes_are_bounded(probe: Any, kind: str) -> None:
    assert probe(kind)["inside"]["memory"] == "MemoryError"
    assert probe(kind)["inside"]["file"] == "OSError"


@with_namespaces
def test_nothing_of_the_host_is_there_no_file_process_or_network(probe: Any, kind: str) -> None:
    inside = probe(kind)["inside"]
    assert inside["secret"] == "FileNotFoundError"
    assert inside["network"] == "OSError"
    assert inside["identity"]["processes"] == 2
    assert inside["identity"]["folder"] == "/submission"
    assert inside["killed grader"] == "ProcessLookupError"


@everywhere
def test_daemons_end_with_their_worker_whether_they_keep_its_output_or_not(probe: Any, kind: str) -> None:
    for found in probe(kind)["daemons"].values():
        assert found == {"ran": True, "gone": True, "quick": True}


@everywhere
def test_a_grader_that_is_killed_leaves_no_worker_and_no_daemon(probe: Any, kind: str) -> None:
    orphans = probe(kind)["orphans"]
    assert orphans["ran"]
    assert orphans["gone"]


@with_namespaces
def test_a_grader_that_is_killed_leaves_no_folder_that_a_worker_lived_in(probe: Any, kind: str) -> None:
    assert probe(kind)["orphans"]["roots"] == []


@everywhere
def test_a_program_runs_in_the_submissions_folder_and_its_status_and_lines_come_back(probe: Any, kind: str) -> None:
    found = probe(kind)["execute"]
    assert found["status"] == 5, found["output"]
    assert found["lines"][0] == "err"
    assert found["lines"][1].startswith("out /")


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives a worker an account of its own")
def test_the_strict_policy_is_content_where_all_layers_are_in_force(probe: Any) -> None:
    assert probe("root")["strict"] == {"call": None, "program": None}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "root"])
def test_the_strict_policy_refuses_calls_and_programs_where_a_layer_is_missing(probe: Any, kind: str) -> None:
    for said in probe(kind)["strict"].values():
        assert said.startswith("CouldNotGrade: this machine cannot give what policy 'strict' requires: ")
        assert ("own user id (pushmark does not run as root)" in said) is kind.startswith("user")
        assert ("pid namespace (" in said) is (kind not in WITH_NAMESPACES)
        assert "Next: run pushmark as root" in said
        assert "`pushmark doctor --policy strict` shows more" in said


@everywhere
def test_the_standard_policy_is_proved_with_whatever_layers_there_are(probe: Any, kind: str) -> None:
    assert probe(kind)["proved"] is None


@everywhere
def test_no_folder_is_left_beside_the_submission(probe: Any, kind: str) -> None:
    assert sorted(probe(kind)["left"]) == ["secret.txt", "submission", "tmp"]


def test_an_installation_that_a_worker_cannot_see_is_named_with_the_way_out(tmp_path: Path) -> None:
    """Workers start with `python -I`: what only PYTHONPATH or a user's own packages provide is not there."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    (tmp_path / "submission").mkdir()
    code = f"""
import sys
sys.path += {[sysconfig.get_path("purelib"), str(GRADERS)]!r}
from pathlib import Path
from pushmark_graders.worker import launcher, policy
launcher.begin(policy.local(), Path("submission"), source=".").finish()
"""
    done = subprocess.run(
        [tmp_path / "bare" / "bin" / "python", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "CouldNotGrade: a worker did not start (status 1)" in done.stderr
    assert "Next: install pushmark in a virtual environment" in done.stderr


def test_where_there_is_no_linux_a_worker_has_limits_and_ends_with_its_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The branch for macOS, on Linux: one process, and a kill of its whole session."""
    monkeypatch.setattr("pushmark_graders.worker.launcher.sys.platform", "darwin")
    (tmp_path / "probe.py").write_text(PROBE)
    connection = Connection(local(), tmp_path, source=".")
    probe = Submission(connection).module("probe")
    assert probe.fill(2 * local().file_mb) == "OSError"
    assert connection.layers == ["resource limits"]
    assert probe.identity()["uid"] == os.getuid()
    connection.end()
    with pytest.raises(CouldNotGrade, match=r"'standard' requires: no capabilities \(only Linux has it\)"):
        launcher.begin(standard(), tmp_path, source=".").finish()
