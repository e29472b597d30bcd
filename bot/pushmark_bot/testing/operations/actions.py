"""Workflows that are dispatched, their runs, and what these kept. Nothing runs: tests play the runner."""

import re
import secrets
from collections.abc import Callable

from pushmark_bot.testing.answers import Answers
from pushmark_bot.testing.operations.area import Answer, Area, Call, RefusedError
from pushmark_bot.testing.store import Repository, Store, WorkflowRun, now

ARTIFACTS = "/artifacts/"
"""Where zips lie; on GitHub that is another host."""


class Actions(Area):
    """Operations about workflow runs."""

    def __init__(self, store: Store, answers: Answers) -> None:
        super().__init__(store, answers)
        self.zips: dict[str, bytes] = {}

    @property
    def by_id(self) -> dict[str, Callable[[Call], Answer]]:
        return {
            "actions/create-workflow-dispatch": self.dispatch,
            "actions/download-artifact": self.download,
            "actions/get-workflow-run": self.get_run,
            "actions/list-workflow-run-artifacts": self.list_artifacts,
            "actions/list-workflow-runs": self.list_runs,
        }

    def dispatch(self, call: Call) -> Answer:
        repository = self.repository(call)
        self.need(call, repository, "actions")
        name, branch = call.names["workflow_id"], call.body["ref"]
        if name not in repository.workflows:
            raise RefusedError(404, "Not Found")
        if branch not in repository.branches:
            raise RefusedError(422, f"No ref found for: {branch}")
        inputs = {key: str(value) for key, value in call.body.get("inputs", {}).items()}
        run = WorkflowRun(
            id=self.store.new_id(),
            number=len(repository.runs) + 1,
            workflow=name,
            branch=branch,
            sha=repository.branches[branch],
            title=_run_name(repository.workflows[name], inputs),
            inputs=inputs,
            created=now(),
        )
        repository.runs[run.id] = run
        if not call.body.get("return_run_details"):
            return Answer(status=204)
        url = f"{self.answers.repository_url(repository)}/actions/runs/{run.id}"
        page = f"https://github.com/{repository.full_name}/actions/runs/{run.id}"
        return Answer(body={"workflow_run_id": run.id, "run_url": url, "html_url": page})

    def get_run(self, call: Call) -> Answer:
        repository = self.repository(call)
        self.need(call, repository, "actions", access="read")
        return Answer(body=self.answers.workflow_run(repository, self._run(repository, call)))

    def list_runs(self, call: Call) -> Answer:
        repository = self.repository(call)
        self.need(call, repository, "actions", access="read")
        name, event, since = call.names["workflow_id"], call.query.get("event"), call.query.get("created", "")
        if name not in repository.workflows:
            raise RefusedError(404, "Not Found")
        found = [
            run
            for run in reversed(repository.runs.values())
            if run.workflow == name
            and event in (None, run.event)
            and f"{run.created:%Y-%m-%dT%H:%M:%SZ}" >= since.removeprefix(">=")
        ]
        listed = self.paged(call, [self.answers.workflow_run(repository, run) for run in found])
        return Answer(body={"total_count": len(found), "workflow_runs": listed.body}, headers=listed.headers)

    def list_artifacts(self, call: Call) -> Answer:
        repository = self.repository(call)
        self.need(call, repository, "actions", access="read")
        run = self._run(repository, call)
        wanted = call.query.get("name")
        found = [
            self.answers.artifact(repository, number, name, len(content))
            for name, (number, content) in run.artifacts.items()
            if wanted in (None, name)
        ]
        listed = self.paged(call, found)
        return Answer(body={"total_count": len(found), "artifacts": listed.body}, headers=listed.headers)

    def download(self, call: Call) -> Answer:
        """An address on another host, which needs no token, as at GitHub."""
        repository = self.repository(call)
        self.need(call, repository, "actions", access="read")
        number = call.names["artifact_id"]
        kept = {str(one): content for run in repository.runs.values() for one, content in run.artifacts.values()}
        if number not in kept or call.names["archive_format"] != "zip":
            raise RefusedError(404, "Not Found")
        path = f"{ARTIFACTS}{number}.zip?sig={secrets.token_hex(8)}"
        self.zips[path] = kept[number]
        return Answer(status=302, headers={"Location": self.answers.api.replace("127.0.0.1", "localhost") + path})

    def _run(self, repository: Repository, call: Call) -> WorkflowRun:
        number = call.names["run_id"]
        if not number.isdigit() or int(number) not in repository.runs:
            raise RefusedError(404, "Not Found")
        return repository.runs[int(number)]


def _run_name(template: str, inputs: dict[str, str]) -> str:
    """A `run-name`, with the inputs that it names filled in."""
    return re.sub(r"\$\{\{ *inputs\.(\w+) *\}\}", lambda found: inputs.get(found[1], ""), template)
