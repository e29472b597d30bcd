"""Learners' repositories: made step by step, in any weather, and never twice."""

from datetime import timedelta

import pytest
from pushmark_bot.commands.provision import make
from pushmark_bot.course.chain import broken
from pushmark_bot.db import log
from pushmark_bot.db.tables import Assignment, Course, Submission
from pushmark_bot.provision.choosing import choose
from pushmark_bot.provision.names import repository_name
from pushmark_bot.testing import Fault, secondary_limit
from pushmark_graders.errors import PushmarkError

from tests.bot.provision.school import ORGANISATION, START, STARTER, TEMPLATE, School

REPO = f"{ORGANISATION}/ml-101-tiny-lab-learner"


def provision(school: School, *learners: str) -> None:
    """Type the command, for everybody when nobody is named."""
    office = school.office()
    try:
        make(office, "ml-101", "tiny-lab", learners, everybody=not learners)
    finally:
        office.close()


def test_a_repository_is_made_with_its_learner_a_frozen_base_and_a_feedback_pull_request(school: School) -> None:
    school.enrol({"s-1": "learner"})
    provision(school)
    made = school.github.repository(REPO)
    assert made.private
    assert "learner" in made.writers
    assert school.github.files(REPO) == school.github.files(REPO, "feedback") == STARTER
    [pull] = made.pulls.values()
    assert (pull.title, pull.head_ref, pull.base_ref, pull.state) == ("Feedback", "main", "feedback", "open")
    assert pull.head_sha != pull.base_sha
    assert [one["target"] for one in made.rulesets] == ["branch", "push"]
    assert made.rulesets[1]["bypass_actors"][0]["actor_id"] == school.app.id
    submission = school.submissions()["s-1"]
    assert (submission.repository, submission.pull, submission.repository_id) == (REPO, pull.number, made.id)
    assert submission.heard == submission.seen, "the starter itself is not graded"
    with school.database.reading() as session:
        entries = log.entries(session, 1)
        assert [entry.kind for entry in entries] == ["roster", "asked for repositories", "provision"]
        assert broken(entries) is None


def test_doing_it_again_asks_github_for_nothing(school: School) -> None:
    school.enrol({"s-1": "learner"})
    provision(school)
    school.github.forget_log()
    provision(school, "s-1")
    assert school.github.log == []


def test_it_takes_eight_writes_for_each_learner(school: School) -> None:
    school.enrol({"s-1": "learner"})
    provision(school)
    assert school.writes() == [
        "repos/create-using-template",
        "git/create-ref",
        "git/create-commit",
        "git/update-ref",
        "repos/add-collaborator",
        "pulls/create",
        "repos/create-repo-ruleset",
        "repos/create-repo-ruleset",
    ]


WRITTEN = ["/generate", "/git/refs", "/git/commits", "/collaborators/learner", "/pulls", "/rulesets"]


@pytest.mark.parametrize("path", WRITTEN)
@pytest.mark.parametrize("stored", [False, True], ids=["before", "after"])
def test_cut_short_at_any_write_it_goes_on_where_it_was(school: School, path: str, stored: bool) -> None:
    """The process dies while GitHub has the request, which may have taken effect or not."""
    school.enrol({"s-1": "learner"})

    class Died(BaseException):
        pass

    def die(_seconds: float) -> None:
        raise Died

    method = "PUT" if "collaborators" in path else "POST"
    school.github.expect(Fault(method=method, path=path, dropped=True, stored=stored))
    office = school.office()
    port = office.github(school.installation)
    port._retrying._sleep = die
    with pytest.raises(Died):
        make(office, "ml-101", "tiny-lab", ["s-1"], everybody=False)
    office.close()
    provision(school)
    _is_whole(school)


def _is_whole(school: School) -> None:
    assert [one.full_name for one in school.github.repositories] == [TEMPLATE, REPO]
    made = school.github.repository(REPO)
    assert len(made.pulls) == 1
    assert len(made.rulesets) == 2
    assert set(made.branches) == {"main", "feedback"}
    assert len(made.commits) == 2
    assert school.submissions().keys() == {"s-1"}


def test_a_pull_request_that_the_learner_has_closed_meanwhile_is_not_opened_twice(school: School) -> None:
    school.enrol({"s-1": "learner"})
    school.github.expect(Fault(method="POST", path="/rulesets", status=502, times=20))
    with pytest.raises(PushmarkError, match="s-1: Could not protect"):
        provision(school)
    with school.database.session() as session:
        row = session.merge(school.provision("s-1"))
        row.step = row.tried = "access"
    school.github.repository(REPO).pulls[1].state = "closed"
    school.github.forget_faults()
    provision(school)
    assert len(school.github.repository(REPO).pulls) == 1


def test_a_repository_that_stays_empty_for_a_while_is_waited_for(school: School) -> None:
    school.enrol({"s-1": "learner", "s-2": "other"})
    school.github.keep_empty(4)
    provision(school)
    assert school.submissions().keys() == {"s-1", "s-2"}
    assert school.writes().count("repos/create-using-template") == 2
    assert timedelta(seconds=4) < school.time.now() - START < timedelta(minutes=3)


def test_a_repository_that_stays_empty_for_long_is_made_again(school: School) -> None:
    school.enrol({"s-1": "learner"})
    school.github.keep_empty(10_000, 1)
    provision(school)
    assert school.writes().count("repos/delete") == 1
    _is_whole(school)


def test_a_repository_with_anybodys_commit_is_never_deleted(school: School) -> None:
    school.enrol({"s-1": "learner"})
    school.github.keep_empty(30)
    office = school.office()
    worker = office.provisioner()
    with office.database.session() as session:
        [asked] = choose(session, "ml-101", "tiny-lab", ["s-1"], everybody=False, by="staff", at=START).asked
    assert worker.advance(asked.number).state == "wait"
    school.time.sleep(3600)
    school.github.repository(REPO).empty_looks = 1
    assert worker.advance(asked.number).state == "wait", "empty at the first look, and not at the second"
    assert worker.advance(asked.number).state == "done"
    office.close()
    assert "repos/delete" not in school.writes()


def test_what_a_learner_pushed_before_it_was_ready_is_kept_and_will_be_graded(school: School) -> None:
    school.enrol({"s-1": "learner"})
    school.github.expect(Fault(method="POST", path="/git/commits", status=502, times=3))
    office = school.office()
    with office.database.session() as session:
        [asked] = choose(session, "ml-101", "tiny-lab", ["s-1"], everybody=False, by="staff", at=START).asked
    assert office.provisioner().advance(asked.number).state == "trouble"
    office.close()
    sha = school.github.push(REPO, {"mine.py": b""}, login="learner")
    school.time.sleep(3600)
    provision(school)
    made = school.github.repository(REPO)
    assert made.branches["main"] == sha
    assert made.pulls[1].head_sha == sha
    assert school.submissions()["s-1"].heard == 1


def test_a_plan_without_rulesets_is_noted_and_asked_once(school: School) -> None:
    school.enrol({f"s-{at}": f"learner-{at}" for at in range(3)})
    school.github.need_upgrade_for_rulesets()
    provision(school)
    assert school.submissions().keys() == {"s-0", "s-1", "s-2"}
    assert "Upgrade to GitHub Pro" in school.provision("s-2").notes
    assert school.writes().count("repos/create-repo-ruleset") == 2


def test_learners_without_an_account_are_named_and_the_others_go_on(school: School) -> None:
    school.enrol({"s-1": "learner", "s-2": "", "s-4": "learner-4"})
    school.enrol({"s-3": "mistyped"}, accounts=False)
    with pytest.raises(PushmarkError) as told:
        provision(school)
    assert school.submissions().keys() == {"s-1", "s-4"}
    assert "2 have no repository" in told.value.what
    assert "s-3: GitHub knows no @mistyped\n    Next: correct the login" in told.value.what
    assert "no GitHub account yet: s-2\n    Next: send them their invites" in told.value.what
    school.enrol({"s-3": "well-typed"})
    with pytest.raises(PushmarkError, match="no GitHub account yet: s-2"):
        provision(school)
    assert "s-3" in school.submissions()


def test_two_people_with_one_account_are_told_apart(school: School) -> None:
    school.enrol({"s-1": "learner", "s-2": "learner"})
    with pytest.raises(PushmarkError, match="s-2: @learner is s-1's account"):
        provision(school)


def test_a_repository_of_that_name_which_is_somebody_elses_is_left_alone(school: School) -> None:
    school.enrol({"s-1": "learner"})
    school.github.seed_repo(REPO, private=True)
    with pytest.raises(PushmarkError, match="is there already, and not made from"):
        provision(school)
    assert school.github.repository(REPO).pulls == {}


def test_when_github_asks_to_wait_nothing_is_sent_meanwhile(school: School) -> None:
    school.enrol({"s-1": "learner", "s-2": "other"})
    school.github.expect(secondary_limit("POST", "/generate", retry_after=1800))
    provision(school)
    assert school.time.now() - START >= timedelta(seconds=1800)
    assert school.submissions().keys() == {"s-1", "s-2"}
    assert [one.status for one in school.github.log if one.method == "POST" and "/generate" in one.path] == [
        403,
        201,
        201,
    ]


def test_an_app_that_was_taken_out_is_said_once_and_nothing_is_tried(school: School) -> None:
    school.enrol({f"s-{at}": f"learner-{at}" for at in range(9)})
    school.github.uninstall(school.installation)
    with pytest.raises(PushmarkError) as told:
        provision(school)
    assert "still installed on the organisation" in told.value.next_step
    assert len(school.github.log) == 1


def test_rights_that_are_taken_away_meanwhile_stop_it_after_a_few(school: School) -> None:
    school.enrol({f"s-{at}": f"learner-{at}" for at in range(20)})
    school.github.expect(
        Fault(method="POST", path="/generate", status=403, times=99, message="Resource not accessible by integration")
    )
    with pytest.raises(PushmarkError, match="5 learners in a row: Could not make"):
        provision(school)
    school.github.forget_faults()


def test_an_assignment_without_a_template_says_how_to_name_it(school: School) -> None:
    school.enrol({"s-1": "learner"})
    with school.database.session() as session:
        session.get_one(Assignment, 1).template = ""
    with pytest.raises(PushmarkError, match="tiny-lab has no template repository"):
        provision(school)


def test_a_template_that_is_none_is_said_before_anything_is_made(school: School) -> None:
    school.enrol({"s-1": "learner"})
    school.github.repository(TEMPLATE).is_template = False
    with pytest.raises(PushmarkError, match="is no template repository"):
        provision(school)
    assert school.writes() == []


def test_a_course_without_an_installation_says_what_to_do(school: School) -> None:
    with school.database.session() as session:
        session.get_one(Course, 1).installation = None
    school.enrol({"s-1": "learner"})
    with pytest.raises(PushmarkError, match="has no installation"):
        provision(school)


def test_a_submission_that_was_linked_by_hand_stays(school: School) -> None:
    school.enrol({"s-1": "learner"})
    with school.database.session() as session:
        session.add(Submission(assignment_id=1, person_id=1, repository="example-school/mine", pull=1))
    provision(school)
    assert school.writes() == []


def test_another_worker_has_a_learner_until_it_is_silent_for_long(school: School) -> None:
    school.enrol({"s-1": "learner"})
    with school.database.session() as session:
        choose(session, "ml-101", "tiny-lab", ["s-1"], everybody=False, by="staff", at=START)
    with school.database.session() as session:
        row = session.merge(school.provision("s-1"))
        row.held_until = START + timedelta(seconds=80)
    provision(school)
    assert school.time.now() >= START + timedelta(seconds=80)
    assert school.submissions().keys() == {"s-1"}


def test_names_are_those_of_github_and_never_shared() -> None:
    assert repository_name("school", "ml-101", "lab", "Ada") == "school/ml-101-lab-ada"
    long = [repository_name("school", "c" * 60, "l" * 60, login) for login in ("ada", "bob")]
    assert [len(one.split("/")[1]) for one in long] == [100, 100]
    assert long[0] != long[1]
