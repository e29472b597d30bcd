"""A static page with the comments of the demo's pushes, as a browser shows them on GitHub."""

from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pushmark_graders.report.markup import Markup, document, element, join, style

from pushmark_bot.demo.play import Push

_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def write(pushes: list[Push], title: str, path: Path) -> None:
    """Write the page to `path`; it needs no network and no script."""
    lead = (
        f"One pull request, {len(pushes)} pushes, one comment that is edited in place. Below: what it said after each."
    )
    articles = [_article(number, push) for number, push in enumerate(pushes, 1)]
    body = element("main", element("h1", title), element("p", lead, class_="lead"), join(articles, "\n"))
    path.write_text(document(title, style("pushmark_bot.demo", "page.css"), body), encoding="utf-8")


def _article(number: int, push: Push) -> Markup:
    edited = "commented" if push.published.comment == "created" else "edited the comment"
    header = element(
        "header",
        element("strong", "github-actions"),
        " ",
        element("span", "bot"),
        f" {edited} on ",
        element("code", push.commit[:7]),
    )
    return element(
        "article",
        element("h2", f"Push {number}: {push.step.message}"),
        element("p", push.step.about, class_="about"),
        element("section", header, element("div", comment(push.comment), class_="body"), class_="comment"),
    )


def comment(markdown: str) -> Markup:
    """Return a comment as GitHub would show it, with a note in the place of each chart that GitHub would draw."""
    tokens = _MARKDOWN.parse(markdown)
    return Markup(_MARKDOWN.renderer.render([_as_on_github(token) for token in tokens], _MARKDOWN.options, {}))


def _as_on_github(token: Token) -> Token:
    if token.type == "fence" and token.info == "mermaid":
        note = element("p", "GitHub draws a chart from this:", class_="about")
        return Token("html_block", "", 0, content=f"{note}{element('pre', element('code', token.content))}\n")
    alignment = str(token.attrs.pop("style", ""))  # which the page's policy does not allow
    if alignment:
        token.attrs["align"] = alignment.removeprefix("text-align:")
    return token
