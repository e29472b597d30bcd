"""Git data: blobs, trees, commits and references, made one by one."""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime

from pushmark_bot.testing.answers import Answers, stamp
from pushmark_bot.testing.contract import Json
from pushmark_bot.testing.objects import FOLDER_MODE, Commit, Entry
from pushmark_bot.testing.operations.area import Answer, Area, Call, RefusedError
from pushmark_bot.testing.operations.pulls import Pulls
from pushmark_bot.testing.store import Repository, Store

MOST_BLOB = 100 << 20
ORDINARY = ("100644", "100755", "120000")


class Git(Area):
    """Operations about git's objects."""

    def __init__(self, store: Store, answers: Answers, pulls: Pulls) -> None:
        super().__init__(store, answers)
        self._pulls = pulls

    @property
    def by_id(self) -> dict[str, Callable[[Call], Answer]]:
        return {
            "git/create-blob": self.create_blob,
            "git/create-commit": self.create_commit,
            "git/create-ref": self.create_ref,
            "git/create-tree": self.create_tree,
            "git/get-blob": self.get_blob,
            "git/get-commit": self.get_commit,
            "git/get-ref": self.get_ref,
            "git/get-tree": self.get_tree,
            "git/update-ref": self.update_ref,
        }

    def get_ref(self, call: Call) -> Answer:
        repository = self._readable(call)
        name = call.names["ref"].removeprefix("heads/")
        if not call.names["ref"].startswith("heads/") or name not in repository.branches:
            raise RefusedError(404, "Not Found")
        return Answer(body=self._ref(repository, name))

    def create_ref(self, call: Call) -> Answer:
        repository = self._writable(call)
        name, sha = call.body["ref"].removeprefix("refs/heads/"), call.body["sha"]
        if not call.body["ref"].startswith("refs/heads/"):
            raise RefusedError(422, "Reference name must start with 'refs/'.")
        if name in repository.branches:
            raise RefusedError(422, "Reference already exists")
        if sha not in repository.commits:
            raise RefusedError(422, "Object does not exist")
        events = self._moved(call, repository, name, sha)
        return Answer(status=201, body=self._ref(repository, name), events=events)

    def update_ref(self, call: Call) -> Answer:
        repository = self._writable(call)
        name, sha = call.names["ref"].removeprefix("heads/"), call.body["sha"]
        if name not in repository.branches:
            raise RefusedError(422, "Reference does not exist")
        if sha not in repository.commits:
            raise RefusedError(422, "Object does not exist")
        if not call.body.get("force", False) and not self.store.objects.reaches(sha, repository.branches[name]):
            raise RefusedError(422, "Update is not a fast forward")
        events = self._moved(call, repository, name, sha)
        return Answer(body=self._ref(repository, name), events=events)

    def get_commit(self, call: Call) -> Answer:
        repository = self._readable(call)
        sha = call.names["commit_sha"]
        if sha not in repository.commits or sha not in self.store.objects.commits:
            raise RefusedError(404, "Not Found")
        return Answer(body=self._commit(repository, sha))

    def create_commit(self, call: Call) -> Answer:
        repository = self._writable(call)
        tree, parents = call.body["tree"], call.body.get("parents", [])
        if tree not in repository.objects or tree not in self.store.objects.trees:
            raise RefusedError(422, "Tree SHA does not exist")
        if any(parent not in repository.commits for parent in parents):
            raise RefusedError(422, "Parent SHA does not exist or is not a commit object")
        author = call.body.get("author") or {}
        date = author.get("date")
        commit = Commit(
            tree=tree,
            parents=tuple(parents),
            message=call.body["message"],
            author=author.get("name", call.caller.login),
            moment=datetime.fromisoformat(date) if date else self.store.clock(),
        )
        sha = self.store.objects.add_commit(commit)
        repository.commits.add(sha)
        repository.trees[sha] = self.store.objects.content(tree)
        return Answer(status=201, body=self._commit(repository, sha))

    def get_tree(self, call: Call) -> Answer:
        repository = self._readable(call)
        sha = call.names["tree_sha"]
        sha = repository.branches.get(sha, sha)
        commit = self.store.objects.commits.get(sha) if sha in repository.commits else None
        tree = commit.tree if commit is not None else sha
        if tree not in repository.objects or tree not in self.store.objects.trees:
            raise RefusedError(404, "Not Found")
        return Answer(body=self._tree(repository, tree, recursive="recursive" in call.query))

    def create_tree(self, call: Call) -> Answer:
        repository = self._writable(call)
        base = call.body.get("base_tree")
        if base is not None and base not in repository.objects:
            raise RefusedError(422, "base_tree is not a valid tree oid")
        files = dict(self.store.objects.trees[base]) if base is not None else {}
        for entry in call.body["tree"]:
            self._put(repository, files, entry)
        tree = self.store.objects.add_tree(files)
        repository.objects |= self.store.objects.shas(tree)
        return Answer(status=201, body=self._tree(repository, tree, recursive=False))

    def _put(self, repository: Repository, files: dict[str, Entry], entry: Json) -> None:
        path = entry["path"]
        if path.startswith("/") or ".." in path.split("/"):
            raise RefusedError(422, "tree.path contains a malformed path component")
        if "content" in entry:
            sha: str | None = self.store.objects.add_blob(entry["content"].encode())
            repository.objects.add(sha or "")
        else:
            sha = entry.get("sha")
        if sha is None:
            if path not in files:
                raise RefusedError(422, "GitRPC::BadObjectState")
            del files[path]
        elif sha not in repository.objects or entry["mode"] not in ORDINARY:
            raise RefusedError(422, f"tree.sha {sha} is not a valid blob")
        else:
            files[path] = Entry(entry["mode"], sha)

    def get_blob(self, call: Call) -> Answer:
        repository = self._readable(call)
        sha = call.names["file_sha"]
        content = self.store.objects.blobs.get(sha) if sha in repository.objects else None
        if content is None:
            raise RefusedError(404, "Not Found")
        known = {
            "sha": sha,
            "size": len(content),
            "encoding": "base64",
            "content": base64.encodebytes(content).decode(),
        }
        return Answer(body=self.answers.plain("blob", known))

    def create_blob(self, call: Call) -> Answer:
        repository = self._writable(call)
        content = call.body["content"].encode()
        if call.body.get("encoding", "utf-8") == "base64":
            try:
                content = base64.b64decode(content, validate=True)
            except binascii.Error:
                raise RefusedError(422, "content is not valid Base64") from None
        if len(content) > MOST_BLOB:
            raise RefusedError(422, "blob is too large")
        sha = self.store.objects.add_blob(content)
        repository.objects.add(sha)
        return Answer(status=201, body=self.answers.plain("short-blob", {"sha": sha}))

    def _moved(self, call: Call, repository: Repository, name: str, sha: str) -> list[Json]:
        if any(_covers(rules, name) for rules in repository.rulesets if name in repository.branches):
            raise RefusedError(422, "Repository rule violations found")
        return list(self._pulls.branch_moved(repository, name, sha, call.caller))

    def _readable(self, call: Call) -> Repository:
        repository = self.repository(call)
        self.need(call, repository, "contents", access="read")
        self._need_content(repository)
        return repository

    def _writable(self, call: Call) -> Repository:
        repository = self.repository(call)
        self.need(call, repository, "contents")
        self._need_content(repository)
        return repository

    def _need_content(self, repository: Repository) -> None:
        """GitHub fills a repository that is made from a template some time after it has answered."""
        if repository.empty_looks > 0:
            repository.empty_looks -= 1
            raise RefusedError(409, "Git Repository is empty.")
        if not repository.branches:
            raise RefusedError(409, "Git Repository is empty.")

    def _ref(self, repository: Repository, name: str) -> Json:
        url = f"{self.answers.repository_url(repository)}/git"
        sha = repository.branches.get(name, "")
        to = {"type": "commit", "sha": sha, "url": f"{url}/commits/{sha}"}
        return self.answers.plain(
            "git-ref", {"ref": f"refs/heads/{name}", "url": f"{url}/refs/heads/{name}", "object": to}
        )

    def _commit(self, repository: Repository, sha: str) -> Json:
        commit, url = self.store.objects.commits[sha], f"{self.answers.repository_url(repository)}/git"
        who = {
            "name": commit.author,
            "email": f"{commit.author}@users.noreply.github.com",
            "date": stamp(commit.moment),
        }
        known = {
            "sha": sha,
            "url": f"{url}/commits/{sha}",
            "message": commit.message,
            "author": who,
            "committer": who,
            "tree": {"sha": commit.tree, "url": f"{url}/trees/{commit.tree}"},
            "parents": [{"sha": one, "url": f"{url}/commits/{one}", "html_url": ""} for one in commit.parents],
        }
        return self.answers.plain("git-commit", known)

    def _tree(self, repository: Repository, sha: str, *, recursive: bool) -> Json:
        objects, url = self.store.objects, f"{self.answers.repository_url(repository)}/git"
        files = objects.trees[sha]
        kept = [("tree", FOLDER_MODE, path, one) for path, one in objects.folders(files)]
        kept += [("blob", entry.mode, path, entry.sha) for path, entry in files.items()]
        listed = [
            {"type": kind, "mode": mode, "path": path, "sha": one, "url": f"{url}/{kind}s/{one}"}
            for kind, mode, path, one in sorted(kept, key=lambda entry: entry[2])
            if recursive or "/" not in path
        ]
        return {"sha": sha, "url": f"{url}/trees/{sha}", "truncated": False, "tree": listed}


def _covers(ruleset: Json, branch: str) -> bool:
    """Whether a ruleset keeps a branch as it is."""
    included = ruleset.get("conditions", {}).get("ref_name", {}).get("include", [])
    kinds = {rule["type"] for rule in ruleset.get("rules", [])}
    return ruleset["enforcement"] == "active" and f"refs/heads/{branch}" in included and "update" in kinds
