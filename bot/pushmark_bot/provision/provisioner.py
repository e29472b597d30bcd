"""Makes a learner's repository, step by step; what the learner sees of it is a repository that is ready to work in.

Each step is written down when it is done. What may have happened before it could be written down is looked for before
it is asked for again, so that stopped anywhere, and begun again by anybody, it goes on and makes nothing twice.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

import msgspec
from msgspec.structs import replace
from pushmark_graders.errors import PushmarkError
from sqlalchemy import update

from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Provision
from pushmark_bot.github import GitHubError
from pushmark_bot.github.organisation import GitCommit, Organisation, RepositoryInfo, Ruleset, Writing
from pushmark_bot.provision import rows
from pushmark_bot.provision.names import BASE, TITLE, feedback_body, repository_name
from pushmark_bot.provision.rows import DONE, Job, Stuck

NEXT = {"account": "repository", "repository": "ready", "ready": "base", "base": "access", "access": "rules"}
WORDS = {
    "account": "Looking for the GitHub account",
    "repository": "Making the repository",
    "ready": "Waiting for GitHub to fill it",
    "base": "Keeping a copy of how it began",
    "access": "Letting you in, and opening the pull request",
    "rules": "Protecting it",
    DONE: "Ready",
}
"""What is done at each step, in order."""
WRITES = {"repository": 1, "base": 3, "access": 2}
"""How many writes a step sends at most."""
ONLY_LOOKS = frozenset({"account", "ready"})
"""What these find is written down with the next step."""
EMPTY_FOR = timedelta(minutes=10)
"""After so long, a repository that is still empty is made again."""
MOST_TIMES = 3
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=15), timedelta(hours=1)
PROTECTED = (".github/**/*",)
"""Learners may not change workflows, where the plan can keep them from it."""
NOT_THERE, UNPROCESSABLE = 404, 422
FOR_GOOD = frozenset({401, 403, NOT_THERE, 410, UNPROCESSABLE})
"""With these, GitHub will say the same next time."""

State = Literal["done", "paced", "wait", "trouble", "stuck"]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How it went with one learner. `paced`: no more writes may be sent for so many `seconds`; `wait`: come again after
    them, others may go on; `stuck`: a person has to do something first. `again`: GitHub may say something else soon."""

    state: State
    again: bool = False
    seconds: float = 0.0
    what: str = ""
    next_step: str = ""


class Later(Exception):
    """The step cannot be done yet."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"in {seconds:.0f} s")
        self.seconds = seconds


class _Paced(Later):
    """No writes are left for now."""


class Takes(Protocol):
    """The budget of writes."""

    def take(self, installation: int, number: int = 1) -> float:
        """Reserve writes; returns 0 when they may be sent now, or after how many seconds to ask again."""

    def refused(self, installation: int, seconds: float) -> None:
        """GitHub asked to wait."""


class Provisioner:
    """What making repositories needs. `app` is the app's own id, which no rule binds."""

    def __init__(
        self,
        *,
        database: Database,
        github: Callable[[int], Organisation],
        writes: Takes,
        app: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._github = github
        self._writes = writes
        self._app = app
        self._clock = clock
        self._without: dict[tuple[str, str], str] = {}

    def check(self, installation: int, template: str) -> None:
        """Raises PushmarkError unless the app is there, and this is a template that it can see."""
        found = self._github(installation).repository(template)
        if not found.is_template:
            raise PushmarkError(
                f"{template} is no template repository", "tick `Template repository` in its settings on GitHub"
            )

    def advance(self, number: int) -> Outcome:
        """Do all that can be done now for one learner."""
        with self._database.session() as session:
            job = rows.claim(session, number, self._clock())
        if job is None:
            return Outcome(state="wait", seconds=rows.HOLD.total_seconds() / 3, what="another worker is at it")
        try:
            return self._advance(job)
        except BaseException:
            with self._database.session() as session:
                kept = session.get_one(Provision, number)
                kept.held_until = None  # `tried` stays: what was begun may have happened
            raise

    def _advance(self, job: Job) -> Outcome:
        try:
            while job.step != DONE:
                job = self._step(job)
        except Later as later:
            return self._put_off(job, "paced" if isinstance(later, _Paced) else "wait", later.seconds)
        except GitHubError as trouble:
            if trouble.wait > 0 and job.installation is not None:
                self._writes.refused(job.installation, trouble.wait)
                return self._put_off(job, "paced", trouble.wait)
            return self._note(job, trouble, stuck=False)
        except Stuck as trouble:
            return self._note(job, trouble, stuck=True)
        return Outcome(state="done")

    def _step(self, job: Job) -> Job:
        if job.installation is None:
            raise Stuck(f"course {job.course} has no installation", "install the app on the organisation")
        wait = self._writes.take(job.installation, cost) if (cost := self._cost(job)) else 0.0
        if wait > 0:
            raise _Paced(wait)
        after = _STEPS[job.step](self, job, self._github(job.installation))
        after = replace(after, step=NEXT.get(job.step, DONE)) if after.step == job.step else after
        if job.step in ONLY_LOOKS and after.step == NEXT[job.step]:
            return after
        with self._database.session() as session:
            rows.keep(session, after, self._clock())
            if after.step == DONE:
                rows.finish(session, after, pushed_already=not after.head_sha, at=self._clock())
        return replace(after, looks=False)

    def _cost(self, job: Job) -> int:
        if job.step == "rules":
            return sum((job.organisation, kind) not in self._without for kind in ("branches", "paths"))
        return WRITES.get(job.step, 0)

    # the steps

    def _account(self, job: Job, github: Organisation) -> Job:
        if not job.login:
            raise Stuck(
                f"{job.identifier} has no GitHub account yet",
                "send them their invite (course invite), or put their login into the roster",
            )
        if job.github_id is not None:
            return job
        found = github.account(job.login)
        if found is None:
            raise Stuck(
                f"{job.identifier}: GitHub knows no @{job.login}",
                "correct the login in the roster, import it again, and run this again",
            )
        with self._database.reading() as session:
            other = rows.who_has(session, job, found.id)
        if other:
            raise Stuck(f"{job.identifier}: @{job.login} is {other}'s account", "correct the login in the roster")
        return replace(job, github_id=found.id)

    def _repository(self, job: Job, github: Organisation) -> Job:
        name = job.repository or repository_name(job.organisation, job.course, job.lab, job.login)
        made = self._look(name, github) if job.looks else None
        found = made is not None
        if made is None:
            try:
                made = github.generate(job.template, name, description=f"{job.lab}, for {job.course}")
            except GitHubError as refused:
                made, found = (self._look(name, github) if refused.status == UNPROCESSABLE else None), True
                if made is None:
                    raise
        if found and not made.made_from(job.template):
            raise Stuck(
                f"{name} is there already, and not made from {job.template}",
                "rename or delete it, or say whose it is with `course link`",
            )
        return replace(
            job,
            repository=made.full_name,
            repository_id=made.id,
            branch=made.default_branch,
            made=self._clock().replace(microsecond=0),
        )

    def _look(self, name: str, github: Organisation) -> RepositoryInfo | None:
        try:
            return github.repository(name)
        except GitHubError as refused:
            if refused.status == NOT_THERE:
                return None
            raise

    def _ready(self, job: Job, github: Organisation) -> Job:
        """GitHub fills a repository some time after it made it; nobody is let in before."""
        sha = github.branch(job.repository, job.branch)
        age = self._clock() - (job.made or self._clock())
        if sha == "" and age > EMPTY_FOR:
            return self._make_again(job, github)
        if sha is None and self._look(job.repository, github) is None:
            return replace(job, step="repository", repository_id=None)
        if not sha:
            raise Later(min(max(2.0, age.total_seconds() / 2), 60.0))
        first = github.commit(job.repository, sha)
        if first.parents:
            first = self._first(job, github, first.parents[0])
        return replace(job, first_sha=first.sha, starter_tree=first.tree)

    def _first(self, job: Job, github: Organisation, sha: str) -> GitCommit:
        """Somebody has pushed to it already: the base is where the frozen branch is, or the very first commit."""
        frozen = github.branch(job.repository, BASE)
        found = github.commit(job.repository, frozen or sha)
        while not frozen and found.parents:
            found = github.commit(job.repository, found.parents[0])
        return found

    def _make_again(self, job: Job, github: Organisation) -> Job:
        """Delete a repository that stayed empty. It has no commit of anybody: GitHub was asked twice."""
        if job.made_again >= MOST_TIMES:
            raise GitHubError(f"GitHub leaves {job.repository} empty.", "see https://www.githubstatus.com")
        there = github.repository(job.repository)
        if there.id != job.repository_id or github.branch(job.repository, job.branch) != "":
            raise Later(2.0)
        with self._database.session() as session:
            won = session.execute(
                update(Provision)
                .where(Provision.id == job.number, Provision.made_again == job.made_again)
                .values(made=self._clock(), made_again=job.made_again + 1)
                .returning(Provision.id)
            ).one_or_none()
        if won is None:
            raise Later(2.0)
        github.delete_repository(job.repository)
        return replace(job, step="repository", repository_id=None, made=None, made_again=job.made_again + 1)

    def _base(self, job: Job, github: Organisation) -> Job:
        """Freeze the first commit, and put an empty one on top: without any, there is no pull request."""
        github.make_branch(job.repository, BASE, job.first_sha)
        empty = Writing(
            tree=job.starter_tree,
            parents=[job.first_sha],
            message="Begin\n\nThe Feedback pull request shows all that comes after the first commit.",
            author="pushmark",
            email="pushmark@users.noreply.github.com",
            moment=job.made or self._clock(),
        )
        sha = github.make_commit(job.repository, empty)
        moved = github.move_branch(job.repository, job.branch, sha)
        return replace(job, head_sha=sha if moved else "")

    def _access(self, job: Job, github: Organisation) -> Job:
        github.let_push(job.repository, job.login)
        there = github.pull_between(job.repository, head=job.branch, base=BASE) if job.looks else None
        there = there or github.open_pull(
            job.repository, title=TITLE, head=job.branch, base=BASE, body=feedback_body(job.lab)
        )
        return replace(job, pull=there.number, head_sha=job.head_sha if there.head_sha == job.head_sha else "")

    def _rules(self, job: Job, github: Organisation) -> Job:
        """Protect what the plan can protect; what it cannot is noted."""
        wanted = {
            "branches": Ruleset(name="Pushmark: the base stays as it is", branches=[BASE]),
            "paths": Ruleset(name="Pushmark: workflows stay as they are", paths=PROTECTED, app=self._app),
        }
        notes = []
        for kind, rules in wanted.items():
            key = (job.organisation, kind)
            if key not in self._without:
                try:
                    github.protect(job.repository, rules)
                    continue
                except GitHubError as refused:
                    if refused.wait or refused.status not in FOR_GOOD:
                        raise
                    self._without[key] = f"{kind} are not protected: {refused.what}"
            notes.append(self._without[key])
        return replace(job, notes="; ".join(notes)[:500])

    # what becomes of it

    def _put_off(self, job: Job, state: State, seconds: float) -> Outcome:
        with self._database.session() as session:
            rows.let_go(session, job.number, retry=self._clock() + timedelta(seconds=seconds))
        return Outcome(state=state, seconds=seconds)

    def _note(self, job: Job, trouble: PushmarkError, *, stuck: bool) -> Outcome:
        again = not stuck and not (isinstance(trouble, GitHubError) and trouble.status in FOR_GOOD)
        pause = min(FIRST_RETRY * 2 ** min(job.failures, 20), LONGEST_RETRY) if again else LONGEST_RETRY
        with self._database.session() as session:
            retry = None if stuck else self._clock() + pause
            rows.let_go(session, job.number, retry=retry, trouble=str(trouble), stuck=stuck)
        return Outcome(
            state="stuck" if stuck else "trouble",
            again=again,
            seconds=pause.total_seconds(),
            what=trouble.what,
            next_step=trouble.next_step,
        )


_STEPS: dict[str, Callable[[Provisioner, Job, Organisation], Job]] = {
    "account": Provisioner._account,
    "repository": Provisioner._repository,
    "ready": Provisioner._ready,
    "base": Provisioner._base,
    "access": Provisioner._access,
    "rules": Provisioner._rules,
}
