"""Git's objects as GitHub keeps them: blobs, trees and commits under the very ids that git gives them.

Equal content has equal ids in every repository, so that a client may compare files by id alone, as with GitHub.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

FILE_MODE, FOLDER_MODE = "100644", "040000"


@dataclass(frozen=True)
class Entry:
    """A file in a tree: how it is kept, and the id of its content."""

    mode: str
    sha: str


Files = dict[str, Entry]
"""A whole tree, flat: every file below it by its path."""


@dataclass(frozen=True, kw_only=True)
class Commit:
    """A commit. `moment` is both when it was written and when it was put there."""

    tree: str
    parents: tuple[str, ...]
    message: str
    author: str
    moment: datetime


@dataclass
class Objects:
    """Every object there is; which repository has which is the repository's business."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    trees: dict[str, Files] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)

    def add_blob(self, content: bytes) -> str:
        """Keep a file's content."""
        sha = _id("blob", content)
        self.blobs[sha] = content
        return sha

    def add_files(self, files: dict[str, bytes]) -> str:
        """Keep plain files, and the tree of them."""
        return self.add_tree({path: Entry(FILE_MODE, self.add_blob(content)) for path, content in files.items()})

    def add_tree(self, files: Files) -> str:
        """Keep a tree and every folder in it."""
        below: dict[str, Files] = {}
        entries: list[tuple[str, str, str]] = []
        for path, entry in files.items():
            folder, _, rest = path.partition("/")
            if rest:
                below.setdefault(folder, {})[rest] = entry
            else:
                entries.append((path, entry.mode, entry.sha))
        entries += [(name, "40000", self.add_tree(inner)) for name, inner in below.items()]
        entries.sort(key=lambda one: one[0] + ("/" if one[1] == "40000" else ""))
        content = b"".join(f"{mode} {name}".encode() + b"\0" + bytes.fromhex(sha) for name, mode, sha in entries)
        sha = _id("tree", content)
        self.trees[sha] = dict(files)
        return sha

    def add_commit(self, commit: Commit) -> str:
        """Keep a commit."""
        who = f"{commit.author} <{commit.author}@users.noreply.github.com> {int(commit.moment.timestamp())} +0000"
        lines = [f"tree {commit.tree}", *(f"parent {one}" for one in commit.parents)]
        lines += [f"author {who}", f"committer {who}", "", commit.message]
        sha = _id("commit", "\n".join(lines).encode())
        self.commits[sha] = commit
        return sha

    def content(self, tree: str) -> dict[str, bytes]:
        """The files of a tree with what is in them."""
        return {path: self.blobs.get(entry.sha, b"") for path, entry in self.trees[tree].items()}

    def shas(self, tree: str) -> set[str]:
        """The ids of a tree, of every folder and of every file in it."""
        files = self.trees[tree]
        return {tree, *(entry.sha for entry in files.values()), *(sha for _, sha in self.folders(files))}

    def folders(self, files: Files) -> list[tuple[str, str]]:
        """Path and id of every folder of a tree."""
        names = {path[:at] for path in files for at, sign in enumerate(path) if sign == "/"}
        return [(name, self.add_tree(inside(files, name))) for name in sorted(names)]

    def reaches(self, sha: str, ancestor: str) -> bool:
        """Whether a commit is another one, or comes after it."""
        todo, seen = [sha], set()
        while todo:
            one = todo.pop()
            if one == ancestor:
                return True
            if one not in seen and one in self.commits:
                seen.add(one)
                todo += self.commits[one].parents
        return False


def inside(files: Files, folder: str) -> Files:
    """What is in one folder."""
    return {path[len(folder) + 1 :]: entry for path, entry in files.items() if path.startswith(f"{folder}/")}


def _id(kind: str, content: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()
