"""The kept archives of graded commits: read back whole or not at all, within a budget that is fair to everybody."""

import io
import os
from pathlib import Path
from typing import IO

import pytest
from pushmark_bot.gradebook.kept import KeptCommits

ONE, TWO, THREE = "1" * 40, "2" * 40, "3" * 40
ADA, GRACE = "example-school/lab-ada", "example-school/lab-grace"


class Refused(Exception):
    """GitHub does not have it any more."""


class OneArchive:
    """A GitHub that has one archive, and counts how often it was asked; it can be gone."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.asked: list[tuple[str, str, int]] = []
        self.gone = False

    def fetch(self, repo: str, sha: str, into: IO[bytes], *, most: int) -> None:
        self.asked.append((repo, sha, most))
        if self.gone:
            raise Refused
        into.write(self.content)


def fetched(kept: KeptCommits, github: OneArchive, repository: str, sha: str) -> bytes:
    """What `fetch` writes."""
    into = io.BytesIO()
    kept.fetch(github, repository, sha, into)
    return into.read()


def of(kept: KeptCommits, repository: str, sha: str) -> bytes | None:
    """A kept archive."""
    into = io.BytesIO(b"something longer that was there before")
    return into.read() if kept.read(repository, sha, into) else None


def put(kept: KeptCommits, repository: str, sha: str, size: int, age: int = 0, folder: Path = Path()) -> None:
    """Keep an archive of so many bytes, so many seconds old."""
    kept.keep(repository, sha, io.BytesIO(os.urandom(size)))
    if age:
        [file] = folder.glob(f"{repository}/{sha}.*")
        then = file.stat().st_mtime - age
        os.utime(file, (then, then))


def test_a_commit_is_fetched_once_and_is_still_there_when_the_repository_is_gone(tmp_path: Path) -> None:
    kept, github = KeptCommits(tmp_path / "commits", 1 << 20), OneArchive(b"an archive")
    assert fetched(kept, github, ADA, ONE) == b"an archive"
    github.gone = True
    assert fetched(kept, github, ADA, ONE) == b"an archive"
    assert len(github.asked) == 1
    with pytest.raises(Refused):
        fetched(kept, github, ADA, TWO)


def test_an_archive_that_was_changed_is_not_graded_but_fetched_again(tmp_path: Path) -> None:
    kept, github = KeptCommits(tmp_path, 1 << 20), OneArchive(b"an archive")
    fetched(kept, github, ADA, ONE)
    [file] = tmp_path.glob("*/*/*.tar.gz")
    file.write_bytes(b"an archivE")
    assert fetched(kept, github, ADA, ONE) == b"an archive"
    assert len(github.asked) == 2


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    kept = KeptCommits(tmp_path / "commits", 1 << 20)
    put(kept, ADA, ONE, 100)
    assert (tmp_path / "commits").stat().st_mode & 0o077 == 0


def test_who_takes_most_gives_up_the_oldest_first_and_others_lose_nothing(tmp_path: Path) -> None:
    kept = KeptCommits(tmp_path, 100_000)
    put(kept, GRACE, ONE, 900, age=9000, folder=tmp_path)
    for number in range(120):
        put(kept, ADA, f"{number:040x}", 1000, age=8000 - number, folder=tmp_path)
    assert of(kept, GRACE, ONE) is not None
    assert of(kept, ADA, f"{119:040x}") is not None
    assert of(kept, ADA, f"{0:040x}") is None
    assert sum(file.stat().st_size for file in tmp_path.glob("*/*/*")) <= 100_000


def test_a_large_archive_is_not_kept_at_all(tmp_path: Path) -> None:
    kept = KeptCommits(tmp_path, 100_000)
    put(kept, ADA, ONE, 1001)
    assert of(kept, ADA, ONE) is None


def test_a_budget_of_nothing_keeps_nothing(tmp_path: Path) -> None:
    put(KeptCommits(tmp_path, 0), ADA, ONE, 1)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("repository", ["../../etc", "a/..", "a/b/c", "a", "a/b\0c", "/a"])
def test_a_name_that_leads_elsewhere_is_not_kept(tmp_path: Path, repository: str) -> None:
    kept = KeptCommits(tmp_path / "commits", 1 << 20)
    put(kept, repository, ONE, 100)
    assert not (tmp_path / "commits").exists()
    assert of(kept, repository, ONE) is None


def test_a_disk_that_refuses_stops_no_grading(tmp_path: Path) -> None:
    (tmp_path / "commits").write_text("a file where the folder should be")
    kept = KeptCommits(tmp_path / "commits", 1 << 20)
    assert fetched(kept, OneArchive(b"an archive"), ADA, THREE) == b"an archive"
