"""Comments on pull requests, and reactions to them."""

from collections.abc import Callable

from pushmark_bot.testing.contract import Json
from pushmark_bot.testing.operations.area import Answer, Area, Call, Event, RefusedError
from pushmark_bot.testing.store import Comment, Identity, Repository, now

LONGEST_COMMENT = 65_536


class Comments(Area):
    """Operations about comments."""

    @property
    def by_id(self) -> dict[str, Callable[[Call], Answer]]:
        return {
            "issues/create-comment": self.create_comment,
            "issues/delete-comment": self.delete_comment,
            "issues/get-comment": self.get_comment,
            "issues/list-comments": self.list_comments,
            "issues/update-comment": self.update_comment,
            "reactions/create-for-issue-comment": self.react,
        }

    def list_comments(self, call: Call) -> Answer:
        repository = self.repository(call)
        pull = self.pull(repository, call.names["issue_number"])
        comments = [comment for comment in repository.comments.values() if comment.number == pull.number]
        return self.paged(call, [self.answers.comment(repository, comment) for comment in comments])

    def get_comment(self, call: Call) -> Answer:
        repository = self.repository(call)
        return Answer(body=self.answers.comment(repository, self._comment(repository, call)))

    def create_comment(self, call: Call) -> Answer:
        repository = self.repository(call)
        pull = self.pull(repository, call.names["issue_number"])
        self.need_open(repository)
        if not call.caller.may_write("issues", "pull_requests") or not self.reaches(call, repository):
            raise RefusedError(403, "Resource not accessible by integration")
        at = now()
        comment = Comment(
            id=self.store.new_id(),
            number=pull.number,
            author=call.caller.login,
            kind=call.caller.kind,
            body=_comment_body(call),
            created=at,
            updated=at,
        )
        repository.comments[comment.id] = comment
        event = self.comment_event(repository, comment, "created", call.caller)
        return Answer(status=201, body=self.answers.comment(repository, comment), events=[event])

    def update_comment(self, call: Call) -> Answer:
        repository = self.repository(call)
        comment = self._comment(repository, call)
        self._need_own(call, repository, comment)
        before, comment.body = comment.body, _comment_body(call)
        comment.updated = now()
        comment.edits += 1
        changes = {"body": {"from": before}}
        event = self.comment_event(repository, comment, "edited", call.caller, changes=changes)
        return Answer(body=self.answers.comment(repository, comment), events=[event])

    def delete_comment(self, call: Call) -> Answer:
        repository = self.repository(call)
        comment = self._comment(repository, call)
        self._need_own(call, repository, comment)
        del repository.comments[comment.id]
        event = self.comment_event(repository, comment, "deleted", call.caller)
        return Answer(status=204, events=[event])

    def react(self, call: Call) -> Answer:
        repository = self.repository(call)
        comment = self._comment(repository, call)
        if not call.caller.may_write("issues", "pull_requests") or not self.reaches(call, repository):
            raise RefusedError(403, "Resource not accessible by integration")
        reaction = (call.caller.login, call.body["content"])
        status = 200 if reaction in comment.reactions else 201
        if status == 201:
            comment.reactions.append(reaction)
        known = {"id": comment.id, "content": call.body["content"], "user": self.answers.user(call.caller.login)}
        return Answer(status=status, body=self.answers.plain("reaction", known))

    def comment_event(
        self, repository: Repository, comment: Comment, action: str, sender: Identity, **members: Json
    ) -> Event:
        """What webhooks hear about a comment."""
        issue = self.answers.issue(repository, repository.pulls[comment.number])
        payload = {"issue": issue, "comment": self.answers.comment(repository, comment), **members}
        return Event(name="issue_comment", action=action, repository=repository, sender=sender, payload=payload)

    def _need_own(self, call: Call, repository: Repository, comment: Comment) -> None:
        self.need_open(repository)
        if call.caller.app is not None:
            if not call.caller.may_write("issues", "pull_requests") or not self.reaches(call, repository):
                raise RefusedError(403, "Resource not accessible by integration")
        elif call.caller.login not in {comment.author} | repository.writers:
            raise RefusedError(403, "Must have admin rights to Repository.")

    def _comment(self, repository: Repository, call: Call) -> Comment:
        number = call.names["comment_id"]
        if not number.isdigit() or int(number) not in repository.comments:
            raise RefusedError(404, "Not Found")
        return repository.comments[int(number)]


def _comment_body(call: Call) -> str:
    body: str = call.body["body"]
    if not body.strip():
        raise RefusedError(422, "Validation Failed: body cannot be blank")
    if len(body) > LONGEST_COMMENT:
        raise RefusedError(422, f"Validation Failed: body is too long (maximum is {LONGEST_COMMENT} characters)")
    return body
