"""Somebody's browser, as far as forms and cookies go: it follows redirects, and presses buttons."""

import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from email.message import Message
from html.parser import HTMLParser
from http.cookiejar import CookieJar


@dataclass
class Form:
    """A form of a page."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass
class Page:
    """What is shown."""

    url: str
    status: int
    text: str
    headers: Message
    forms: list[Form] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    refreshes: bool = False
    scripts: int = 0

    @property
    def words(self) -> str:
        """All that can be read, on one line."""
        return " ".join(self.text.split())


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._link = ""
        self._words: list[str] = []
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urllib.parse.urljoin(self._page.url, given.get("action") or self._page.url)
            self._page.forms.append(Form(action, given.get("method", "get")))
        if tag == "input" and self._page.forms:
            self._page.forms[-1].fields[given.get("name", "")] = given.get("value", "")
        if tag == "a":
            self._link = given.get("href", "")
        self._page.refreshes |= tag == "meta" and given.get("http-equiv") == "refresh"
        self._page.scripts += tag == "script" or any(name.startswith("on") or name == "style" for name in given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._link = ""

    def handle_data(self, data: str) -> None:
        self._words.append(data)
        if self._link and data.strip():
            self._page.links[" ".join(data.split())] = urllib.parse.urljoin(self._page.url, self._link)

    def read(self, text: str) -> None:
        self.feed(text)
        self._page.text = "".join(self._words)


class Browser:
    """One browser; `page` is what it shows. `login` is who logs in to GitHub with it when asked."""

    def __init__(self, login: str) -> None:
        self.login = login
        self.cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.page: Page

    def open(self, url: str, data: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> Page:
        """Go to an address, or send a form there."""
        body = urllib.parse.urlencode(data).encode() if data is not None else None
        request = urllib.request.Request(url, data=body, headers=headers or {})
        try:
            answer = self._opener.open(request, timeout=60)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            raw = answer.read().decode()
            self.page = Page(answer.geturl(), answer.status or 0, "", answer.headers)
        _Reader(self.page).read(raw)
        return self.page

    def press(self, which: int = 0, **fields: str) -> Page:
        """Send a form of the page that is shown."""
        form = self.page.forms[which]
        return self.open(form.action, {**form.fields, **fields})

    def sign_in(self) -> Page:
        """Press `Sign in with GitHub`, and do there what it asks for."""
        self.press()
        if self.page.url.split("?")[0].endswith("/login"):
            self.press(login=self.login, password="a long secret")
        return self.press()
