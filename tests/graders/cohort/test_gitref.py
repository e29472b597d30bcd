"""A commit becomes a folder, and nothing that its repository brings is run, followed or fetched."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pushmark_graders.cohort import gitref
from pushmark_graders.errors import PushmarkError

Git = Callable[..., str]


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def extracted(repository: Path, ref: str, target: Path) -> dict[str, bytes]:
    target.mkdir()
    gitref.extract(gitref.find(repository, ref), target)
    return files(target)


@pytest.fixture
def repository(tmp_path: Path, git: Git) -> Path:
    folder = tmp_path / "work"
    (folder / "src").mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    (folder / "src" / "a.py").write_text("one\n")
    (folder / "run.sh").write_text("true\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "empty").write_text("")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "First")
    git(folder, "tag", "-a", "v1", "-m", "One")
    return folder


def test_a_branch_a_tag_and_a_commit_are_what_they_name(repository: Path, git: Git, tmp_path: Path) -> None:
    (repository / "src" / "a.py").write_text("two\n")
    git(repository, "commit", "-q", "-a", "-m", "Second")
    first = {"src/a.py": b"one\n", "run.sh": b"true\n", "empty": b""}
    assert extracted(repository, "main", tmp_path / "1") == first | {"src/a.py": b"two\n"}
    assert extracted(repository, "v1", tmp_path / "2") == first
    assert extracted(repository, git(repository, "rev-parse", "v1^{}"), tmp_path / "3") == first
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "-q", "--bare", str(repository), str(bare))
    assert extracted(bare, "main", tmp_path / "4") == first | {"src/a.py": b"two\n"}


@pytest.mark.parametrize("ref", ["nothing", "--help", "-n", "main:src/a.py", "", "main\n", "HEAD^9"])
def test_a_ref_that_names_no_commit_is_a_usage_error(repository: Path, ref: str) -> None:
    with pytest.raises(PushmarkError, match="no such commit"):
        gitref.find(repository, ref)


def test_a_folder_that_is_no_repository_is_one_even_inside_a_repository(repository: Path) -> None:
    with pytest.raises(PushmarkError, match="not a git repository"):
        gitref.find(repository / "src", "main")


def test_nothing_of_a_hostile_repository_is_run(
    repository: Path, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / "it-ran"
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {marker}\ncat\n")
    trap.chmod(0o755)
    (repository / ".gitattributes").write_text(
        "* filter=trap diff=trap text eol=crlf ident export-subst\n*.sh -export\n"
    )
    (repository / "src" / "a.py").write_text("$Id$ $Format:%H$\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "Attributes")
    for hook in ("post-checkout", "pre-commit", "reference-transaction", "post-index-change", "fsmonitor-watchman"):
        (repository / ".git" / "hooks").mkdir(exist_ok=True)
        (repository / ".git" / "hooks" / hook).symlink_to(trap)
    programs = (
        "filter.trap.smudge filter.trap.clean filter.trap.process diff.trap.textconv diff.trap.command diff.external "
        "core.fsmonitor core.pager core.editor core.sshCommand core.gitProxy core.alternateRefsCommand core.askPass "
        "pager.ls-tree pager.cat-file uploadpack.packObjectsHook gpg.program"
    )
    settings = {name: str(trap) for name in programs.split()}
    settings |= dict.fromkeys(("alias.ls-tree", "alias.cat-file", "credential.helper"), f"!{trap}")
    yes = "filter.trap.required log.showSignature submodule.recurse"
    settings |= dict.fromkeys(yes.split(), "true") | {"core.hooksPath": str(repository / ".git" / "hooks")}
    settings |= dict.fromkeys(("protocol.allow", "protocol.ext.allow", "protocol.file.allow"), "always")
    for key, value in settings.items():
        git(repository, "config", key, value)
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(trap))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'core.fsmonitor={trap}'")
    before = files(repository / ".git")
    assert extracted(repository, "main", tmp_path / "out")["src/a.py"] == b"$Id$ $Format:%H$\n"
    assert files(repository / ".git") == before
    assert not marker.exists()


@pytest.mark.parametrize("older_git", [False, True])
@pytest.mark.parametrize("way", ["a transport of its own", "a program in place of git"])
def test_what_is_missing_from_a_partial_clone_is_not_fetched(
    way: str, older_git: bool, repository: Path, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / "it-ran"
    settings = {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "protocol.ext.allow": "always",
        "remote.origin.url": f"ext::sh -c touch% {marker}" if way.startswith("a transport") else str(repository),
        "remote.origin.uploadpack": f"touch {marker};",
    }
    for key, value in settings.items():
        git(repository, "config", key, value)
    blob = git(repository, "rev-parse", "main:src/a.py")
    (repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    if older_git:  # before 2.45 there is no such variable
        ours = gitref._environment()
        monkeypatch.setattr(gitref, "_environment", lambda: {k: v for k, v in ours.items() if k != "GIT_NO_LAZY_FETCH"})
    with pytest.raises(PushmarkError, match=r"work@main: 'src/a\.py' is missing"):
        extracted(repository, "main", tmp_path / "out")
    assert not marker.exists()
    git(repository, "ls-tree", "-r", "-l", "main")
    assert marker.exists(), "the trap is none: plain git does not run it either"


def hostile_tree(repository: Path, git: Git, entries: list[tuple[str, str, bytes]]) -> None:
    """Commit a tree with these modes, objects and names, as no git would make it."""
    raw = b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid) for mode, oid, name in entries)
    done = subprocess.run(
        ["git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally"],
        cwd=repository, input=raw, capture_output=True, check=True,
    )  # fmt: skip
    tree = done.stdout.decode().strip()
    git(repository, "branch", "-f", "odd", git(repository, "commit-tree", tree, "-m", "Odd"))


def test_links_submodules_and_names_that_lead_out_are_left_out(repository: Path, git: Git, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    blob = git(repository, "rev-parse", "main:src/a.py")
    link = git(repository, "hash-object", "-w", "--stdin", stdin=str(outside))
    inner = git(repository, "rev-parse", "main:src")
    hostile_tree(
        repository,
        git,
        [
            ("100644", blob, b".."),
            ("40000", inner, b".GIT"),
            ("40000", inner, b".venv"),
            ("100644", blob, b"../outside"),
            ("100644", blob, b"a\nb \xff.py"),
            ("100644", blob, b"fine.py"),
            ("120000", link, b"link.py"),
            ("160000", git(repository, "rev-parse", "main"), b"module"),
        ],
    )
    assert extracted(repository, "odd", tmp_path / "out") == {
        "fine.py": b"one\n",
        os.fsdecode(b"a\nb \xff.py"): b"one\n",
    }
    assert not any(path.is_symlink() for path in (tmp_path / "out").rglob("*"))
    assert not outside.exists()


def test_a_link_and_a_folder_of_one_name_do_not_lead_out(repository: Path, git: Git, tmp_path: Path) -> None:
    link = git(repository, "hash-object", "-w", "--stdin", stdin=str(tmp_path))
    inner = git(repository, "rev-parse", "main:src")
    hostile_tree(repository, git, [("120000", link, b"here"), ("40000", inner, b"here")])
    assert extracted(repository, "odd", tmp_path / "out") == {"here/a.py": b"one\n"}
    assert not (tmp_path / "a.py").exists()


def test_one_name_for_two_files_and_a_name_that_is_too_long_are_errors(
    repository: Path, git: Git, tmp_path: Path
) -> None:
    blob = git(repository, "rev-parse", "main:src/a.py")
    for number, entries in enumerate(
        (
            [("100644", blob, b"a"), ("100644", blob, b"a")],
            [("100644", blob, b"a" * 300)],
            [("100644", blob, b"a" * 20_000)],
        )
    ):
        hostile_tree(repository, git, entries)
        with pytest.raises(PushmarkError, match=r"work@odd: "):
            extracted(repository, "odd", tmp_path / str(number))


def test_more_files_or_bytes_than_a_submission_may_have_are_refused_before_they_are_read(
    repository: Path, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = git(repository, "rev-parse", "main:src")
    for _ in range(12):  # 8 to the power of 12 files in a few hundred bytes
        entries = "\n".join(f"040000 tree {tree}\td{number}" for number in range(8))
        tree = git(repository, "mktree", stdin=entries)
    git(repository, "branch", "bomb", git(repository, "commit-tree", tree, "-m", "Boom"))
    with pytest.raises(PushmarkError, match="more than 20,000 files"):
        extracted(repository, "bomb", tmp_path / "bomb")
    monkeypatch.setattr(gitref, "MOST_BYTES", 3)
    with pytest.raises(PushmarkError, match="more than 0 MiB"):
        extracted(repository, "main", tmp_path / "large")
    assert not files(tmp_path / "bomb") | files(tmp_path / "large")


def test_a_damaged_file_is_named(repository: Path, git: Git, tmp_path: Path) -> None:
    blob = git(repository, "rev-parse", "main:src/a.py")
    damaged = repository / ".git" / "objects" / blob[:2] / blob[2:]
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes()[:-6])
    with pytest.raises(PushmarkError, match=r"work@main: .*\n.*fsck"):
        extracted(repository, "main", tmp_path / "out")
