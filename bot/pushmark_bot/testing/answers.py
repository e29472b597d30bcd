"""The JSON of each thing the fake answers with.

GitHub's objects have dozens of members that nobody here reads. Those come from the description: every
required member gets the plainest value its schema allows, and what the fake knows is laid over it. The
contract then judges the result as it would judge GitHub's.
"""

from datetime import UTC, datetime
from typing import Literal

from pushmark_bot.testing.contract import Contract, Json
from pushmark_bot.testing.store import ACTIONS_APP, Annotation, CheckRun, Comment, Pull, Repository, Store, WorkflowRun

WEB = "https://github.com"
EPOCH = "2024-01-01T00:00:00Z"
ACTIONS_APP_ID = 15368
"""The real id of the app that a workflow's GITHUB_TOKEN speaks for."""


class Answers:
    """Builds answers for one fake at one base address, `api`."""

    def __init__(self, contract: Contract, store: Store, api: str) -> None:
        self._contract = contract
        self._store = store
        self.api = api
        self._plain: dict[str, Json] = {}

    def user(self, login: str, kind: Literal["User", "Bot"] = "User") -> Json:
        """A simple user."""
        own = {"login": login, "id": self._store.account_id(login), "type": kind, "gravatar_id": ""}
        urls = {"url": f"{self.api}/users/{login}", "html_url": f"{WEB}/{login}"}
        return self._fill("simple-user", f"{self.api}/users/{login}", own | urls)

    def account(self, login: str) -> Json:
        """The answer of GET /user."""
        return self._fill("public-user", f"{self.api}/users/{login}", self.user(login))

    def repository(self, repository: Repository, schema: str = "full-repository") -> Json:
        """A repository; webhooks want theirs in the shape `repository-webhooks`."""
        url = self.repository_url(repository)
        known = {
            "id": repository.id,
            "name": repository.name,
            "full_name": repository.full_name,
            "owner": self.user(repository.owner),
            "private": repository.private,
            "html_url": f"{WEB}/{repository.full_name}",
            "url": url,
            "default_branch": repository.default_branch,
            "created_at": stamp(repository.created),
            "updated_at": stamp(repository.created),
            "pushed_at": stamp(repository.pushed or repository.created),
            "archived": repository.archived,
            "is_template": repository.is_template,
        }
        template = self._store.repositories.get(repository.template.lower())
        if template is not None and schema == "full-repository":
            known["template_repository"] = self._fill(
                "repository",
                self.repository_url(template),
                {
                    "id": template.id,
                    "name": template.name,
                    "full_name": template.full_name,
                    "owner": self.user(template.owner),
                },
            )
        return self._fill(schema, url, known)

    def repository_url(self, repository: Repository) -> str:
        """The address of a repository in the API."""
        return f"{self.api}/repos/{repository.full_name}"

    def pull(self, repository: Repository, pull: Pull, schema: str = "pull-request") -> Json:
        """A pull request; lists want theirs in the shape `pull-request-simple`."""
        url = f"{self.repository_url(repository)}/pulls/{pull.number}"
        issue = f"{self.repository_url(repository)}/issues/{pull.number}"
        page = f"{WEB}/{repository.full_name}/pull/{pull.number}"
        comments = sum(comment.number == pull.number for comment in repository.comments.values())
        shown = pull.head_sha if schema == "pull-request-webhook" else pull.old_sha or pull.head_sha
        known = {
            "id": pull.id,
            "number": pull.number,
            "state": pull.state,
            "draft": pull.draft,
            "title": pull.title,
            "body": pull.body,
            "user": self.user(pull.author),
            "url": url,
            "html_url": page,
            "issue_url": issue,
            "comments_url": f"{issue}/comments",
            "created_at": stamp(pull.created),
            "updated_at": stamp(pull.updated),
            "head": self._branch(repository, pull.head_ref, shown),
            "base": self._branch(repository, pull.base_ref, pull.base_sha),
            "author_association": "OWNER",
            "_links": {name: {"href": url} for name in LINKS},
        }
        if schema != "pull-request-simple":
            known |= {"comments": comments, "commits": 1, "changed_files": 1, "mergeable_state": "clean"}
            known |= {"merged": pull.merged}
        return self._fill(schema, url, known)

    def issue(self, repository: Repository, pull: Pull, schema: str = "issue") -> Json:
        """The same pull request as GET /issues/N answers it."""
        url = f"{self.repository_url(repository)}/issues/{pull.number}"
        page = f"{WEB}/{repository.full_name}/pull/{pull.number}"
        known = {
            "id": pull.id,
            "number": pull.number,
            "state": pull.state,
            "title": pull.title,
            "body": pull.body or "",
            "user": self.user(pull.author),
            "url": url,
            "html_url": page,
            "comments_url": f"{url}/comments",
            "repository_url": self.repository_url(repository),
            "comments": sum(comment.number == pull.number for comment in repository.comments.values()),
            "created_at": stamp(pull.created),
            "updated_at": stamp(pull.updated),
            "author_association": "OWNER",
            "pull_request": {
                "url": f"{self.repository_url(repository)}/pulls/{pull.number}",
                "html_url": page,
                "diff_url": f"{page}.diff",
                "patch_url": f"{page}.patch",
            },
        }
        return self._fill(schema, url, known)

    def workflow_run(self, repository: Repository, run: WorkflowRun) -> Json:
        """A run of a workflow."""
        url = f"{self.repository_url(repository)}/actions/runs/{run.id}"
        known = {
            "id": run.id,
            "run_number": run.number,
            "run_attempt": run.attempt,
            "display_title": run.title,
            "event": run.event,
            "status": run.status,
            "conclusion": run.conclusion,
            "head_branch": run.branch,
            "head_sha": run.sha,
            "path": f".github/workflows/{run.workflow}",
            "url": url,
            "html_url": f"{WEB}/{repository.full_name}/actions/runs/{run.id}",
            "created_at": stamp(run.created),
            "updated_at": stamp(run.created),
            "repository": self.repository(repository, "minimal-repository"),
            "head_repository": self.repository(repository, "minimal-repository"),
            "head_commit": None,
            "pull_requests": [],
        }
        return self._fill("workflow-run", url, known)

    def artifact(self, repository: Repository, number: int, name: str, size: int) -> Json:
        """What a run kept."""
        url = f"{self.repository_url(repository)}/actions/artifacts/{number}"
        known = {
            "id": number,
            "name": name,
            "size_in_bytes": size,
            "url": url,
            "archive_download_url": f"{url}/zip",
            "expired": False,
        }
        return self._fill("artifact", url, known)

    def comment(self, repository: Repository, comment: Comment) -> Json:
        """A comment of an issue or pull request."""
        url = f"{self.repository_url(repository)}/issues/comments/{comment.id}"
        known = {
            "id": comment.id,
            "url": url,
            "html_url": f"{WEB}/{repository.full_name}/pull/{comment.number}#issuecomment-{comment.id}",
            "issue_url": f"{self.repository_url(repository)}/issues/{comment.number}",
            "user": self.user(comment.author, comment.kind),
            "body": comment.body,
            "created_at": stamp(comment.created),
            "updated_at": stamp(comment.updated),
            "author_association": "CONTRIBUTOR" if comment.kind == "User" else "NONE",
            "performed_via_github_app": None,
        }
        return self._fill("issue-comment", url, known)

    def check_run(self, repository: Repository, run: CheckRun) -> Json:
        """A check run with its output counted, not listed."""
        url = f"{self.repository_url(repository)}/check-runs/{run.id}"
        known = {
            "id": run.id,
            "name": run.name,
            "head_sha": run.head_sha,
            "external_id": run.external_id,
            "status": run.status,
            "conclusion": run.conclusion,
            "url": url,
            "html_url": f"{WEB}/{repository.full_name}/runs/{run.id}",
            "details_url": run.details_url or f"{WEB}/apps/{run.app}",
            "started_at": stamp(run.started) if run.started else None,
            "completed_at": stamp(run.completed) if run.completed else None,
            "output": {
                "title": run.title,
                "summary": run.summary,
                "text": run.text,
                "annotations_count": len(run.annotations),
                "annotations_url": f"{url}/annotations",
            },
            "check_suite": {"id": run.id},
            "app": self.app(run.app),
        }
        return self._fill("check-run", url, known)

    def app(self, slug: str) -> Json:
        """A GitHub App."""
        number = ACTIONS_APP_ID if slug == ACTIONS_APP else self._store.account_id(f"{slug}[bot]")
        known = {"id": number, "slug": slug, "name": slug, "owner": self.user("github")}
        return self._fill("integration", f"{self.api}/apps/{slug}", known | {"html_url": f"{WEB}/apps/{slug}"})

    def annotation(self, repository: Repository, run: CheckRun, annotation: Annotation) -> Json:
        """One annotation of a check run."""
        page = f"{WEB}/{repository.full_name}/blob/{run.head_sha}/{annotation.path}"
        return self._fill("check-annotation", page, {**vars(annotation), "blob_href": page})

    def event(self, name: str, known: Json) -> Json:
        """The payload of a webhook such as `check-run-created`."""
        key = f"webhook {name}"
        if key not in self._plain:
            self._plain[key] = self._plainest(self._contract.webhook_schema(name), HERE, "", present=True)
        return _laid_over(_at(self._plain[key], self.api), known)

    def plain(self, schema: str, known: Json) -> Json:
        """Any other named shape, with what is known laid over it."""
        return self._fill(schema, self.api, known)

    def _branch(self, repository: Repository, ref: str, sha: str) -> Json:
        url = self.repository_url(repository)
        repo = self._fill("repository", url, self.repository(repository))
        label = f"{repository.owner}:{ref}"
        return {"label": label, "ref": ref, "sha": sha, "user": self.user(repository.owner), "repo": repo}

    def _fill(self, schema: str, url: str, known: Json) -> Json:
        if schema not in self._plain:
            self._plain[schema] = self._plainest(self._contract.schema(schema), HERE, "", present=True)
        return _laid_over(_at(self._plain[schema], url), known)

    def _plainest(self, schema: Json, url: str, name: str, present: bool = False) -> Json:
        """Return the simplest value that a schema allows: null where it may be, unless it must be `present`."""
        if "$ref" in schema:
            return self._plainest(self._contract.schema(schema["$ref"].rsplit("/", 1)[1]), url, name, present)
        if "allOf" in schema:
            parts = [self._plainest(part, url, name, present=True) for part in schema["allOf"]]
            return {key: value for part in parts for key, value in part.items()}
        options = schema.get("anyOf") or schema.get("oneOf")
        if options:
            schema = {"type": "null"} if {"type": "null"} in options and not present else options[0]
            return self._plainest(schema, url, name, present)
        kind = schema.get("type", "object")
        if isinstance(kind, list):
            kind = kind[0] if present else "null"
        if kind == "object":
            members = schema.get("properties", {})
            return {key: self._plainest(members.get(key, {}), url, key) for key in schema.get("required", [])}
        return _plain_value(kind, schema, url, name)


HERE = "\0"
"""Stands for the address of a thing, until it is known."""
LINKS = ("self", "html", "issue", "comments", "review_comments", "review_comment", "commits", "statuses")


def stamp(moment: datetime) -> str:
    """A time as GitHub writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain_value(kind: str, schema: Json, url: str, name: str) -> Json:
    if kind != "string" or "enum" in schema:
        nothing = {"integer": 0, "number": 0, "boolean": False, "array": [], "null": None}
        return nothing[kind] if kind != "string" else schema["enum"][0]
    if schema.get("format") == "date-time" or name.endswith("_at"):
        return EPOCH
    return f"{url}/{name.removesuffix('_url')}" if name.endswith("_url") else ""


def _at(plain: Json, url: str) -> Json:
    """A copy of a plain thing that lives at this address."""
    if isinstance(plain, dict):
        return {key: _at(value, url) for key, value in plain.items()}
    if isinstance(plain, list):
        return [_at(item, url) for item in plain]
    return url + plain[1:] if isinstance(plain, str) and plain.startswith(HERE) else plain


def _laid_over(plain: Json, known: Json) -> Json:
    if isinstance(plain, dict) and isinstance(known, dict):
        return plain | {key: _laid_over(plain.get(key), value) for key, value in known.items()}
    return known
