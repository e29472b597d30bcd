"""Conversations with GitHub: a learner pushes, the bot publishes, and this is what stands there then."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from pushmark_bot import memory
from pushmark_bot.comment import marker
from pushmark_bot.github import GitHubError
from pushmark_bot.testing import FakeGitHub, Fault
from pushmark_graders.report.model import Previous, Report

if TYPE_CHECKING:
    from tests.bot.conftest import Publisher

REPO = "ada/gatecast"
MakeReport = Callable[..., Report]


def test_the_first_time_takes_three_requests(publisher: "Publisher", make_report: MakeReport) -> None:
    outcome = publisher(make_report("passed", "failed"))
    assert publisher.calls == ["GET comments", "POST comments", "POST check-runs"]
    assert (outcome.comment, outcome.check, outcome.conclusion, outcome.calls) == ("created", "created", "failure", 3)


def test_the_comment_is_edited_in_place_by_later_attempts(publisher: "Publisher", make_report: MakeReport) -> None:
    publisher(make_report("passed", "failed"))
    publisher.push("b" * 40)
    outcome = publisher(make_report("passed", "passed", commit="b" * 40))
    assert outcome.calls == 3
    (comment,) = publisher.github.comments(REPO, publisher.number)
    assert comment.edits == 1
    assert "2 of 2 points" in comment.body


def test_with_a_state_file_the_second_time_takes_two_requests(
    publisher: "Publisher", make_report: MakeReport, tmp_path: Path
) -> None:
    publisher.state = tmp_path / "state.json"
    publisher(make_report("failed"))
    publisher.push("b" * 40)
    publisher(make_report("passed", commit="b" * 40))
    assert publisher.calls == ["PATCH comments", "POST check-runs"]
    assert len(publisher.bodies()) == 1
    assert [run.conclusion for run in publisher.github.check_runs(REPO, "b" * 40)] == ["success"]


def test_publishing_the_same_report_again_writes_nothing(publisher: "Publisher", make_report: MakeReport) -> None:
    report = make_report("passed", "failed")
    publisher(report)
    outcome = publisher(report)
    assert publisher.calls == ["GET comments", "GET check-runs"]
    assert (outcome.comment, outcome.check) == ("unchanged", "unchanged")
    assert len(publisher.github.check_runs(REPO, "a" * 40)) == 1


def test_with_a_state_file_the_same_report_again_takes_no_request(
    publisher: "Publisher", make_report: MakeReport, tmp_path: Path
) -> None:
    publisher.state = tmp_path / "state.json"
    publisher(make_report("failed"))
    outcome = publisher(make_report("failed"))
    assert outcome.calls == 0
    assert (outcome.comment, outcome.check) == ("unchanged", "unchanged")


def test_each_request_names_the_version_of_the_api_it_was_written_for(
    publisher: "Publisher", make_report: MakeReport
) -> None:
    publisher(make_report("passed"))
    assert {line.headers["x-github-api-version"] for line in publisher.github.log} == {"2022-11-28"}


@pytest.mark.parametrize("dropped", [False, True], ids=["answered 502", "hung up"])
def test_a_comment_that_was_stored_though_the_answer_got_lost_is_not_written_again(
    publisher: "Publisher", make_report: MakeReport, dropped: bool
) -> None:
    publisher.github.expect(Fault(method="POST", path="/comments", stored=True, dropped=dropped))
    outcome = publisher(make_report("failed"))
    assert publisher.calls == ["GET comments", "POST comments", "GET comments", "POST check-runs"]
    assert len(publisher.bodies()) == 1
    assert outcome.comment_url.endswith(str(publisher.github.comments(REPO, publisher.number)[0].id))


def test_a_comment_that_was_not_stored_is_written_after_looking(
    publisher: "Publisher", make_report: MakeReport
) -> None:
    publisher.github.expect(Fault(method="POST", path="/comments", times=2))
    publisher(make_report("failed"))
    looked = ["GET comments", "POST comments"]
    assert publisher.calls == [*looked, *looked, *looked, "POST check-runs"]
    assert len(publisher.bodies()) == 1


def test_a_check_run_that_was_stored_though_the_answer_got_lost_is_not_written_again(
    publisher: "Publisher", make_report: MakeReport
) -> None:
    publisher.github.expect(Fault(method="POST", path="/check-runs", stored=True))
    publisher(make_report("failed"))
    assert publisher.calls[-2:] == ["POST check-runs", "GET check-runs"]
    assert len(publisher.github.check_runs(REPO, "a" * 40)) == 1


def test_an_edit_that_is_answered_502_is_sent_again(publisher: "Publisher", make_report: MakeReport) -> None:
    publisher(make_report("failed"))
    publisher.github.expect(Fault(method="PATCH", path="/comments", stored=True))
    publisher(make_report("passed"))
    assert publisher.calls == ["GET comments", "PATCH comments", "PATCH comments", "POST check-runs"]
    assert "1 of 1 points" in publisher.bodies()[0]


def test_an_attempt_cut_short_after_the_comment_is_completed_by_the_next(
    publisher: "Publisher", make_report: MakeReport
) -> None:
    report = make_report("failed")
    publisher.github.expect(Fault(method="POST", path="/check-runs", status=401, message="Bad credentials"))
    with pytest.raises(GitHubError, match="401"):
        publisher(report)
    publisher(report)
    assert publisher.calls == ["GET comments", "GET check-runs", "POST check-runs"]
    assert (len(publisher.bodies()), len(publisher.github.check_runs(REPO, "a" * 40))) == (1, 1)


def test_a_check_run_that_was_written_when_the_process_was_killed_is_found_though_the_result_is_another_now(
    publisher: "Publisher", make_report: MakeReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.state = tmp_path / "state.json"
    keep = memory.Memory.keep

    def killed(self: memory.Memory, key: str, published: memory.Published) -> None:
        if published.check_run:
            raise KeyboardInterrupt
        keep(self, key, published)

    monkeypatch.setattr(memory.Memory, "keep", killed)
    with pytest.raises(KeyboardInterrupt):
        publisher(make_report(status="ungraded"))
    monkeypatch.undo()
    publisher(make_report("passed"))
    assert publisher.calls == ["PATCH comments", "GET check-runs", "PATCH check-runs"]
    assert [run.conclusion for run in publisher.github.check_runs(REPO, "a" * 40)] == ["success"]


def test_a_learner_who_posts_the_marker_gets_no_comment_edited(publisher: "Publisher", make_report: MakeReport) -> None:
    body = f"{marker('gatecast-2-features')}\nAll passed, 100 of 100!"
    planted = publisher.github.seed_comment(REPO, publisher.number, author="mallory", body=body)
    publisher(make_report("failed"))
    publisher(make_report("failed", commit="a" * 40))
    by_id = {one.id: one for one in publisher.github.comments(REPO, publisher.number)}
    assert by_id.pop(planted).body == body
    assert [one.author for one in by_id.values()] == ["github-actions[bot]"]


def test_a_bot_comment_that_merely_quotes_the_marker_is_left_alone(
    publisher: "Publisher", make_report: MakeReport
) -> None:
    body = f"Somebody wrote:\n{marker('gatecast-2-features')}"
    other = publisher.github.seed_comment(REPO, publisher.number, author="github-actions[bot]", body=body)
    publisher(make_report("failed"))
    assert [one.body for one in publisher.github.comments(REPO, publisher.number) if one.id == other] == [body]
    assert len(publisher.bodies()) == 2


def test_two_labs_on_one_pull_request_have_a_comment_and_a_check_run_each(
    publisher: "Publisher", make_report: MakeReport
) -> None:
    for state in ("failed", "passed"):
        for slug in ("gatecast-1-raw", "gatecast-1"):
            publisher(make_report(state, slug=slug))
    tops = [body.split("\n")[0] for body in publisher.bodies()]
    assert tops == [marker("gatecast-1-raw"), marker("gatecast-1")]
    names = {run.name for run in publisher.github.check_runs(REPO, "a" * 40)}
    assert names == {"pushmark/gatecast-1-raw", "pushmark/gatecast-1"}


def test_a_report_that_our_side_failed_to_produce_is_neutral_and_keeps_the_last_score(
    publisher: "Publisher", make_report: MakeReport
) -> None:
    publisher(make_report("passed", "failed"))
    publisher.push("b" * 40)
    publisher(make_report(commit="b" * 40, status="ungraded"))
    (run,) = publisher.github.check_runs(REPO, "b" * 40)
    assert (run.conclusion, run.title, run.annotations) == (
        "neutral",
        "Not graded: our side failed, no attempt is lost",
        [],
    )
    assert "was not graded: our side failed" in publisher.bodies()[0]
    assert "points" not in publisher.bodies()[0].split("\n", 2)[2]
    publisher.push("c" * 40)
    publisher(make_report("passed", "passed", commit="c" * 40))
    assert "2 of 2 points, 1 more than last time" in publisher.bodies()[0]


def test_a_report_published_twice_is_compared_with_the_attempt_before_both_times(
    publisher: "Publisher", make_report: MakeReport
) -> None:
    publisher(make_report("failed", "failed"))
    publisher.push("b" * 40)
    for _ in range(2):
        publisher(make_report("passed", "failed", commit="b" * 40))
        assert "1 of 2 points, 1 more than last time" in publisher.bodies()[0]
        assert "attempt 2" in publisher.bodies()[0]


def test_what_the_grader_knows_of_earlier_attempts_comes_before_what_the_comment_remembers(
    publisher: "Publisher", make_report: MakeReport
) -> None:
    publisher(make_report("failed", "failed", "failed"))
    known = Previous(points=2.0, max=3.0, commit="c" * 40)
    publisher(replace(make_report("passed", "passed", "passed", commit="a" * 40), previous=known, attempt=9))
    assert "3 of 3 points, 1 more than last time" in publisher.bodies()[0]
    assert "attempt 9" in publisher.bodies()[0]


def test_a_comment_deep_in_a_long_conversation_is_found(publisher: "Publisher", make_report: MakeReport) -> None:
    for number in range(130):
        publisher.github.seed_comment(REPO, publisher.number, author="ada", body=f"note {number}")
    publisher(make_report("failed"))
    publisher(make_report("passed"))
    assert publisher.calls == ["GET comments", "GET comments", "PATCH comments", "POST check-runs"]
    assert len(publisher.bodies()) == 1


def test_a_comment_deleted_since_is_written_anew(
    publisher: "Publisher", make_report: MakeReport, tmp_path: Path
) -> None:
    publisher.state = tmp_path / "state.json"
    publisher(make_report("passed", "failed"))
    publisher.github.delete_comment(REPO, publisher.github.comments(REPO, publisher.number)[0].id)
    publisher.push("b" * 40)
    publisher(make_report("passed", "passed", commit="b" * 40))
    assert publisher.calls == ["PATCH comments", "GET comments", "POST comments", "POST check-runs"]
    assert "1 more than last time" in publisher.bodies()[0]


def test_a_check_run_of_the_same_commit_is_edited_when_its_remarks_stay(
    publisher: "Publisher", make_report: MakeReport, tmp_path: Path
) -> None:
    publisher.state = tmp_path / "state.json"
    publisher(make_report(status="ungraded"))
    publisher(make_report("passed"))
    assert publisher.calls == ["PATCH comments", "PATCH check-runs"]
    assert [run.conclusion for run in publisher.github.check_runs(REPO, "a" * 40)] == ["success"]


def test_remarks_are_never_added_to_those_of_an_earlier_report(
    publisher: "Publisher", make_report: MakeReport, tmp_path: Path
) -> None:
    publisher.state = tmp_path / "state.json"
    publisher(make_report("failed", "failed"))
    publisher(make_report("passed", "failed"))
    runs = publisher.github.check_runs(REPO, "a" * 40)
    assert [[remark.start_line for remark in run.annotations] for run in runs] == [[1, 2], [2]]


def test_of_many_remarks_the_first_fifty_are_on_the_lines(publisher: "Publisher", make_report: MakeReport) -> None:
    publisher(make_report(*["failed"] * 63))
    (run,) = publisher.github.check_runs(REPO, "a" * 40)
    assert [remark.start_line for remark in run.annotations] == list(range(1, 51))
    assert run.summary is not None
    assert "50 of 63 remarks" in run.summary


def test_an_app_of_its_own_is_found_by_its_slug(publisher: "Publisher", make_report: MakeReport) -> None:
    publisher.token = publisher.github.app_token("pushmark-course", REPO)
    publisher.author = "pushmark-course[bot]"
    publisher(make_report("failed"))
    publisher(make_report("passed"))
    assert [one.author for one in publisher.github.comments(REPO, publisher.number)] == ["pushmark-course[bot]"]
    assert {run.app for run in publisher.github.check_runs(REPO, "a" * 40)} == {"pushmark-course"}


def test_a_check_run_forged_by_another_app_does_not_stand_in_for_ours(
    publisher: "Publisher", make_report: MakeReport
) -> None:
    report = make_report("failed")
    publisher(report)
    (forged,) = publisher.github.check_runs(REPO, "a" * 40)
    forged.app = "mallorys-app"
    publisher(report)
    assert [run.app for run in publisher.github.check_runs(REPO, "a" * 40)] == ["mallorys-app", "github-actions"]


def test_a_token_of_another_bot_is_told_before_it_writes_twice(publisher: "Publisher", make_report: MakeReport) -> None:
    publisher.token = publisher.github.app_token("another", REPO)
    with pytest.raises(GitHubError, match=r"written as another\[bot\].*not be found again") as caught:
        publisher(make_report("failed"))
    assert "--author 'another[bot]'" in caught.value.next_step


def test_without_a_check_run_a_person_may_publish(publisher: "Publisher", make_report: MakeReport) -> None:
    publisher.token, publisher.author, publisher.check = publisher.github.user_token("grace"), "grace", False
    outcome = publisher(make_report("failed"))
    assert (outcome.check, publisher.calls) == ("none", ["GET comments", "POST comments"])


def test_a_score_planted_in_our_comment_cannot_be_more_than_a_wrong_change(
    publisher: "Publisher", make_report: MakeReport, github: FakeGitHub
) -> None:
    publisher(make_report("passed", "failed"))
    (comment,) = github.comments(REPO, publisher.number)
    top = comment.body.split("\n", 1)[0]
    comment.body = f'{top}\n<!-- pushmark:scores {{"last":{{"points":1e999,"max":"<img src=x>"}}}} -->\nhello'
    publisher(make_report("passed", "passed"))
    assert "2 of 2 points" in publisher.bodies()[0]
    assert "<img" not in publisher.bodies()[0]


def test_a_long_report_fits_into_a_comment(publisher: "Publisher", make_report: MakeReport) -> None:
    publisher(make_report(*["failed"] * 400, message="\N{PILE OF POO} @everyone `x` " * 200))
    (body,) = publisher.bodies()
    assert 5_000 < len(body) < 64_000
    assert len(body.encode()) < 262_144
