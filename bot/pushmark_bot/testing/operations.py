"""What each operation of the fake GitHub does to its store, under GitHub's rules.

The rules are those a bot meets: an app needs the permission, a user may not write check runs at all, a
request carries at most 50 annotations and they add up, a comment has a longest body, lists come in pages.
"""

import io
import secrets
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

from pushmark_bot.testing import apps
from pushmark_bot.testing.answers import Answers
from pushmark_bot.testing.contract import Json
from pushmark_bot.testing.store import Access, Annotation, CheckRun, Comment, Identity, Pull, Repository, Store, now

LONGEST_COMMENT = 65_536
ANNOTATIONS_PER_REQUEST = 50
HOURLY_REQUESTS = 5000
ARCHIVES = "/codeload/"
"""Where archives lie; on GitHub that is another host."""


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


class Operations:
    """Every operation that the fake answers, by GitHub's operation id."""

    def __init__(self, store: Store, answers: Answers) -> None:
        self._store = store
        self._answers = answers
        self.archives: dict[str, bytes] = {}
        self.by_id: dict[str, Callable[[Call], Answer]] = {
            "apps/create-installation-access-token": self.create_installation_token,
            "checks/create": self.create_check_run,
            "checks/get": self.get_check_run,
            "checks/list-annotations": self.list_annotations,
            "checks/list-for-ref": self.list_check_runs,
            "checks/update": self.update_check_run,
            "issues/create-comment": self.create_comment,
            "issues/delete-comment": self.delete_comment,
            "issues/get": self.get_issue,
            "issues/get-comment": self.get_comment,
            "issues/list-comments": self.list_comments,
            "issues/update-comment": self.update_comment,
            "pulls/create": self.create_pull,
            "pulls/get": self.get_pull,
            "pulls/list": self.list_pulls,
            "rate-limit/get": self.rate_limit,
            "reactions/create-for-issue-comment": self.react,
            "repos/download-tarball-archive": self.link_to_archive,
            "repos/get": self.get_repository,
            "repos/get-collaborator-permission-level": self.permission,
            "users/get-authenticated": self.authenticated,
        }

    # accounts and repositories

    def authenticated(self, call: Call) -> Answer:
        if call.caller.app is not None:
            raise RefusedError(403, "Resource not accessible by integration")
        return Answer(body=self._answers.account(call.caller.login))

    def rate_limit(self, _: Call) -> Answer:
        rate = {"limit": HOURLY_REQUESTS, "used": 0, "remaining": HOURLY_REQUESTS, "reset": 0}
        resources = {"core": rate, "search": rate}
        return Answer(body=self._answers.plain("rate-limit-overview", {"rate": rate, "resources": resources}))

    def get_repository(self, call: Call) -> Answer:
        return Answer(body=self._answers.repository(self._repository(call)))

    def create_installation_token(self, call: Call) -> Answer:
        app = self._store.apps.get(call.caller.itself or 0)
        if app is None:
            raise RefusedError(401, "A JSON web token could not be decoded")
        number = call.names["installation_id"]
        if not number.isdigit() or int(number) not in app.installations:
            raise RefusedError(404, "Not Found")
        asked = (call.body or {}).get("permissions")
        if asked is not None and any(app.permissions.get(name) not in (one, "write") for name, one in asked.items()):
            raise RefusedError(422, "The permissions requested are not granted to this installation.")
        token, identity = apps.new_token(self._store, app, int(number), asked)
        ends = datetime.fromtimestamp(identity.ends or 0, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        known = {"token": token, "expires_at": ends, "permissions": identity.permissions}
        return Answer(status=201, body=self._answers.plain("installation-token", known))

    def permission(self, call: Call) -> Answer:
        repository = self._repository(call)
        login = call.names["username"]
        may = "write" if login.lower() in {one.lower() for one in repository.writers} else "read"
        if login.lower() == repository.owner.lower() or login.lower() in repository.admins:
            may = "admin"
        known = {"permission": may, "role_name": may, "user": None}
        return Answer(body=self._answers.plain("repository-collaborator-permission", known))

    def link_to_archive(self, call: Call) -> Answer:
        """An address on another host, which needs no token, as at GitHub."""
        repository = self._repository(call)
        self._need(call, repository, "contents", access="read")
        sha = repository.branches.get(call.names["ref"], call.names["ref"])
        if sha not in repository.trees:
            raise RefusedError(404, "Not Found")
        path = f"{ARCHIVES}{repository.full_name}/{sha}?token={secrets.token_hex(8)}"
        self.archives[path] = _archive(f"{repository.owner}-{repository.name}-{sha[:7]}", repository.trees[sha])
        return Answer(status=302, headers={"Location": self._answers.api.replace("127.0.0.1", "localhost") + path})

    # pull requests

    def get_pull(self, call: Call) -> Answer:
        repository = self._repository(call)
        return Answer(body=self._answers.pull(repository, self._pull(repository, call.names["pull_number"])))

    def get_issue(self, call: Call) -> Answer:
        repository = self._repository(call)
        return Answer(body=self._answers.issue(repository, self._pull(repository, call.names["issue_number"])))

    def list_pulls(self, call: Call) -> Answer:
        repository = self._repository(call)
        state = call.query.get("state", "open")
        pulls = [pull for pull in repository.pulls.values() if state in (pull.state, "all")]
        found = [pull for pull in pulls if call.query.get("head", "").split(":")[-1] in ("", pull.head_ref)]
        page = [self._answers.pull(repository, pull, "pull-request-simple") for pull in reversed(found)]
        return self._paged(call, page)

    def create_pull(self, call: Call) -> Answer:
        repository = self._repository(call)
        self._need(call, repository, "pull_requests")
        head, base = call.body["head"].split(":")[-1], call.body["base"]
        for branch in (head, base):
            if branch not in repository.branches:
                raise RefusedError(422, f"Validation Failed: branch {branch} does not exist")
        if any(pull.head_ref == head and pull.state == "open" for pull in repository.pulls.values()):
            raise RefusedError(422, f"A pull request already exists for {repository.owner}:{head}.")
        title, body = call.body.get("title", head), call.body.get("body")
        pull = self.open_pull(repository, call.caller.login, head=head, base=base, title=title, body=body)
        event = self.pull_event(repository, pull, "opened", call.caller)
        return Answer(status=201, body=self._answers.pull(repository, pull), events=[event])

    def open_pull(
        self, repository: Repository, author: str, *, head: str, base: str, title: str, body: str | None = None
    ) -> Pull:
        """Store a new pull request between two branches that exist."""
        number = max(repository.pulls, default=0) + 1
        at = now()
        pull = Pull(
            id=self._store.new_id(),
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

    def pull_event(self, repository: Repository, pull: Pull, action: str, sender: Identity, **members: Json) -> Event:
        """What webhooks hear about a pull request."""
        shape = self._answers.pull(repository, pull, "pull-request-webhook")
        payload = {"number": pull.number, "pull_request": shape, **members}
        return Event(name="pull_request", action=action, repository=repository, sender=sender, payload=payload)

    # comments

    def list_comments(self, call: Call) -> Answer:
        repository = self._repository(call)
        pull = self._pull(repository, call.names["issue_number"])
        comments = [comment for comment in repository.comments.values() if comment.number == pull.number]
        return self._paged(call, [self._answers.comment(repository, comment) for comment in comments])

    def get_comment(self, call: Call) -> Answer:
        repository = self._repository(call)
        return Answer(body=self._answers.comment(repository, self._comment(repository, call)))

    def create_comment(self, call: Call) -> Answer:
        repository = self._repository(call)
        pull = self._pull(repository, call.names["issue_number"])
        if not call.caller.may_write("issues", "pull_requests") or not self._reaches(call, repository):
            raise RefusedError(403, "Resource not accessible by integration")
        at = now()
        comment = Comment(
            id=self._store.new_id(),
            number=pull.number,
            author=call.caller.login,
            kind=call.caller.kind,
            body=_comment_body(call),
            created=at,
            updated=at,
        )
        repository.comments[comment.id] = comment
        event = self.comment_event(repository, comment, "created", call.caller)
        return Answer(status=201, body=self._answers.comment(repository, comment), events=[event])

    def update_comment(self, call: Call) -> Answer:
        repository = self._repository(call)
        comment = self._comment(repository, call)
        self._need_own(call, repository, comment)
        before, comment.body = comment.body, _comment_body(call)
        comment.updated = now()
        comment.edits += 1
        changes = {"body": {"from": before}}
        event = self.comment_event(repository, comment, "edited", call.caller, changes=changes)
        return Answer(body=self._answers.comment(repository, comment), events=[event])

    def delete_comment(self, call: Call) -> Answer:
        repository = self._repository(call)
        comment = self._comment(repository, call)
        self._need_own(call, repository, comment)
        del repository.comments[comment.id]
        event = self.comment_event(repository, comment, "deleted", call.caller)
        return Answer(status=204, events=[event])

    def react(self, call: Call) -> Answer:
        repository = self._repository(call)
        comment = self._comment(repository, call)
        if not call.caller.may_write("issues", "pull_requests") or not self._reaches(call, repository):
            raise RefusedError(403, "Resource not accessible by integration")
        reaction = (call.caller.login, call.body["content"])
        status = 200 if reaction in comment.reactions else 201
        if status == 201:
            comment.reactions.append(reaction)
        known = {"id": comment.id, "content": call.body["content"], "user": self._answers.user(call.caller.login)}
        return Answer(status=status, body=self._answers.plain("reaction", known))

    def comment_event(
        self, repository: Repository, comment: Comment, action: str, sender: Identity, **members: Json
    ) -> Event:
        """What webhooks hear about a comment."""
        issue = self._answers.issue(repository, repository.pulls[comment.number])
        payload = {"issue": issue, "comment": self._answers.comment(repository, comment), **members}
        return Event(name="issue_comment", action=action, repository=repository, sender=sender, payload=payload)

    # check runs

    def create_check_run(self, call: Call) -> Answer:
        repository = self._repository(call)
        self._need_checks(call, repository)
        if call.body["head_sha"] not in repository.commits:
            raise RefusedError(422, f"No commit found for SHA: {call.body['head_sha']}")
        app = call.caller.app or ""
        run = CheckRun(id=self._store.new_id(), app=app, name=call.body["name"], head_sha=call.body["head_sha"])
        _write(run, call.body)
        repository.check_runs[run.id] = run
        actions = ["created", "completed"] if run.status == "completed" else ["created"]
        events = [self._check_event(repository, run, action, call.caller) for action in actions]
        return Answer(status=201, body=self._answers.check_run(repository, run), events=events)

    def update_check_run(self, call: Call) -> Answer:
        repository = self._repository(call)
        self._need_checks(call, repository)
        run = self._check_run(repository, call)
        if run.app != call.caller.app:
            raise RefusedError(
                403, "Invalid app_id - check run can only be modified by the GitHub App that created it."
            )
        was = run.status
        _write(run, call.body)
        ended = run.status == "completed" and was != "completed"
        events = [self._check_event(repository, run, "completed", call.caller)] if ended else []
        return Answer(body=self._answers.check_run(repository, run), events=events)

    def get_check_run(self, call: Call) -> Answer:
        repository = self._repository(call)
        return Answer(body=self._answers.check_run(repository, self._check_run(repository, call)))

    def list_annotations(self, call: Call) -> Answer:
        repository = self._repository(call)
        run = self._check_run(repository, call)
        return self._paged(call, [self._answers.annotation(repository, run, one) for one in run.annotations])

    def list_check_runs(self, call: Call) -> Answer:
        repository = self._repository(call)
        sha = repository.branches.get(call.names["ref"], call.names["ref"])
        if sha not in repository.commits:
            raise RefusedError(422, f"No commit found for SHA: {sha}")
        wanted = call.query.get("check_name")
        runs = [run for run in repository.check_runs.values() if run.head_sha == sha and wanted in (None, run.name)]
        if call.query.get("filter", "latest") == "latest":
            runs = list({(run.app, run.name): run for run in runs}.values())
        listed = self._paged(call, [self._answers.check_run(repository, run) for run in reversed(runs)])
        return Answer(body={"total_count": len(runs), "check_runs": listed.body}, headers=listed.headers)

    def _check_event(self, repository: Repository, run: CheckRun, action: str, sender: Identity) -> Event:
        payload = {"check_run": self._answers.check_run(repository, run)}
        return Event(name="check_run", action=action, repository=repository, sender=sender, payload=payload)

    # who may, and what there is

    def _repository(self, call: Call) -> Repository:
        found = self._store.repositories.get(f"{call.names['owner']}/{call.names['repo']}".lower())
        if found is None or (found.private and not self._reaches(call, found)):
            raise RefusedError(404, "Not Found")
        return found

    def _reaches(self, call: Call, repository: Repository) -> bool:
        """Whether the caller is at home here: an app installed on it, or a user who may push."""
        if call.caller.app is None:
            return not repository.private or call.caller.login in repository.writers
        here = call.caller.account in (None, repository.owner.lower())
        return here and call.caller.repository in (None, repository.full_name.lower())

    def _need(self, call: Call, repository: Repository, permission: str, access: Access = "write") -> None:
        may = call.caller.may_write(permission) or (access == "read" and permission in call.caller.permissions)
        if not self._reaches(call, repository) or not may:
            raise RefusedError(403, "Resource not accessible by integration")

    def _need_checks(self, call: Call, repository: Repository) -> None:
        if call.caller.app is None:
            raise RefusedError(403, "You must authenticate via a GitHub App.")
        self._need(call, repository, "checks")

    def _need_own(self, call: Call, repository: Repository, comment: Comment) -> None:
        if call.caller.app is not None:
            if not call.caller.may_write("issues", "pull_requests") or not self._reaches(call, repository):
                raise RefusedError(403, "Resource not accessible by integration")
        elif call.caller.login not in {comment.author} | repository.writers:
            raise RefusedError(403, "Must have admin rights to Repository.")

    def _pull(self, repository: Repository, number: str) -> Pull:
        if not number.isdigit() or int(number) not in repository.pulls:
            raise RefusedError(404, "Not Found")
        return repository.pulls[int(number)]

    def _comment(self, repository: Repository, call: Call) -> Comment:
        number = call.names["comment_id"]
        if not number.isdigit() or int(number) not in repository.comments:
            raise RefusedError(404, "Not Found")
        return repository.comments[int(number)]

    def _check_run(self, repository: Repository, call: Call) -> CheckRun:
        number = call.names["check_run_id"]
        if not number.isdigit() or int(number) not in repository.check_runs:
            raise RefusedError(404, "Not Found")
        return repository.check_runs[int(number)]

    def _paged(self, call: Call, items: list[Json]) -> Answer:
        """Cut one page out of a list and point to the others in the Link header, as GitHub does."""
        size = min(int(call.query.get("per_page", "30")), 100)
        page = int(call.query.get("page", "1"))
        last = max(1, -(-len(items) // size))
        others = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        shown = {rel: n for rel, n in others.items() if 1 <= n <= last and n != page}
        links = [
            f'<{self._answers.api}{call.path}?{urlencode({**call.query, "per_page": size, "page": n})}>; rel="{rel}"'
            for rel, n in shown.items()
        ]
        headers = {"Link": ", ".join(links)} if links else {}
        return Answer(body=items[(page - 1) * size : page * size], headers=headers)


def _archive(top: str, files: dict[str, bytes]) -> bytes:
    """A commit's files as GitHub packs them: below one folder named after the commit."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(f"{top}/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return made.getvalue()


def _comment_body(call: Call) -> str:
    body: str = call.body["body"]
    if not body.strip():
        raise RefusedError(422, "Validation Failed: body cannot be blank")
    if len(body) > LONGEST_COMMENT:
        raise RefusedError(422, f"Validation Failed: body is too long (maximum is {LONGEST_COMMENT} characters)")
    return body


def _write(run: CheckRun, body: Json) -> None:
    """Apply a create or update; annotations are added to those already there."""
    output = body.get("output", {})
    annotations = output.get("annotations", [])
    if len(annotations) > ANNOTATIONS_PER_REQUEST:
        raise RefusedError(422, f"Invalid request. No more than {ANNOTATIONS_PER_REQUEST} items are allowed.")
    if body.get("status") == "completed" and "conclusion" not in body and run.conclusion is None:
        raise RefusedError(422, 'Invalid request. "conclusion" wasn\'t supplied.')
    run.name = body.get("name", run.name)
    run.external_id = body.get("external_id", run.external_id)
    run.details_url = body.get("details_url", run.details_url)
    run.status = "completed" if "conclusion" in body else body.get("status", run.status)
    run.conclusion = body.get("conclusion", run.conclusion)
    run.started = _moment(body, "started_at") or run.started or now()
    run.completed = _moment(body, "completed_at") or (now() if run.status == "completed" else None)
    run.title = output.get("title", run.title)
    run.summary = output.get("summary", run.summary)
    run.text = output.get("text", run.text)
    run.annotations += [Annotation(**annotation) for annotation in annotations]


def _moment(body: Json, name: str) -> datetime | None:
    return datetime.fromisoformat(body[name]) if name in body else None
