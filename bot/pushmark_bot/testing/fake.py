"""A GitHub to test against: `FakeGitHub` keeps repositories in memory and answers on a local port.

    with FakeGitHub() as github:
        github.seed_repo("ada/gatecast")
        number = github.seed_pull("ada/gatecast", head_sha="a" * 40)
        ...  # run a bot with GITHUB_API_URL=github.url and GITHUB_TOKEN=github.actions_token("ada/gatecast")
        print(github.comments("ada/gatecast", number)[0].body)

Every request, answer and webhook is judged by GitHub's own API description. Leaving the `with` block
raises `ContractError` when anything differed.
"""

import hashlib
import io
import secrets
import threading
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from pushmark_bot.testing import contract
from pushmark_bot.testing.answers import Answers
from pushmark_bot.testing.apps import App, AppHook, make_app
from pushmark_bot.testing.faults import Fault
from pushmark_bot.testing.issuer import Issuer
from pushmark_bot.testing.objects import Commit
from pushmark_bot.testing.operations import Operations
from pushmark_bot.testing.pace import WritePace
from pushmark_bot.testing.server import Desk, Exchange, Server
from pushmark_bot.testing.store import (
    ACTIONS_APP,
    Access,
    CheckRun,
    Comment,
    Identity,
    Repository,
    Store,
    WorkflowRun,
    now,
)
from pushmark_bot.testing.webhooks import Delivery, Hook, Network, Webhooks

APP_PERMISSIONS: dict[str, Access] = {
    "metadata": "read",
    "contents": "read",
    "issues": "write",
    "pull_requests": "write",
    "checks": "write",
}
BOT_PERMISSIONS: dict[str, Access] = {"issues": "write", "pull_requests": "write", "checks": "write"}


class ContractError(AssertionError):
    """Something was sent or answered that GitHub's description does not have."""


class FakeGitHub:
    """A stateful GitHub on 127.0.0.1; see the module for how to use it."""

    def __init__(self) -> None:
        self._server = Server()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.violations: list[str] = []
        self._store = Store()
        rules = contract.load()
        answers = Answers(rules, self._store, self.url)
        self._webhooks = Webhooks(rules, answers, self.violations)
        self._operations = Operations(self._store, answers, self._webhooks)
        self._desk = Desk(rules, self._store, self._operations, self._webhooks, self.violations)
        self._server.desk = self._desk
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if error is None:
            self.assert_valid()

    def start(self) -> None:
        """Begin to answer."""
        self._webhooks.start()
        self._thread.start()

    def stop(self) -> None:
        """Deliver the last webhooks and stop answering."""
        self._webhooks.stop()
        self._server.stop()
        self._thread.join()

    def assert_valid(self) -> None:
        """Raise `ContractError` when a request, an answer or a webhook was not as GitHub describes it."""
        if self.violations:
            raise ContractError("\n".join(self.violations))

    # what there is

    def seed_repo(self, full_name: str, *, private: bool = False) -> Repository:
        """Make a repository with a default branch of one commit; its owner may write."""
        owner, name = full_name.split("/")
        first = hashlib.sha1(f"{full_name} first commit".encode(), usedforsecurity=False).hexdigest()
        with self._desk.lock:
            repository = Repository(
                id=self._store.new_id(),
                owner=owner,
                name=name,
                private=private,
                default_branch="main",
                created=now(),
                writers={owner},
                branches={"main": first},
                commits={first},
            )
            self._store.repositories[full_name.lower()] = repository
        return repository

    def delete_repo(self, full_name: str) -> None:
        """Let a repository be gone, with all that is in it."""
        with self._desk.lock:
            del self._store.repositories[full_name.lower()]

    def seed_pull(
        self,
        repo: str,
        *,
        head_sha: str,
        branch: str = "work",
        title: str = "My work",
        author: str = "",
        base: str = "main",
    ) -> int:
        """Open a pull request, by the repository's owner if no author is named, and return its number."""
        with self._desk.lock:
            repository = self._store.repository(repo)
            repository.branches[branch] = head_sha
            repository.branches.setdefault(base, repository.branches["main"])
            repository.commits.add(head_sha)
            who = Identity(login=author or repository.owner)
            pull = self._operations.pulls.open_pull(repository, who.login, head=branch, base=base, title=title)
            self._webhooks.tell(self._operations.pulls.pull_event(repository, pull, "opened", who))
            return pull.number

    def seed_commit(self, repo: str, files: dict[str, bytes]) -> str:
        """Make a commit of these files and return its id, which depends on them alone."""
        said = b"".join(name.encode() + b"\0" + content for name, content in sorted(files.items()))
        sha = hashlib.sha1(said, usedforsecurity=False).hexdigest()
        with self._desk.lock:
            repository = self._store.repository(repo)
            repository.commits.add(sha)
            repository.trees[sha] = dict(files)
            if sha not in self._store.objects.commits:
                tree = self._store.objects.add_files(files)
                made = Commit(tree=tree, parents=(), message="A commit", author=repository.owner, moment=now())
                self._store.objects.commits[sha] = made
            repository.objects |= self._store.objects.shas(self._store.objects.commits[sha].tree)
        return sha

    def seed_user(self, login: str) -> int:
        """Let somebody have an account; returns its id."""
        with self._desk.lock:
            self._store.users.add(login.lower())
            return self._store.account_id(login)

    def seed_template(self, full_name: str, files: dict[str, bytes]) -> None:
        """Make a template repository of these files."""
        repository = self.seed_repo(full_name, private=True)
        repository.is_template = True
        with self._desk.lock:
            repository.branches.clear()
        self.push(full_name, files, login=repository.owner)

    def push(self, repo: str, files: dict[str, bytes], *, login: str, branch: str = "main") -> str:
        """Let somebody push a commit with exactly these files on top of a branch; webhooks hear of it."""
        with self._desk.lock:
            repository, objects = self._store.repository(repo), self._store.objects
            tree = objects.add_files(files)
            parents = tuple(filter(None, [repository.branches.get(branch)]))
            moment = self._store.clock()
            sha = objects.add_commit(Commit(tree=tree, parents=parents, message="Work", author=login, moment=moment))
            repository.trees[sha] = dict(files)
            repository.objects |= objects.shas(tree)
            for event in self._operations.pulls.branch_moved(repository, branch, sha, Identity(login=login)):
                self._webhooks.tell(event)
            return sha

    def merge_pull(self, repo: str, number: int, *, login: str) -> str:
        """Let somebody merge a pull request whose base has not moved since it was made."""
        with self._desk.lock:
            repository, objects = self._store.repository(repo), self._store.objects
            pull = repository.pulls[number]
            base = repository.branches[pull.base_ref]
            if not objects.reaches(pull.head_sha, base):
                raise ValueError(f"{pull.base_ref} has moved since")
            tree = objects.commits[pull.head_sha].tree
            parents = (base, pull.head_sha)
            made = Commit(tree=tree, parents=parents, message=f"Merge #{number}", author=login, moment=now())
            sha = objects.add_commit(made)
            repository.trees[sha] = objects.content(tree)
            pull.state, pull.merged = "closed", True
            for event in self._operations.pulls.branch_moved(repository, pull.base_ref, sha, Identity(login=login)):
                self._webhooks.tell(event)
            return sha

    def set_head(self, repo: str, number: int, sha: str, *, lagging: bool = False) -> None:
        """Push a commit to the pull request's branch. Webhooks hear of it at once; a `lagging` API shows the old head
        until it has caught up."""
        with self._desk.lock:
            repository = self._store.repository(repo)
            pull = repository.pulls[number]
            pull.old_sha = (pull.old_sha or pull.head_sha) if lagging else ""
            before, pull.head_sha, pull.updated = pull.head_sha, sha, now()
            repository.branches[pull.head_ref] = sha
            repository.commits.add(sha)
            repository.pushed = self._store.clock()
            author = Identity(login=repository.owner)
            self._webhooks.tell(
                self._operations.pulls.pull_event(repository, pull, "synchronize", author, before=before, after=sha)
            )

    def catch_up(self, repo: str, number: int) -> None:
        """Let the API show the newest head."""
        with self._desk.lock:
            self._store.repository(repo).pulls[number].old_sha = ""

    def seed_comment(self, repo: str, number: int, *, author: str, body: str) -> int:
        """Let a user, or a bot whose login ends in [bot], comment and return the comment's id; webhooks hear of it."""
        with self._desk.lock:
            repository = self._store.repository(repo)
            comment = Comment(
                id=self._store.new_id(),
                number=repository.pulls[number].number,
                author=author,
                kind="Bot" if author.endswith("[bot]") else "User",
                body=body,
                created=now(),
                updated=now(),
            )
            repository.comments[comment.id] = comment
            sender = Identity(login=author)
            self._webhooks.tell(self._operations.comments.comment_event(repository, comment, "created", sender))
            return comment.id

    def delete_comment(self, repo: str, comment_id: int) -> None:
        """Let somebody who may delete a comment."""
        with self._desk.lock:
            del self._store.repository(repo).comments[comment_id]

    # who asks

    def actions_token(self, repo: str, permissions: dict[str, Access] | None = None) -> str:
        """Return a token such as a workflow's GITHUB_TOKEN: it comments as github-actions[bot]."""
        return self.app_token(ACTIONS_APP, repo, permissions)

    def app_token(self, slug: str, repo: str, permissions: dict[str, Access] | None = None) -> str:
        """Return an installation token of an app, for one repository."""
        allowed = BOT_PERMISSIONS if permissions is None else permissions
        app = Identity(login=f"{slug}[bot]", app=slug, repository=repo.lower(), permissions=allowed)
        return self._new_token("ghs_", app)

    def user_token(self, login: str) -> str:
        """Return a personal token of a user."""
        return self._new_token("ghp_", Identity(login=login))

    def _new_token(self, prefix: str, identity: Identity) -> str:
        token = prefix + secrets.token_hex(18)
        with self._desk.lock:
            self._store.tokens[token] = identity
        return token

    def seed_app(self, slug: str, *, account: str, permissions: dict[str, Access] | None = None) -> tuple[App, int]:
        """Register an app and let an account install it; returns it and the installation's id."""
        with self._desk.lock:
            app = make_app(self._store, slug, APP_PERMISSIONS if permissions is None else permissions)
            installation = self._store.new_id()
            app.installations[installation] = account
            app.owner = account
        return app, installation

    def install(self, slug: str, account: str) -> int:
        """Let an account install an app that is registered; returns the installation's id."""
        with self._desk.lock:
            app = next(one for one in self._store.apps.values() if one.slug == slug)
            installation = self._store.new_id()
            app.installations[installation] = account
        return installation

    def uninstall(self, installation: int) -> None:
        """Let an account remove an app: its tokens there are good no more."""
        with self._desk.lock:
            for app in self._store.apps.values():
                app.installations.pop(installation, None)
            tokens = self._store.tokens
            for token in [token for token, who in tokens.items() if who.installation == installation]:
                del tokens[token]

    def suspend(self, installation: int, *, suspended: bool = True) -> None:
        """Let an account suspend an app, or take that back."""
        with self._desk.lock:
            for app in self._store.apps.values():
                if installation in app.installations:
                    (app.suspended.add if suspended else app.suspended.discard)(installation)

    def job_token(self, audience: str, **claims: str) -> str:
        """The identity token of a job, made for an audience; this GitHub's own address is the issuer."""
        with self._desk.lock:
            return self._desk.issuer.token(self.url, aud=audience, **claims)

    @property
    def issuer(self) -> Issuer:
        """Whoever signs identity tokens here."""
        return self._desk.issuer

    @property
    def keys_asked(self) -> int:
        """How often the issuer's keys were fetched."""
        with self._desk.lock:
            return self._desk.keys_asked

    # workflows: nothing runs here, tests play the runner

    def seed_workflow(self, repo: str, name: str, run_name: str) -> None:
        """Let a repository have a workflow that can be dispatched."""
        with self._desk.lock:
            self._store.repository(repo).workflows[name] = run_name

    def seed_blob(self, repo: str, content: bytes) -> str:
        """Store bytes in a repository, and return their id."""
        with self._desk.lock:
            sha = self._store.objects.add_blob(content)
            self._store.repository(repo).objects.add(sha)
            return sha

    def workflow_runs(self, repo: str) -> list[WorkflowRun]:
        """The runs that were dispatched, oldest first."""
        with self._desk.lock:
            return list(self._store.repository(repo).runs.values())

    def end_run(
        self, repo: str, number: int, conclusion: str, artifacts: Mapping[str, Mapping[str, bytes]] | None = None
    ) -> None:
        """Let a run end, and keep these files by the names of their artifacts."""
        zips = {name: _zip(files) for name, files in (artifacts or {}).items()}
        with self._desk.lock:
            run = self._store.repository(repo).runs[number]
            run.status, run.conclusion = "completed", conclusion
            run.artifacts |= {name: (self._store.new_id(), content) for name, content in zips.items()}

    # what goes wrong

    def set_clock(self, seconds: Callable[[], float]) -> None:
        """Take the time, in seconds since 1970, from elsewhere from now on."""
        self._store.clock = lambda: datetime.fromtimestamp(int(seconds()), UTC)

    def limit_writes(self, *, per_minute: int = 80, per_hour: int = 500) -> None:
        """Keep GitHub's secondary limit on writes from now on, by the clock that was set."""
        self._desk.pace = WritePace(self._store, per_minute=per_minute, per_hour=per_hour)

    def keep_empty(self, *looks: int) -> None:
        """Let the next repositories made from a template stay empty for so many looks each."""
        self._store.empty_looks += looks

    def need_upgrade_for_rulesets(self) -> None:
        """Let the plan be one that has no rulesets for private repositories."""
        self._store.rulesets_need_upgrade = True

    def expect(self, fault: Fault) -> None:
        """Let the next request that matches meet this fault."""
        self._desk.faults.add(fault)

    def forget_faults(self) -> None:
        """Let no fault wait any longer."""
        self._desk.faults.clear()

    @property
    def faults_waiting(self) -> list[Fault]:
        """Faults that no request has met."""
        return self._desk.faults.waiting

    # what happened

    @property
    def log(self) -> list[Exchange]:
        """Every request so far, oldest first."""
        with self._desk.lock:
            return list(self._desk.log)

    @property
    def archive_headers(self) -> list[dict[str, str]]:
        """The headers of each request for an archive, their names in lower case."""
        with self._desk.lock:
            return list(self._desk.archive_headers)

    def forget_log(self) -> None:
        """Begin the request log anew, to count the calls of what comes next."""
        with self._desk.lock:
            self._desk.log.clear()

    @property
    def repositories(self) -> list[Repository]:
        """All repositories, oldest first."""
        with self._desk.lock:
            return list(self._store.repositories.values())

    def repository(self, repo: str) -> Repository:
        """One repository with everything in it."""
        with self._desk.lock:
            return self._store.repository(repo)

    def files(self, repo: str, branch: str = "main") -> dict[str, bytes]:
        """The files on a branch."""
        with self._desk.lock:
            repository = self._store.repository(repo)
            return dict(repository.trees[repository.branches[branch]])

    @property
    def limited(self) -> int:
        """How many writes met the secondary limit."""
        return self._desk.pace.limited if self._desk.pace is not None else 0

    def comments(self, repo: str, number: int) -> list[Comment]:
        """The comments of a pull request, oldest first."""
        with self._desk.lock:
            comments = self._store.repository(repo).comments.values()
            return [comment for comment in comments if comment.number == number]

    def check_runs(self, repo: str, sha: str) -> list[CheckRun]:
        """The check runs at a commit, oldest first."""
        with self._desk.lock:
            return [run for run in self._store.repository(repo).check_runs.values() if run.head_sha == sha]

    # who is told

    def add_webhook(
        self, url: str, *, secret: str, events: set[str] | None = None, repo: str = "", installation: int = 0
    ) -> Hook:
        """Deliver events to this address from now on; an app's carry the id of its `installation`."""
        hook = Hook(
            id=self._store.new_id(),
            url=url,
            secret=secret,
            events=frozenset(events or ()),
            repository=repo.lower(),
            installation=installation,
        )
        self._webhooks.add(hook)
        with self._desk.lock:
            for app in self._store.apps.values():
                if installation in app.installations:
                    app.hook = AppHook(url=url, secret=secret)
        return hook

    @property
    def deliveries(self) -> list[Delivery]:
        """Everything sent to webhooks so far."""
        return list(self._webhooks.deliveries)

    def be_unreliable(self, network: Network) -> None:
        """From now on deliveries are lost, doubled or overtaken as the network says; `Network()` is a good one."""
        self._webhooks.network = network

    def redeliver(self, guid: str) -> None:
        """Send a delivery again under the same id."""
        self._webhooks.redeliver(guid)

    def wait_for_webhooks(self) -> None:
        """Return when every webhook has been sent."""
        self._webhooks.wait()


def _zip(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()
