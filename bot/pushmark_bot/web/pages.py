"""Makes pages out of templates, with headers that let nothing else into them."""

from pathlib import Path
from urllib.parse import urlsplit

from fastapi import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent
STYLE = (HERE / "pushmark.css").read_bytes()


class Pages:
    """All pages of a server; `elsewhere` is the site that forms may lead to."""

    def __init__(self, elsewhere: str) -> None:
        where = urlsplit(elsewhere)
        self._headers = {
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            f"form-action 'self' {where.scheme}://{where.netloc}",
            "Referrer-Policy": "same-origin",  # with no-referrer, browsers would not say where a form came from
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )

    def page(self, name: str, *, status: int = 200, **values: object) -> Response:
        """A page; whatever is put into it is escaped."""
        text = self._templates.get_template(f"{name}.html").render(**values)
        return Response(text, status_code=status, media_type="text/html", headers=self._headers)

    def message(self, title: str, text: str, *, status: int, **values: object) -> Response:
        """A page that only says something."""
        return self.page("message", status=status, title=title, text=text, **{"link": None, "people": [], **values})

    def go(self, address: str) -> Response:
        """Send the browser elsewhere."""
        return Response(status_code=303, headers={**self._headers, "Location": address})

    def style(self) -> Response:
        """The style sheet."""
        headers = {"Cache-Control": "max-age=3600", "X-Content-Type-Options": "nosniff"}
        return Response(STYLE, media_type="text/css", headers=headers)
