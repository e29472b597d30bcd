"""An organisation's repositories: made from templates, listed, protected, archived, deleted; and who may push."""

from collections.abc import Callable

from pushmark_bot.testing.contract import Json
from pushmark_bot.testing.objects import Commit
from pushmark_bot.testing.operations.area import Answer, Area, Call, RefusedError
from pushmark_bot.testing.store import Repository, now

UPGRADE = "Upgrade to GitHub Pro or make this repository public to enable this feature."


class Organisations(Area):
    """Operations about an organisation's repositories."""

    @property
    def by_id(self) -> dict[str, Callable[[Call], Answer]]:
        return {
            "repos/add-collaborator": self.add_collaborator,
            "repos/create-repo-ruleset": self.create_ruleset,
            "repos/create-using-template": self.generate,
            "repos/delete": self.delete,
            "repos/list-for-org": self.list_repositories,
            "repos/update": self.update,
        }

    def list_repositories(self, call: Call) -> Answer:
        organisation = call.names["org"].lower()
        here = [one for one in self.store.repositories.values() if one.owner.lower() == organisation]
        seen = [one for one in here if not one.private or self.reaches(call, one)]
        order = {"pushed": lambda one: one.pushed or one.created, "full_name": lambda one: one.full_name}
        key = order.get(call.query.get("sort", "created"), lambda one: one.created)
        seen.sort(key=lambda one: one.full_name)
        seen.sort(key=key, reverse=call.query.get("direction", "desc") == "desc")
        size, page = min(int(call.query.get("per_page", "30")), 100), int(call.query.get("page", "1"))
        shown = seen[(page - 1) * size : page * size]
        bodies: list[Json] = [None] * len(seen)
        bodies[(page - 1) * size : page * size] = [self.answers.repository(one, "minimal-repository") for one in shown]
        return self.paged(call, bodies)

    def generate(self, call: Call) -> Answer:
        """Make a repository of the template's files, in one commit of its own."""
        template = self._template(call)
        owner = call.body.get("owner", call.caller.login)
        if call.caller.account not in (None, owner.lower()) or not call.caller.may_write("administration"):
            raise RefusedError(403, "Resource not accessible by integration")
        full_name = f"{owner}/{call.body['name']}"
        if full_name.lower() in self.store.repositories:
            raise RefusedError(422, "Could not clone: Name already exists on this account")
        head = template.branches[template.default_branch]
        tree = self.store.objects.commits[head].tree if head in self.store.objects.commits else ""
        tree = tree or self.store.objects.add_files(template.trees.get(head, {}))
        first = Commit(
            tree=tree, parents=(), message="Initial commit", author=call.caller.login, moment=self.store.clock()
        )
        sha = self.store.objects.add_commit(first)
        made = Repository(
            id=self.store.new_id(),
            owner=owner,
            name=call.body["name"],
            private=call.body.get("private", False),
            default_branch=template.default_branch,
            created=now(),
            writers={owner},
            branches={template.default_branch: sha},
            commits={sha},
            trees={sha: self.store.objects.content(tree)},
            objects=self.store.objects.shas(tree),
            template=template.full_name,
            pushed=self.store.clock(),
            empty_looks=self.store.empty_looks.pop(0) if self.store.empty_looks else 0,
        )
        self.store.repositories[full_name.lower()] = made
        return Answer(status=201, body=self.answers.repository(made))

    def _template(self, call: Call) -> Repository:
        name = f"{call.names['template_owner']}/{call.names['template_repo']}"
        found = self.store.repositories.get(name.lower())
        if found is None or (found.private and not self.reaches(call, found)):
            raise RefusedError(404, "Not Found")
        if not found.is_template:
            raise RefusedError(422, f"{name} is not a template repository")
        return found

    def update(self, call: Call) -> Answer:
        repository = self.repository(call)
        self.need(call, repository, "administration", access="read")
        if not call.caller.may_write("administration"):
            raise RefusedError(403, "Resource not accessible by integration")
        if repository.archived and call.body.get("archived", True):
            raise RefusedError(403, "Repository was archived so is read-only.")
        repository.archived = call.body.get("archived", repository.archived)
        return Answer(body=self.answers.repository(repository))

    def delete(self, call: Call) -> Answer:
        repository = self.repository(call)
        self.need(call, repository, "administration")
        del self.store.repositories[repository.full_name.lower()]
        return Answer(status=204)

    def add_collaborator(self, call: Call) -> Answer:
        """Invite somebody; one who is in already stays so. The invitation is taken at once here."""
        repository = self.repository(call)
        self.need(call, repository, "administration")
        login = call.names["username"]
        if login.lower() not in self.store.users:
            raise RefusedError(404, "Not Found")
        if login in repository.writers:
            return Answer(status=204)
        repository.writers.add(login)
        known = {"id": self.store.new_id(), "permissions": "write", "created_at": "2027-01-01T00:00:00Z"}
        people = {
            "inviter": self.answers.user(call.caller.login, call.caller.kind),
            "invitee": self.answers.user(login),
        }
        here = {"repository": self.answers.repository(repository, "minimal-repository")}
        return Answer(status=201, body=self.answers.plain("repository-invitation", known | people | here))

    def create_ruleset(self, call: Call) -> Answer:
        repository = self.repository(call)
        self.need(call, repository, "administration")
        if self.store.rulesets_need_upgrade and repository.private:
            raise RefusedError(403, UPGRADE)
        if any(one["name"] == call.body["name"] for one in repository.rulesets):
            raise RefusedError(422, "Validation Failed: Name must be unique")
        repository.rulesets.append(call.body)
        known = {"id": self.store.new_id(), "source": repository.full_name, "source_type": "Repository"}
        return Answer(status=201, body=self.answers.plain("repository-ruleset", {**call.body, **known}))
