"""What learners do in a browser: use their invite, sign in, accept a lab, and watch their repository being made.

The browser is told where to go by us alone: every address is put together from what is in the database. A token of
GitHub's never reaches it.
"""

import hmac
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qsl, quote, urlsplit

from fastapi import Depends, FastAPI, Request, Response
from msgspec.structs import replace
from pushmark_graders.errors import PushmarkError
from sqlalchemy import select
from sqlalchemy.orm import Session

from pushmark_bot.db import log
from pushmark_bot.db.store import Database
from pushmark_bot.db.tables import Assignment, Course, Person
from pushmark_bot.github.organisation import Account
from pushmark_bot.github.port import GitHubError
from pushmark_bot.github.sign_in import SignIn
from pushmark_bot.provision import invites, rows
from pushmark_bot.provision.invites import NotTaken
from pushmark_bot.web import views
from pushmark_bot.web.intake import TooLarge, read_body
from pushmark_bot.web.pages import Pages
from pushmark_bot.web.session import SIGN_IN_SECONDS, Visit, key_from, new_visit, seal, unseal

LONGEST_FORM = 4096
ASK = "Ask the people who teach the course."


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a short form; of a long one none."""
    try:
        body = await read_body(request, LONGEST_FORM)
    except TooLarge:
        return {}
    return dict(parse_qsl(body.decode(errors="replace")))


Form = Annotated[dict[str, str], Depends(read_form)]


class Site:
    """The pages of one server. `told` is called when somebody has accepted a lab."""

    def __init__(
        self,
        *,
        database: Database,
        sign_in: SignIn,
        secret: str,
        public_url: str,
        web_url: str,
        told: Callable[[], None] = lambda: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`secret` is the app's client secret, `public_url` where browsers reach us, `web_url` GitHub's pages."""
        self._database = database
        self._sign_in = sign_in
        self._key = key_from(secret)
        self._public_url = public_url.rstrip("/")
        self._web_url = web_url
        self._told = told
        self._clock = clock
        self._pages = Pages(web_url)
        safe = urlsplit(public_url).scheme == "https"
        self._cookie = "__Host-pushmark" if safe else "pushmark"
        self._safe = safe

    def add_to(self, app: FastAPI) -> None:
        """Let `app` answer with these pages."""
        app.get("/static/pushmark.css")(self._pages.style)
        app.get("/invite/{token}")(self.invite)
        app.post("/sign-in")(self.begin)
        app.get("/signed-in")(self.signed_in)
        app.post("/sign-out")(self.sign_out)
        app.get("/course/{slug}")(self.course)
        app.get("/accept/{slug}/{lab}")(self.offer)
        app.post("/accept/{slug}/{lab}")(self.accept)

    # the invite

    def invite(self, request: Request, token: str) -> Response:
        """Who is invited to what."""
        visit = self._visit(request)
        with self._database.reading() as session:
            found = invites.invited(session, invites.digest(token))
            if found is None:
                text = (
                    "Perhaps it was cut off on its way, or a newer one was made for you. Look for the newest, or ask."
                )
                return self._pages.message("We do not know this invite", text, status=404)
            person, course = found
            ended = person.github_id is None and person.invite_ends is not None and person.invite_ends <= self._clock()
            if ended:
                return self._ended(session, course)
            proof = visit.proof(self._key, "/sign-in")
            page = self._pages.page(
                "invite", course=course, person=person.name or person.identifier, token=token, proof=proof
            )
        return self._remember(page, visit)

    def _ended(self, session: Session, course: Course) -> Response:
        people = views.contacts(session, course)
        text = f"Invites to {course.title} are good for some weeks. {'' if people else ASK} You will get a new one."
        return self._pages.message("This invite has ended", text, status=410, people=people)

    # signing in

    def begin(self, request: Request, form: Form) -> Response:
        """Send somebody to GitHub, and remember what for."""
        visit = self._visit(request)
        if not self._ours(request, visit, form, "/sign-in"):
            return self._not_ours()
        state = secrets.token_urlsafe(24)
        kept = replace(
            visit,
            state=state,
            state_ends=self._clock().timestamp() + SIGN_IN_SECONDS,
            invite=invites.digest(form["invite"]) if form.get("invite") else "",
            course=form.get("course", "")[:100],
            lab=form.get("lab", "")[:100],
        )
        return self._remember(self._pages.go(self._sign_in.address(state, f"{self._public_url}/signed-in")), kept)

    def signed_in(self, request: Request, state: str = "", code: str = "") -> Response:
        """Take somebody back from GitHub, link their roster entry, and let them go on."""
        visit = self._visit(request)
        begun = visit.state and visit.state_ends > self._clock().timestamp()
        if not begun or not hmac.compare_digest(visit.state.encode(), state.encode()):
            text = "It took too long, or was begun in another browser. Open your link again, and sign in from there."
            return self._pages.message("This sign-in was not begun here", text, status=400)
        if not code:
            return self._again(visit, "You did not sign in", "GitHub says that you did not want to.", 403)
        try:
            account = self._sign_in.who(code)
        except GitHubError as trouble:
            return self._again(visit, trouble.what, f"What to do: {trouble.next_step}.", 502)
        known = replace(visit, github_id=account.id, login=account.login, state="", form=new_visit(0).form)
        try:
            where = self._link(known, account)
        except NotTaken as refused:
            return self._again(visit, refused.what, refused.next_step, 403)
        return self._remember(self._pages.go(where), replace(known, invite="", course="", lab=""))

    def sign_out(self, request: Request, form: Form) -> Response:
        """Forget who it is."""
        visit = self._visit(request)
        if not self._ours(request, visit, form, "/sign-out"):
            return self._not_ours()
        text = "On a computer that others use, sign out of GitHub too."
        page = self._pages.message("You are signed out", text, status=200)
        return self._remember(page, new_visit(self._clock().timestamp()))

    def _link(self, visit: Visit, account: Account) -> str:
        """Link the roster entry of an invite; returns where to go on. Raises NotTaken."""
        if visit.invite:
            with self._database.session() as session:
                found = invites.invited(session, visit.invite)
                if found is None:
                    raise NotTaken("This invite is no good any more.", "A newer one was made: look for that.")
                person, course = found
                invites.join(session, person, account, at=self._clock())
                return f"/course/{quote(course.slug, safe='')}"
        lab = f"/{quote(visit.lab, safe='')}" if visit.lab else ""
        return f"/{'accept' if lab else 'course'}/{quote(visit.course, safe='')}{lab}"

    def _again(self, visit: Visit, title: str, text: str, status: int) -> Response:
        """Say that it did not work, and forget that it was begun."""
        page = self._pages.message(title, text, status=status)
        return self._remember(page, replace(visit, state=""))

    # a course and its labs

    def course(self, request: Request, slug: str) -> Response:
        """The labs of a course."""
        visit = self._visit(request)
        with self._database.session() as session:
            course = session.scalars(select(Course).where(Course.slug == slug)).one_or_none()
            if course is None:
                return self._no_course()
            if not visit.github_id:
                return self._ask_to_sign_in(visit, course, None)
            person = self._person(session, course, visit)
            if person is None:
                return self._stranger(session, visit, course)
            page = self._pages.page(
                "course",
                course=course,
                person=person.name or person.identifier,
                login=person.login,
                labs=views.labs(session, course),
                out=visit.proof(self._key, "/sign-out"),
            )
        return self._remember(page, visit)

    def offer(self, request: Request, slug: str, lab: str) -> Response:
        """A lab: to be accepted, on its way, or ready."""
        visit = self._visit(request)
        with self._database.session() as session:
            found = _assignment(session, slug, lab)
            if found is None:
                return self._no_course()
            if not visit.github_id:
                return self._ask_to_sign_in(visit, found.course, found)
            person = self._person(session, found.course, visit)
            if person is None:
                return self._stranger(session, visit, found.course)
            page = self._pages.page(
                "accept",
                course=found.course,
                lab=views.lab_view(found),
                login=person.login,
                view=views.repository_view(session, found, person, self._web_url),
                proof=visit.proof(self._key, _address(found)),
                out=visit.proof(self._key, "/sign-out"),
            )
        return self._remember(page, visit)

    def accept(self, request: Request, slug: str, lab: str, form: Form) -> Response:
        """Ask for a repository; asking twice is asking once."""
        visit = self._visit(request)
        with self._database.session() as session:
            found = _assignment(session, slug, lab)
            if found is None:
                return self._no_course()
            if not self._ours(request, visit, form, _address(found)):
                return self._not_ours()
            person = self._person(session, found.course, visit) if visit.github_id else None
            if person is None:
                return self._stranger(session, visit, found.course)
            try:
                rows.ready_to_give(found)
            except PushmarkError:
                people = views.contacts(session, found.course)
                text = f"The people who teach the course have to set it up first. {'' if people else ASK}"
                return self._pages.message("This lab is not given out yet", text, status=503, people=people)
            if views.repository_view(session, found, person, self._web_url).state != "ready":
                self._ask(session, found, person)
            where = _address(found)
        self._told()
        return self._pages.go(where)

    def _ask(self, session: Session, found: Assignment, person: Person) -> None:
        by, at = f"@{person.login}", self._clock()
        if rows.of(session, found, person) is None:
            data = {"lab": found.slug, "learner": person.identifier}
            log.append(session, found.course_id, at=at, actor=by, kind="accept", data=data)
        rows.ask(session, found, person, by=by, urgent=True, at=at)

    def _person(self, session: Session, course: Course, visit: Visit) -> Person | None:
        account = Account(id=visit.github_id, login=visit.login)
        try:
            return invites.recognised(session, course, account, at=self._clock())
        except NotTaken:
            return None

    # what is said to whoever cannot go on

    def _ask_to_sign_in(self, visit: Visit, course: Course, found: Assignment | None) -> Response:
        page = self._pages.page(
            "sign_in",
            course=course,
            lab=views.lab_view(found).title if found is not None else "",
            slug=found.slug if found is not None else "",
            proof=visit.proof(self._key, "/sign-in"),
        )
        return self._remember(page, visit)

    def _stranger(self, session: Session, visit: Visit, course: Course) -> Response:
        people = views.contacts(session, course)
        text = (
            f"You are signed in as @{visit.login}, and nobody on the roster of {course.title} has that account yet. "
            f"Open the invite that you were sent: it links the two. {'' if people else ASK}"
        )
        return self._pages.message("We do not know you here yet", text, status=403, people=people)

    def _no_course(self) -> Response:
        return self._pages.message("There is no such lab here", "Check the link that you were given.", status=404)

    def _not_ours(self) -> Response:
        text = "The page was open for long, or came from elsewhere. Go back, load it again, and press the button."
        return self._pages.message("This form is not ours", text, status=403)

    # what the browser remembers

    def _visit(self, request: Request) -> Visit:
        now = self._clock().timestamp()
        return unseal(request.cookies.get(self._cookie, ""), self._key, now) or new_visit(now)

    def _ours(self, request: Request, visit: Visit, form: dict[str, str], action: str) -> bool:
        """Whether a form came from our own page in this browser."""
        origin = request.headers.get("Origin", self._public_url)
        proof = visit.proof(self._key, action)
        return origin == self._public_url and hmac.compare_digest(proof.encode(), form.get("proof", "").encode())

    def _remember(self, page: Response, visit: Visit) -> Response:
        page.set_cookie(
            self._cookie, seal(visit, self._key), httponly=True, secure=self._safe, samesite="lax", path="/"
        )
        return page


def _assignment(session: Session, slug: str, lab: str) -> Assignment | None:
    return session.scalars(
        select(Assignment).join(Course).where(Course.slug == slug, Assignment.slug == lab)
    ).one_or_none()


def _address(found: Assignment) -> str:
    return f"/accept/{quote(found.course.slug, safe='')}/{quote(found.slug, safe='')}"
