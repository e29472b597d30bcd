"""Learners in their browsers: an invite, signing in with GitHub, a lab that is accepted; and what is refused."""

import re
import urllib.parse
from datetime import timedelta

import pytest
from pushmark_bot.db import log
from pushmark_bot.db.tables import Assignment, Person, Provision
from pushmark_bot.testing import Fault
from sqlalchemy import select

from tests.bot.web.browser import Browser
from tests.bot.web.conftest import Server

REPO = "example-school/ml-101-tiny-lab-learner"


def person(server: Server, identifier: str) -> Person:
    """Somebody on the roster."""
    with server.school.database.reading() as session:
        return session.scalars(select(Person).where(Person.identifier == identifier)).one()


def kinds(server: Server) -> list[str]:
    """What is in the event log."""
    with server.school.database.reading() as session:
        return [entry.kind for entry in log.entries(session, 1)]


def test_an_invite_links_the_account_and_a_lab_is_accepted_and_made(server: Server) -> None:
    browser = Browser("learner")
    assert "Join as s-1" in browser.open(server.invite("s-1")).words
    assert "Welcome, s-1" in browser.sign_in().words
    linked = person(server, "s-1")
    assert (linked.login, linked.github_id) == ("learner", server.school.github.seed_user("learner"))
    browser.open(browser.page.links["Count words"])
    assert "You get a repository of your own" in browser.page.words
    browser.press()
    assert "is being made" in browser.page.words
    assert browser.page.refreshes
    server.worker.start()
    page = server.until(browser, "Your repository is ready")
    assert not page.refreshes
    assert page.links["Open the repository"].endswith(f"/{REPO}")
    assert page.links["Feedback pull request"].endswith(f"/{REPO}/pull/1")
    assert "learner" in server.school.github.repository(REPO).writers
    assert kinds(server) == ["roster", "invite", "join", "accept", "provision"]


def test_accepting_twice_is_accepting_once(server: Server) -> None:
    browser = server.joined("s-1", "learner")
    browser.open(f"{server.url}/accept/ml-101/tiny-lab")
    form = browser.page.forms[0]
    for _ in range(2):
        assert "is being made" in browser.open(form.action, form.fields).words
    with server.school.database.reading() as session:
        assert len(session.scalars(select(Provision)).all()) == 1
    assert kinds(server).count("accept") == 1


def test_progress_is_shown_step_by_step(server: Server) -> None:
    browser = server.joined("s-1", "learner")
    browser.open(f"{server.url}/accept/ml-101/tiny-lab")
    browser.press()
    server.school.github.keep_empty(50)
    office = server.school.office()
    assert office.provisioner().advance(1).state == "wait"
    office.close()
    page = browser.open(browser.page.url)
    assert "2 of 6" in page.words
    assert "Waiting for GitHub to fill it" in page.words


def test_trouble_is_said_to_be_ours_and_its_text_is_for_staff(server: Server) -> None:
    browser = server.joined("s-1", "learner")
    browser.open(f"{server.url}/accept/ml-101/tiny-lab")
    browser.press()
    server.school.github.expect(Fault(method="POST", path="/generate", status=403, times=2, message="No right"))
    office = server.school.office()
    for _ in range(2):
        assert office.provisioner().advance(1).state == "trouble"
    office.close()
    page = browser.open(browser.page.url)
    assert "something on our side has to be mended" in page.words
    assert "No right" not in page.words


def test_an_accept_link_remembers_where_one_wanted_to_go(server: Server) -> None:
    server.joined("s-1", "learner")
    browser = Browser("learner")
    assert "Sign in with the GitHub account" in browser.open(f"{server.url}/accept/ml-101/tiny-lab").words
    browser.sign_in()
    assert browser.page.url == f"{server.url}/accept/ml-101/tiny-lab"
    assert "Accept" in str(browser.page.text) or browser.page.forms


def test_who_was_on_the_roster_with_a_login_needs_no_invite(server: Server) -> None:
    server.school.enrol({"s-3": "Known-Learner"})
    browser = Browser("known-learner")
    browser.open(f"{server.url}/accept/ml-101/tiny-lab")
    assert "You get a repository of your own" in browser.sign_in().words
    assert person(server, "s-3").github_id == server.school.github.seed_user("known-learner")


def test_an_invite_that_somebody_else_used_is_refused_by_name(server: Server) -> None:
    link = server.invite("s-1")
    first = Browser("learner")
    first.open(link)
    first.sign_in()
    second = Browser("other")
    second.open(link)
    page = second.sign_in()
    assert page.status == 403
    assert "was used by the GitHub account @learner already" in page.words
    assert person(server, "s-1").login == "learner"
    again = Browser("learner")
    again.open(link)
    assert "Welcome, s-1" in again.sign_in().words


def test_one_account_is_one_person(server: Server) -> None:
    server.joined("s-1", "learner")
    browser = Browser("learner")
    browser.open(server.invite("s-2"))
    page = browser.sign_in()
    assert page.status == 403
    assert "is somebody else on the roster" in page.words
    assert person(server, "s-2").github_id is None


def test_an_invite_that_has_ended_says_whom_to_ask(server: Server) -> None:
    with server.school.database.session() as session:
        session.add(Person(course_id=1, identifier="t-1", name="A <b>Teacher</b>", email="t@example.org", role="staff"))
    link = server.invite("s-1")
    browser = Browser("learner")
    server.school.time.sleep(timedelta(hours=23, minutes=59).total_seconds())
    browser.open(link)
    server.school.time.sleep(120)
    page = browser.sign_in()
    assert page.status == 403
    assert "This invite has ended" in page.words
    page = browser.open(link)
    assert page.status == 410
    assert "This invite has ended" in page.words
    assert "A <b>Teacher</b>" in page.words, "whatever stands on the roster is shown as it is, and is no markup"
    assert page.links["t@example.org"] == "mailto:t@example.org"


def test_an_invite_that_was_renewed_is_no_good_any_more(server: Server) -> None:
    before = server.invite("s-1")
    after = server.invite("s-1", renew=True)
    browser = Browser("learner")
    assert browser.open(before).status == 404
    assert "We do not know this invite" in browser.page.words
    assert browser.open(after).status == 200


def test_who_is_on_no_roster_gets_nothing(server: Server) -> None:
    browser = Browser("other")
    browser.open(f"{server.url}/accept/ml-101/tiny-lab")
    page = browser.sign_in()
    assert page.status == 403
    assert "nobody on the roster of ML at work has that account" in page.words
    assert server.told == []


def test_a_lab_that_is_not_set_up_is_not_given(server: Server) -> None:
    browser = server.joined("s-1", "learner")
    browser.open(f"{server.url}/accept/ml-101/tiny-lab")
    with server.school.database.session() as session:
        session.get_one(Assignment, 1).template = ""
    assert browser.press().status == 503
    assert browser.open(f"{server.url}/accept/ml-101/other").status == 404
    assert browser.open(f"{server.url}/course/other").status == 404


# what others may try


def begun(server: Server, browser: Browser) -> tuple[str, str]:
    """A sign-in that went as far as GitHub; returns where it would come back to, and the state."""
    browser.open(server.invite("s-1"))
    browser.press()
    browser.press(login=browser.login, password="x")
    fields = browser.page.forms[0].fields
    return fields["redirect_uri"], fields["state"]


def test_a_sign_in_that_another_browser_began_is_refused(server: Server) -> None:
    back, state = begun(server, Browser("other"))
    page = Browser("learner").open(f"{back}?code=whatever&state={state}")
    assert page.status == 400
    assert "was not begun here" in page.words


@pytest.mark.parametrize("state", ["", "guessed"])
def test_a_sign_in_with_another_state_is_refused(server: Server, state: str) -> None:
    browser = Browser("learner")
    back, _ = begun(server, browser)
    assert browser.open(f"{back}?code=whatever&state={state}").status == 400


def test_a_code_that_github_does_not_know_is_refused_and_can_be_tried_again(server: Server) -> None:
    browser = Browser("learner")
    back, state = begun(server, browser)
    page = browser.open(f"{back}?code=guessed&state={state}")
    assert page.status == 502
    assert "GitHub did not accept the sign-in" in page.words
    assert browser.open(f"{back}?code=guessed&state={state}").status == 400, "a state is good for one return"
    browser.open(server.invite("s-1", renew=True))
    assert browser.sign_in().status == 200


def test_whoever_says_no_at_github_may_come_back(server: Server) -> None:
    browser = Browser("learner")
    begun(server, browser)
    page = browser.press(cancel="1")
    assert page.status == 403
    assert "You did not sign in" in page.words
    assert person(server, "s-1").github_id is None


def test_forms_from_elsewhere_are_refused(server: Server) -> None:
    browser = server.joined("s-1", "learner")
    browser.open(f"{server.url}/accept/ml-101/tiny-lab")
    form = browser.page.forms[0]
    proof = form.fields["proof"]
    assert browser.open(form.action, {}).status == 403
    assert browser.open(form.action, {"proof": proof[::-1]}).status == 403
    assert browser.open(form.action, {"proof": proof}, {"Origin": "https://elsewhere.example"}).status == 403
    assert browser.open(f"{server.url}/sign-in", {"proof": proof}).status == 403
    assert Browser("other").open(form.action, {"proof": proof}).status == 403
    assert browser.open(form.action, {"proof": proof, "long": "x" * 5000}).status == 403
    assert server.told == []
    assert browser.open(form.action, {"proof": proof}, {"Origin": server.url}).status == 200


def test_nobody_is_sent_to_an_address_that_is_not_ours(server: Server) -> None:
    browser = Browser("learner")
    browser.open(f"{server.url}/accept/ml-101/tiny-lab")
    fields = {**browser.page.forms[0].fields, "course": "//elsewhere.example", "lab": "..//elsewhere.example"}
    browser.open(browser.page.forms[0].action, fields)
    browser.press(login="learner", password="x")
    page = browser.press()
    assert page.url.startswith(f"{server.url}/accept/")
    assert page.status == 404


def test_what_is_typed_into_an_address_is_not_shown_as_markup(server: Server) -> None:
    for path in ("/invite/<script>", "/accept/<script>/x", "/course/<script>", "/signed-in?state=<script>"):
        page = Browser("learner").open(server.url + urllib.parse.quote(path, safe="/?="))
        assert page.status in (400, 404)
        assert page.scripts == 0


def test_every_page_lets_nothing_else_in(server: Server) -> None:
    browser = server.joined("s-1", "learner")
    for path in ("/accept/ml-101/tiny-lab", "/course/ml-101", "/invite/x", "/signed-in"):
        page = browser.open(server.url + path)
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert f"form-action 'self' {server.school.github.url}" in policy
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert page.scripts == 0, "no scripts, and no styles of its own"
    cookies = list(browser.cookies)
    ours = next(one for one in cookies if one.name == "pushmark")
    assert ours.has_nonstandard_attr("HttpOnly")
    assert ours.get_nonstandard_attr("SameSite") == "lax"


def test_signing_out_forgets_who_it_was(server: Server) -> None:
    browser = server.joined("s-1", "learner")
    browser.open(f"{server.url}/course/ml-101")
    assert "You are signed out" in browser.press().words
    assert "Sign in with the GitHub account" in browser.open(f"{server.url}/course/ml-101").words


def test_no_token_is_kept_or_said(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    link = server.invite("s-1")
    token = link.rsplit("/", 1)[1]
    browser = Browser("learner")
    browser.open(link)
    browser.sign_in()
    kept = person(server, "s-1").invite
    assert re.fullmatch(r"[0-9a-f]{64}", kept or "")
    database = (server.school.folder / "pushmark.db").read_bytes()
    said = caplog.text + "".join(one.value or "" for one in browser.cookies if one.name == "pushmark")
    for secret in (token, "ghu_", server.school.app.client_secret):
        assert secret.encode() not in database
        assert secret not in said


def test_the_pages_are_styled_for_light_and_dark(server: Server) -> None:
    page = Browser("learner").open(f"{server.url}/static/pushmark.css")
    assert page.headers["Content-Type"].startswith("text/css")
    assert "prefers-color-scheme: dark" in page.text
