"""Builds HTML in which text is always text: what is not `Markup` already is escaped on its way in.

Learner text goes through `literal` and `block`, which make it visible as well: control and invisible characters are
written out. A document stands alone. Its policy allows one style sheet, the one inside, and nothing else: no script,
no picture, no request, so that a hole in the escaping would still run nothing.
"""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from importlib import resources

from pushmark_graders.report.text import Keep, clean, one_line, shorten, spans

_VOID = frozenset({"br", "hr", "meta"})


class Markup(str):
    """HTML that was built here."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | float | None) -> Markup:
    """Return an element. `class_` is written `class`, `aria_label` `aria-label`; None leaves an attribute out."""
    shown = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_written(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    opened = f"<{name}{shown}>"
    return Markup(opened if name in _VOID else f"{opened}{join(children)}</{name}>")


def _written(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")


def join(parts: Iterable[str], between: str = "") -> Markup:
    """Return the parts one after another; what is no markup is escaped."""
    return Markup(between.join(part if isinstance(part, Markup) else escape(clean(part)) for part in parts))


def sentence(text: str, limit: int = 600) -> Markup:
    """Return an author's or the grader's sentence, its code spans as such."""
    parts = spans(one_line(text, limit))
    return join(element("code", part.strip()) if is_code else part for is_code, part in parts)


def literal(text: str, limit: int = 120) -> Markup:
    """Return learner text on one line."""
    return element("code", one_line(text, limit) or "(empty)")


def block(text: str, *, limit: int, lines: int = 60, keep: Keep = "ends") -> Markup:
    """Return learner text on lines of its own, cut as in the comment; nothing where there is none."""
    content = shorten(text, limit=limit, lines=lines, keep=keep)
    return element("pre", element("code", content)) if content else Markup()


def style(package: str, name: str) -> str:
    """Return the style sheet that all pages share, followed by one of a package's own."""
    sheets = [("pushmark_graders.report", "base.css"), (package, name)]
    return "".join((resources.files(folder) / sheet).read_text(encoding="utf-8") for folder, sheet in sheets)


def document(title: str, sheet: str, body: Markup) -> str:
    """Return a whole page in English. Needs no network and no script, and allows neither."""
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = join(
        [
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=policy),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("meta", name="referrer", content="no-referrer"),
            element("title", title),
            element("style", Markup(sheet)),
        ],
        "\n",
    )
    page = element("html", Markup("\n"), element("head", head), Markup("\n"), element("body", body), lang="en")
    return f"<!doctype html>\n{page}\n"
