"""A server with learners' pages, on a real port, before the school's fake GitHub."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from pushmark_bot.github.sign_in import PyGithubSignIn
from pushmark_bot.provision import invites
from pushmark_bot.provision.worker import Worker
from pushmark_bot.testing import FakeGitHub
from pushmark_bot.web.site import Site

from tests.bot.provision.school import START, School, settle
from tests.bot.serving import listening, serving
from tests.bot.web.browser import Browser, Page


@dataclass
class Server:
    """It runs; `worker` makes repositories once it is started."""

    url: str
    school: School
    worker: Worker
    told: list[str] = field(default_factory=list)

    def invite(self, identifier: str, *, renew: bool = False) -> str:
        """A new invite of somebody, good for a day."""
        with self.school.database.session() as session:
            issued = invites.issue(
                session,
                "ml-101",
                [identifier],
                renew=renew,
                ends=START + timedelta(days=1),
                address=self.url,
                by="staff",
                at=START,
            )
        return issued.invites[0].link

    def joined(self, identifier: str, login: str) -> Browser:
        """A browser of somebody who has used their invite."""
        browser = Browser(login)
        browser.open(self.invite(identifier))
        assert browser.sign_in().status == 200
        return browser

    def until(self, browser: Browser, words: str) -> Page:
        """Load the page again until it says something."""
        end = time.monotonic() + 90
        while words not in browser.page.words:
            assert time.monotonic() < end, browser.page.words
            time.sleep(0.05)
            browser.open(browser.page.url)
        return browser.page


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server for a course with two people, who have accounts that nobody knows yet."""
    with FakeGitHub() as github, listening() as (port, url):
        school = settle(tmp_path, github)
        school.enrol({"s-1": "", "s-2": ""})
        for login in ("learner", "other"):
            github.seed_user(login)
        office = school.office()
        worker = Worker(office.database, office.provisioner(), clock=school.time.now)
        school.app.callbacks.append(f"{url}/signed-in")
        running = Server(url, school, worker)
        sign_in = PyGithubSignIn(
            client_id=school.app.client_id,
            client_secret=school.app.client_secret,
            api_url=github.url,
            web_url=github.url,
        )
        site = Site(
            database=office.database,
            sign_in=sign_in,
            secret=school.app.client_secret,
            public_url=url,
            web_url=github.url,
            told=lambda: running.told.append("told"),
            clock=school.time.now,
        )
        app = FastAPI(openapi_url=None)
        site.add_to(app)
        with serving(app, port):
            yield running
            if worker._thread.is_alive():
                worker.stop()
        office.close()
