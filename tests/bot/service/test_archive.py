"""Taking a commit out of an archive, whatever the archive holds."""

import gzip
import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from pushmark_bot.service.archive import Damaged, Limits, TooMuch, unpack

TOP = "example-school-gatecast-0123abc"


def archive(*members: tuple[str, bytes] | tarfile.TarInfo) -> io.BytesIO:
    """A .tar.gz as GitHub makes it: everything below one folder."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member)
            else:
                info = tarfile.TarInfo(f"{TOP}/{member[0]}")
                info.size = len(member[1])
                tar.addfile(info, io.BytesIO(member[1]))
    return io.BytesIO(made.getvalue())


def special(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    """A member that is no regular file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def written(folder: Path) -> dict[str, bytes]:
    """Every file below the folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_files_come_out_without_the_top_folder(tmp_path: Path) -> None:
    found = unpack(archive(("src/a.py", b"a = 1\n"), ("README.md", b"# Hi\n"), ("empty", b"")), tmp_path)
    assert written(tmp_path) == {"src/a.py": b"a = 1\n", "README.md": b"# Hi\n", "empty": b""}
    assert (found.files, found.bytes, found.left_out) == (3, 11, [])


def test_nothing_is_executable_or_owned_by_somebody_else(tmp_path: Path) -> None:
    info = tarfile.TarInfo(f"{TOP}/run.sh")
    info.mode, info.uid = 0o4777, 12345
    unpack(archive(info), tmp_path)
    status = (tmp_path / "run.sh").stat()
    assert status.st_mode & 0o7111 == 0
    assert status.st_uid == os.getuid()


@pytest.mark.parametrize(
    "member",
    [
        special(f"{TOP}/link", tarfile.SYMTYPE, "/etc/passwd"),
        special(f"{TOP}/hard", tarfile.LNKTYPE, f"{TOP}/src/a.py"),
        special(f"{TOP}/pipe", tarfile.FIFOTYPE),
        special(f"{TOP}/disk", tarfile.BLKTYPE),
        special(f"{TOP}/../../evil", tarfile.REGTYPE),
        special("/etc/cron.d/evil", tarfile.REGTYPE),
        special(f"{TOP}/.git/hooks/post-checkout", tarfile.REGTYPE),
        special(f"{TOP}/.GIT/config", tarfile.REGTYPE),
        special(f"{TOP}/{'deep/' * 70}end", tarfile.REGTYPE),
        special(f"{TOP}/{'x' * 2000}", tarfile.REGTYPE),
    ],
    ids=lambda member: member.name[-30:],
)
def test_what_is_no_plain_file_below_the_target_is_left_out(tmp_path: Path, member: tarfile.TarInfo) -> None:
    target = tmp_path / "in" / "here"
    target.mkdir(parents=True)
    found = unpack(archive(("src/a.py", b"a"), member, ("b.py", b"b")), target)
    assert written(tmp_path) == {"in/here/src/a.py": b"a", "in/here/b.py": b"b"}
    assert len(found.left_out) == 1


def test_a_link_cannot_carry_a_later_file_elsewhere(tmp_path: Path) -> None:
    target, outside = tmp_path / "target", tmp_path / "outside"
    target.mkdir()
    outside.mkdir()
    unpack(archive(special(f"{TOP}/src", tarfile.SYMTYPE, str(outside)), ("src/a.py", b"a")), target)
    assert written(outside) == {}
    assert written(target) == {"src/a.py": b"a"}


def test_of_two_members_with_one_name_the_first_counts(tmp_path: Path) -> None:
    found = unpack(archive(("a", b"1"), ("a", b"2"), ("a/b", b"3"), ("c/d", b"4"), ("c", b"5")), tmp_path)
    assert written(tmp_path) == {"a": b"1", "c/d": b"4"}
    assert found.left_out == ["a", "a/b", "c"]


def test_a_bomb_ends_at_the_limit(tmp_path: Path) -> None:
    with pytest.raises(TooMuch, match="more than 1 MiB"):
        unpack(archive(("zeros", bytes(50 << 20))), tmp_path, Limits(bytes=1 << 20))
    assert (tmp_path / "zeros").stat().st_size <= 1 << 20
    with pytest.raises(TooMuch, match="more than 10 files"):
        unpack(archive(*((f"{at}", b"") for at in range(11))), tmp_path / "many", Limits(files=10))


def test_what_is_skipped_counts_too(tmp_path: Path) -> None:
    evil = tarfile.TarInfo(f"{TOP}/.git/objects/pack")
    evil.size = 50 << 20
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        tar.addfile(evil, io.BytesIO(bytes(50 << 20)))
    with pytest.raises(TooMuch, match="more than 1 MiB"):
        unpack(io.BytesIO(made.getvalue()), tmp_path, Limits(bytes=1 << 20))


@pytest.mark.parametrize(
    "damage",
    [
        lambda _whole: b"",
        lambda _whole: b"<html>Bad gateway</html>",
        lambda whole: whole[: len(whole) // 2],
        lambda _whole: gzip.compress(b"no tar at all" * 100),
    ],
    ids=["nothing", "a page", "half of it", "no tar"],
)
def test_what_is_no_archive_says_so(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    whole = archive(("a", os.urandom(200_000))).getvalue()
    with pytest.raises(Damaged, match="cannot be read"):
        unpack(io.BytesIO(damage(whole)), tmp_path)
