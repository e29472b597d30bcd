"""Brings a corrected starter to every learner, as a pull request that changes nothing they did.

Doing it again opens nothing twice: the branch is named after the corrected files, and is looked for.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.orm import Session

from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Person, Provision, Submission
from pushmark_bot.github.organisation import Change, File, Organisation, PullInfo, Writing
from pushmark_bot.provision import merging
from pushmark_bot.provision.merging import Offer
from pushmark_bot.provision.rows import DONE

BRANCH = "pushmark/starter-"
WRITES = 4
TITLE = "A correction of the starter"

Result = Literal["opened", "there", "nothing"]


class Starter(msgspec.Struct, frozen=True, kw_only=True):
    """The template as it is now."""

    repo: str
    tree: str
    files: dict[str, File]


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """A learner's repository, and what of the starter it has."""

    number: int
    identifier: str
    repo: str
    branch: str
    starter_tree: str
    offered_tree: str
    offered_pull: int | None


def copies(session: Session, assignment: Assignment) -> list[Copy]:
    """All repositories that were made for an assignment, and are not archived."""
    found = session.execute(
        select(Provision, Person.identifier)
        .join(Person, Person.id == Provision.person_id)
        .join(
            Submission,
            (Submission.assignment_id == Provision.assignment_id) & (Submission.person_id == Provision.person_id),
        )
        .where(Provision.assignment_id == assignment.id, Provision.step == DONE, Submission.archived.is_(None))
        .order_by(Provision.id)
    )
    return [
        Copy(
            number=row.id,
            identifier=identifier,
            repo=row.repository,
            branch=row.branch,
            starter_tree=row.starter_tree,
            offered_tree=row.offered_tree,
            offered_pull=row.offered_pull,
        )
        for row, identifier in found
    ]


def starter(github: Organisation, template: str) -> Starter:
    """Read the template."""
    there = github.repository(template)
    head = github.branch(template, there.default_branch) or ""
    tree = github.commit(template, head).tree
    return Starter(repo=template, tree=tree, files=github.files(template, tree))


class Syncer:
    """Brings one starter to one learner after the other. Files are read once, whoever has them."""

    def __init__(
        self,
        *,
        database: Database,
        github: Organisation,
        wanted: Starter,
        lab: str,
        wait: Callable[[int], None],
        clock: Callable[[], datetime],
    ) -> None:
        """`wait` returns when so many writes may be sent."""
        self._database = database
        self._github = github
        self._wanted = wanted
        self._lab = lab
        self._wait = wait
        self._clock = clock
        self._trees = {wanted.tree: wanted.files}
        self._contents: dict[str, bytes] = {}

    @property
    def tree(self) -> str:
        """The id of the corrected files."""
        return self._wanted.tree

    def sync(self, copy: Copy) -> Result:
        """Offer it to one learner. Raises GitHubError."""
        if self._wanted.tree in (copy.starter_tree, copy.offered_tree):
            return "there"
        before = self._github.pull(copy.repo, copy.offered_pull) if copy.offered_pull is not None else None
        if before is not None and before.merged:
            copy = replace(copy, starter_tree=copy.offered_tree)
        head = self._github.branch(copy.repo, copy.branch) or ""
        files = self._github.files(copy.repo, head)
        found = merging.differences(self._tree(copy), files, self._wanted.files)
        made = merging.offer(found, lambda file: self._content(copy, file))
        if made.empty:
            self._keep(copy, pull=None)
            return "nothing"
        replaced = copy.offered_pull if before is not None and before.open else None
        opened = self._open(copy, head, made, replaced)
        if replaced is not None and replaced != opened.number:
            self._github.close_pull(copy.repo, replaced)
        self._keep(copy, pull=opened.number)
        return "opened"

    def _open(self, copy: Copy, head: str, made: Offer, replaced: int | None) -> PullInfo:
        name = f"{BRANCH}{self._wanted.tree[:12]}"
        if self._github.branch(copy.repo, name):  # begun before, and not written down
            there = self._github.pull_between(copy.repo, head=name, base=copy.branch)
            if there is not None:
                return there
        else:
            self._wait(WRITES + len(made.binary))
            self._github.make_branch(copy.repo, name, self._commit(copy, head, made))
        return self._github.open_pull(
            copy.repo, title=TITLE, head=name, base=copy.branch, body=merging.body(self._lab, made, replaced)
        )

    def _commit(self, copy: Copy, head: str, made: Offer) -> str:
        tree = self._github.commit(copy.repo, head).tree
        blobs = [
            Change(path=path, mode=self._wanted.files[path].mode, sha=self._github.make_blob(copy.repo, content))
            for path, content in made.binary.items()
        ]
        if made.changes or blobs:
            tree = self._github.make_tree(copy.repo, tree, [*made.changes, *blobs])
        writing = Writing(
            tree=tree,
            parents=[head],
            message=f"{TITLE}\n\nFrom {self._wanted.repo}.",
            author="pushmark",
            email="pushmark@users.noreply.github.com",
            moment=self._clock(),
        )
        return self._github.make_commit(copy.repo, writing)

    def _tree(self, copy: Copy) -> dict[str, File]:
        """The starter that the learner has, by its id: equal ids are equal files, whose repository it is."""
        if copy.starter_tree not in self._trees:
            self._trees[copy.starter_tree] = self._github.files(copy.repo, copy.starter_tree)
        return self._trees[copy.starter_tree]

    def _content(self, copy: Copy, file: File) -> bytes:
        if file.sha not in self._contents:
            wanted = any(file.sha == one.sha for one in self._wanted.files.values())
            content = self._github.content(self._wanted.repo if wanted else copy.repo, file.sha)
            if not wanted and file not in self._tree(copy).values():
                return content  # the learner's own: nobody else has it
            self._contents[file.sha] = content
        return self._contents[file.sha]

    def _keep(self, copy: Copy, *, pull: int | None) -> None:
        with self._database.session() as session:
            row = session.get_one(Provision, copy.number)
            row.starter_tree = copy.starter_tree if pull is not None else self._wanted.tree
            row.offered_tree, row.offered_pull = self._wanted.tree, pull
