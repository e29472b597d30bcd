"""Repositories and their commits."""

import io
import secrets
import tarfile
from collections.abc import Callable

from pushmark_bot.testing.answers import Answers
from pushmark_bot.testing.operations.area import Answer, Area, Call, RefusedError
from pushmark_bot.testing.store import Store

ARCHIVES = "/codeload/"
"""Where archives lie; on GitHub that is another host."""


class Repositories(Area):
    """Operations about repositories."""

    def __init__(self, store: Store, answers: Answers) -> None:
        super().__init__(store, answers)
        self.archives: dict[str, bytes] = {}

    @property
    def by_id(self) -> dict[str, Callable[[Call], Answer]]:
        return {
            "repos/download-tarball-archive": self.link_to_archive,
            "repos/get": self.get_repository,
        }

    def get_repository(self, call: Call) -> Answer:
        return Answer(body=self.answers.repository(self.repository(call)))

    def link_to_archive(self, call: Call) -> Answer:
        """An address on another host, which needs no token, as at GitHub."""
        repository = self.repository(call)
        self.need(call, repository, "contents", access="read")
        sha = repository.branches.get(call.names["ref"], call.names["ref"])
        if sha not in repository.trees:
            raise RefusedError(404, "Not Found")
        path = f"{ARCHIVES}{repository.full_name}/{sha}?token={secrets.token_hex(8)}"
        self.archives[path] = _archive(f"{repository.owner}-{repository.name}-{sha[:7]}", repository.trees[sha])
        return Answer(status=302, headers={"Location": self.answers.api.replace("127.0.0.1", "localhost") + path})


def _archive(top: str, files: dict[str, bytes]) -> bytes:
    """A commit's files as GitHub packs them: below one folder named after the commit."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(f"{top}/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return made.getvalue()
