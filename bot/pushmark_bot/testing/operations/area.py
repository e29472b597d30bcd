"""What all operations share: the request, the answer, what webhooks hear of it, and who may do what where."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from pushmark_bot.testing.answers import Answers
from pushmark_bot.testing.contract import Json
from pushmark_bot.testing.store import Access, Identity, Pull, Repository, Store


class RefusedError(Exception):
    """An answer that refuses: the status and GitHub's sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request that passed the contract: who asks, the names in its path, its query and its body."""

    caller: Identity
    path: str
    names: dict[str, str]
    query: dict[str, str]
    body: Json


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that GitHub tells webhooks: the event, its action, and the payload's own members."""

    name: str
    action: str
    repository: Repository
    sender: Identity
    payload: Json


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes back, and what is told to webhooks because of it."""

    status: int = 200
    body: Json = None
    headers: dict[str, str] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)


class Area:
    """Operations that belong together; `by_id` has them by GitHub's operation id."""

    def __init__(self, store: Store, answers: Answers) -> None:
        self.store = store
        self.answers = answers

    @property
    def by_id(self) -> dict[str, Callable[[Call], Answer]]:
        raise NotImplementedError

    def repository(self, call: Call) -> Repository:
        found = self.store.repositories.get(f"{call.names['owner']}/{call.names['repo']}".lower())
        if found is None or (found.private and not self.reaches(call, found)):
            raise RefusedError(404, "Not Found")
        return found

    def reaches(self, call: Call, repository: Repository) -> bool:
        """Whether the caller is at home here: an app installed on it, or a user who may push."""
        if call.caller.app is None:
            return not repository.private or call.caller.login in repository.writers
        here = call.caller.account in (None, repository.owner.lower())
        return here and call.caller.repository in (None, repository.full_name.lower())

    def need(self, call: Call, repository: Repository, permission: str, access: Access = "write") -> None:
        may = call.caller.may_write(permission) or (access == "read" and permission in call.caller.permissions)
        if not self.reaches(call, repository) or not may:
            raise RefusedError(403, "Resource not accessible by integration")
        if access == "write":
            self.need_open(repository)

    def need_open(self, repository: Repository) -> None:
        """An archived repository takes nothing."""
        if repository.archived:
            raise RefusedError(403, "Repository was archived so is read-only.")

    def pull(self, repository: Repository, number: str) -> Pull:
        if not number.isdigit() or int(number) not in repository.pulls:
            raise RefusedError(404, "Not Found")
        return repository.pulls[int(number)]

    def paged(self, call: Call, items: list[Json]) -> Answer:
        """Cut one page out of a list and point to the others in the Link header, as GitHub does."""
        size = min(int(call.query.get("per_page", "30")), 100)
        page = int(call.query.get("page", "1"))
        last = max(1, -(-len(items) // size))
        others = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        shown = {rel: n for rel, n in others.items() if 1 <= n <= last and n != page}
        links = [
            f'<{self.answers.api}{call.path}?{urlencode({**call.query, "per_page": size, "page": n})}>; rel="{rel}"'
            for rel, n in shown.items()
        ]
        headers = {"Link": ", ".join(links)} if links else {}
        return Answer(body=items[(page - 1) * size : page * size], headers=headers)
