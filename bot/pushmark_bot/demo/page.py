"""A static page with the comments of the demo's pushes, as a browser shows them on GitHub."""

from html import escape
from importlib import resources
from pathlib import Path

from markdown_it import MarkdownIt

from pushmark_bot.demo.play import Push


def write(pushes: list[Push], title: str, path: Path) -> None:
    """Write the page to `path`; it needs no network and no script."""
    style = (resources.files("pushmark_bot.demo") / "page.css").read_text(encoding="utf-8")
    articles = "\n".join(_article(number, push) for number, push in enumerate(pushes, 1))
    path.write_text(
        f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><style>{style}</style></head>
<body><main><h1>{escape(title)}</h1>
<p class="lead">One pull request, {len(pushes)} pushes, one comment that is edited in place.
Below: what it said after each.</p>
{articles}
</main></body></html>
""",
        encoding="utf-8",
    )


def _article(number: int, push: Push) -> str:
    body = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(push.comment)
    return f"""<article>
<h2>Push {number}: {escape(push.step.message)}</h2>
<p class="about">{escape(push.step.about)}</p>
<section class="comment"><header><strong>github-actions</strong> <span>bot</span>
{"commented" if push.published.comment == "created" else "edited the comment"} on
<code>{escape(push.commit[:7])}</code></header>
<div class="body">{body}</div></section>
</article>"""
