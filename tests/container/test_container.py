"""The container files without a container engine: linters agree, the rules hold, and what is granted is enough.

The image itself is built where there is an engine. What it would be allowed is tried on a process that is confined in
the same way, by the kernel's own means.
"""

import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pushmark_bot.cli import app
from pushmark_bot.service.config import load
from pushmark_graders.worker import policy

from tests.workflows.act import ROOT
from tests.workflows.test_static import tool

CONTAINER = ROOT / "container"
COMPOSE: dict[str, Any] = yaml.safe_load((CONTAINER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "pushmark-bot"}
GRADING = ("bot", "worker")
LINES = (CONTAINER / "Containerfile").read_text().replace("\\\n", " ").splitlines()


def instructions(name: str) -> list[str]:
    """The arguments of each instruction of this name."""
    return [line.partition(" ")[2].strip() for line in LINES if line.startswith(f"{name} ")]


def test_hadolint_agrees() -> None:
    assert tool("hadolint", CONTAINER / "Containerfile") == ""


def test_the_compose_file_has_the_published_shape() -> None:
    assert tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", CONTAINER / "compose.yaml") == ""


def test_there_is_a_profile_for_one_process_and_one_for_many() -> None:
    by_profile = {
        profile: {name for name, service in SERVICES.items() if profile in service["profiles"]}
        for profile in ("small", "scale")
    }
    assert by_profile == {
        "small": {"upgrade", "bot"},
        "scale": {"postgres", "upgrade-scale", "web", "worker"},
    }
    assert SERVICES["worker"]["deploy"]["replicas"] > 1


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    user, _, group = service["user"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize("name", OURS)
def test_only_what_grades_gives_up_protections_of_the_container(name: str) -> None:
    given_up = {one for one in OURS[name]["security_opt"] if "unconfined" in one}
    expected = {"seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"} if name in GRADING else set()
    assert given_up == expected
    assert OURS[name]["init"] is True


def test_secrets_are_files_and_never_in_the_environment() -> None:
    for service in SERVICES.values():
        for key, value in service.get("environment", {}).items():
            assert "PASSWORD" not in key or key.endswith("_FILE"), key
            assert not re.search(r"://[^/@]*:[^/@]*@", value), key
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())


@pytest.mark.parametrize("name", SERVICES)
def test_what_listens_has_a_health_check(name: str) -> None:
    check = SERVICES[name].get("healthcheck", {})
    listens = name in ("bot", "web", "postgres")
    assert check.get("disable", False) is not listens
    assert "/healthz" in instructions("HEALTHCHECK")[0]


def test_nothing_starts_on_tables_of_an_older_release() -> None:
    for name, upgrade in (("bot", "upgrade"), ("web", "upgrade-scale"), ("worker", "upgrade-scale")):
        assert SERVICES[name]["depends_on"][upgrade] == {"condition": "service_completed_successfully"}
        assert SERVICES[upgrade]["command"] == ["db", "upgrade"]


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one(name: str) -> None:
    words = OURS[name].get("command") or ["serve"]
    assert words[0] in app.commands


def test_the_image_is_trixie_and_runs_as_nobody_in_particular() -> None:
    bases = instructions("FROM")
    assert all(re.fullmatch(r"docker\.io/library/python:3\.\d+-slim-trixie( AS build)?", base) for base in bases)
    assert instructions("USER") == ["10001:10001"]
    assert {service["user"] for service in OURS.values()} == {"10001:10001"}


def test_everything_that_is_copied_is_there_and_reaches_the_builder() -> None:
    let_in = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = [part for words in instructions("COPY") if "--from" not in words for part in words.split()[:-1]]
    assert set(copied) == set(let_in)
    assert all((ROOT / name).exists() for name in copied)


def environment() -> dict[str, str]:
    """What the image and the compose file set."""
    pairs = dict(part.split("=", 1) for part in " ".join(instructions("ENV")).split())
    for service in OURS.values():
        pairs |= service.get("environment", {})
    return pairs


def test_the_environment_is_one_that_the_configuration_understands(tmp_path: Path) -> None:
    file = tmp_path / "pushmark-bot.toml"
    file.write_text('schema = 1\npoll_seconds = 60\n[app]\nid = 1\nslug = "x"\nprivate_key_file = "app.pem"\n')
    given = environment()
    config = load(file, given)
    for key, value in given.items():
        if key.startswith("PUSHMARK_BOT_") and key != "PUSHMARK_BOT_CONFIG":
            assert str(getattr(config, key.removeprefix("PUSHMARK_BOT_").lower())) == value
    assert config.host == "0.0.0.0"


def test_its_policy_asks_for_all_that_a_container_without_root_can_have() -> None:
    asked = policy.load(str(CONTAINER / "policy.toml"))
    assert set(policy.strict().required) - set(asked.required) == {"own user id"}
    assert asked.self_test
    assert asked.landlock_abi == policy.strict().landlock_abi


CONFINED = """
mount --make-rprivate / && mount -t proc proc /proc
if [ "$1" = masked ]; then
  for path in /proc/kcore /proc/keys /proc/timer_list; do [ ! -e $path ] || mount --bind /dev/null $path; done
  for path in /proc/bus /proc/fs /proc/irq /proc/sys; do mount --bind $path $path; mount -o remount,ro,bind $path; done
fi
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
shift 1
for process in 1 2 3 4 5 6 7 8; do true | true; done
"$@"
"""
"""A container's namespaces, a /proc as engines mask it or not, and numbers of processes as behind an init."""


@pytest.fixture
def python() -> Iterator[Path]:
    """An interpreter that every user may run, with this environment's packages and the graders."""
    system = f"/usr/bin/python{sysconfig.get_python_version()}"
    if not Path(system).exists() or shutil.which("setpriv") is None:
        pytest.skip(f"needs {system} and setpriv to become another user")
    folder = Path(tempfile.mkdtemp(prefix="pushmark-container-"))
    folder.chmod(0o755)
    subprocess.run([system, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    site = next((folder / "venv").glob("lib/python*/site-packages"))
    (site / "here.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ROOT / 'graders'}\n")
    (folder / "doctor.py").write_text("from pushmark_graders.cli import main\nmain()\n")
    shutil.copy(CONTAINER / "policy.toml", folder)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a process that is confined as in a container")
@pytest.mark.parametrize("name", ["worker", "web"])
def test_what_compose_grants_is_what_a_sandbox_needs_and_without_it_nothing_is_graded(name: str, python: Path) -> None:
    """`worker` grades, and `web` does not: confined as it is, it would refuse to."""
    service = SERVICES[name]
    proc = "open" if "systempaths=unconfined" in service["security_opt"] else "masked"
    user, _, group = service["user"].partition(":")
    confined = ["setpriv", "--reuid", user, "--regid", group, "--clear-groups", "--bounding-set", "-all"]
    confined += ["--inh-caps", "-all", "--no-new-privs"]
    command = [str(python / "venv" / "bin" / "python"), "-P", str(python / "doctor.py"), "doctor"]
    own = ["unshare", "--mount", "--pid", "--ipc", "--uts", "--net", "--fork"]
    done = subprocess.run(
        [*own, "sh", "-ec", CONFINED, "sh", proc, *confined, *command, "--policy", str(python / "policy.toml")],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "XDG_CACHE_HOME": "/tmp", "COLUMNS": "300"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    told = done.stdout + done.stderr
    if name == "worker":
        assert done.returncode == 0, told
        assert "This machine satisfies the policy container." in told
    else:
        assert done.returncode != 0, told
        assert re.search(r"mount namespace +missing +yes", told), told
