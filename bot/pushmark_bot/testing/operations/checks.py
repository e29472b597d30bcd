"""Check runs."""

from collections.abc import Callable
from datetime import datetime

from pushmark_bot.testing.contract import Json
from pushmark_bot.testing.operations.area import Answer, Area, Call, Event, RefusedError
from pushmark_bot.testing.store import Annotation, CheckRun, Identity, Repository, now

ANNOTATIONS_PER_REQUEST = 50


class Checks(Area):
    """Operations about check runs."""

    @property
    def by_id(self) -> dict[str, Callable[[Call], Answer]]:
        return {
            "checks/create": self.create_check_run,
            "checks/get": self.get_check_run,
            "checks/list-annotations": self.list_annotations,
            "checks/list-for-ref": self.list_check_runs,
            "checks/update": self.update_check_run,
        }

    def create_check_run(self, call: Call) -> Answer:
        repository = self.repository(call)
        self._need_checks(call, repository)
        if call.body["head_sha"] not in repository.commits:
            raise RefusedError(422, f"No commit found for SHA: {call.body['head_sha']}")
        app = call.caller.app or ""
        run = CheckRun(id=self.store.new_id(), app=app, name=call.body["name"], head_sha=call.body["head_sha"])
        _write(run, call.body)
        repository.check_runs[run.id] = run
        actions = ["created", "completed"] if run.status == "completed" else ["created"]
        events = [self._check_event(repository, run, action, call.caller) for action in actions]
        return Answer(status=201, body=self.answers.check_run(repository, run), events=events)

    def update_check_run(self, call: Call) -> Answer:
        repository = self.repository(call)
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
        return Answer(body=self.answers.check_run(repository, run), events=events)

    def get_check_run(self, call: Call) -> Answer:
        repository = self.repository(call)
        return Answer(body=self.answers.check_run(repository, self._check_run(repository, call)))

    def list_annotations(self, call: Call) -> Answer:
        repository = self.repository(call)
        run = self._check_run(repository, call)
        return self.paged(call, [self.answers.annotation(repository, run, one) for one in run.annotations])

    def list_check_runs(self, call: Call) -> Answer:
        repository = self.repository(call)
        sha = repository.branches.get(call.names["ref"], call.names["ref"])
        if sha not in repository.commits:
            raise RefusedError(422, f"No commit found for SHA: {sha}")
        wanted = call.query.get("check_name")
        runs = [run for run in repository.check_runs.values() if run.head_sha == sha and wanted in (None, run.name)]
        if call.query.get("filter", "latest") == "latest":
            runs = list({(run.app, run.name): run for run in runs}.values())
        listed = self.paged(call, [self.answers.check_run(repository, run) for run in reversed(runs)])
        return Answer(body={"total_count": len(runs), "check_runs": listed.body}, headers=listed.headers)

    def _check_event(self, repository: Repository, run: CheckRun, action: str, sender: Identity) -> Event:
        payload = {"check_run": self.answers.check_run(repository, run)}
        return Event(name="check_run", action=action, repository=repository, sender=sender, payload=payload)

    def _need_checks(self, call: Call, repository: Repository) -> None:
        if call.caller.app is None:
            raise RefusedError(403, "You must authenticate via a GitHub App.")
        self.need(call, repository, "checks")

    def _check_run(self, repository: Repository, call: Call) -> CheckRun:
        number = call.names["check_run_id"]
        if not number.isdigit() or int(number) not in repository.check_runs:
            raise RefusedError(404, "Not Found")
        return repository.check_runs[int(number)]


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
