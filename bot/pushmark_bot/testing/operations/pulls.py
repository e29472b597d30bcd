"""Pull requests."""

from collections.abc import Callable

from pushmark_bot.testing.contract import Json
from pushmark_bot.testing.operations.area import Answer, Area, Call, Event, RefusedError
from pushmark_bot.testing.store import Identity, Pull, Repository, now


class Pulls(Area):
    """Operations about pull requests."""

    @property
    def by_id(self) -> dict[str, Callable[[Call], Answer]]:
        return {
            "issues/get": self.get_issue,
            "pulls/create": self.create_pull,
            "pulls/get": self.get_pull,
            "pulls/list": self.list_pulls,
            "pulls/update": self.update_pull,
        }

    def get_pull(self, call: Call) -> Answer:
        repository = self.repository(call)
        return Answer(body=self.answers.pull(repository, self.pull(repository, call.names["pull_number"])))

    def get_issue(self, call: Call) -> Answer:
        repository = self.repository(call)
        return Answer(body=self.answers.issue(repository, self.pull(repository, call.names["issue_number"])))

    def list_pulls(self, call: Call) -> Answer:
        repository = self.repository(call)
        state = call.query.get("state", "open")
        pulls = [pull for pull in repository.pulls.values() if state in (pull.state, "all")]
        found = [
            pull
            for pull in pulls
            if call.query.get("head", "").split(":")[-1] in ("", pull.head_ref)
            and call.query.get("base", "") in ("", pull.base_ref)
        ]
        page = [self.answers.pull(repository, pull, "pull-request-simple") for pull in reversed(found)]
        return self.paged(call, page)

    def create_pull(self, call: Call) -> Answer:
        repository = self.repository(call)
        self.need(call, repository, "pull_requests")
        head, base = call.body["head"].split(":")[-1], call.body["base"]
        for branch in (head, base):
            if branch not in repository.branches:
                raise RefusedError(422, f"Validation Failed: branch {branch} does not exist")
        if any((one.head_ref, one.base_ref, one.state) == (head, base, "open") for one in repository.pulls.values()):
            raise RefusedError(422, f"A pull request already exists for {repository.owner}:{head}.")
        if self.store.objects.reaches(repository.branches[base], repository.branches[head]):
            raise RefusedError(422, f"Validation Failed: No commits between {base} and {head}")
        title, body = call.body.get("title", head), call.body.get("body")
        pull = self.open_pull(repository, call.caller.login, head=head, base=base, title=title, body=body)
        event = self.pull_event(repository, pull, "opened", call.caller)
        return Answer(status=201, body=self.answers.pull(repository, pull), events=[event])

    def update_pull(self, call: Call) -> Answer:
        repository = self.repository(call)
        self.need(call, repository, "pull_requests")
        pull = self.pull(repository, call.names["pull_number"])
        pull.state = call.body.get("state", pull.state)
        pull.title, pull.body = call.body.get("title", pull.title), call.body.get("body", pull.body)
        pull.updated = now()
        return Answer(body=self.answers.pull(repository, pull))

    def open_pull(
        self, repository: Repository, author: str, *, head: str, base: str, title: str, body: str | None = None
    ) -> Pull:
        """Store a new pull request between two branches that exist."""
        number = max(repository.pulls, default=0) + 1
        at = now()
        pull = Pull(
            id=self.store.new_id(),
            number=number,
            title=title,
            author=author,
            head_ref=head,
            head_sha=repository.branches[head],
            base_ref=base,
            base_sha=repository.branches[base],
            body=body,
            created=at,
            updated=at,
        )
        repository.pulls[number] = pull
        return pull

    def branch_moved(self, repository: Repository, branch: str, sha: str, sender: Identity) -> list[Event]:
        """Let a branch be at another commit; open pull requests from it move along, and webhooks hear of it."""
        repository.branches[branch] = sha
        repository.commits.add(sha)
        repository.pushed = self.store.clock()
        events = []
        for pull in repository.pulls.values():
            if pull.head_ref == branch and pull.state == "open" and pull.head_sha != sha:
                before, pull.head_sha, pull.updated = pull.head_sha, sha, now()
                events.append(self.pull_event(repository, pull, "synchronize", sender, before=before, after=sha))
        return events

    def pull_event(self, repository: Repository, pull: Pull, action: str, sender: Identity, **members: Json) -> Event:
        """What webhooks hear about a pull request."""
        shape = self.answers.pull(repository, pull, "pull-request-webhook")
        payload = {"number": pull.number, "pull_request": shape, **members}
        return Event(name="pull_request", action=action, repository=repository, sender=sender, payload=payload)
