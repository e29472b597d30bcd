"""Prints text and tables in the characters that a console can show, and never interprets what it prints."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pushmark_graders.report.verdict import MARKS, Shown

STYLES: dict[Shown, str] = {
    "passed": "green",
    "partial": "yellow",
    "failed": "red",
    "blocked": "dim",
    "error": "red",
    "ungraded": "cyan",
    "noisy": "magenta",
}
LEFT = {
    "Task", "State", "Metric", "Check", "Budget", "Column", "First at", "Run", "Status", "Course", "Learner", "Name",
    "Section",
}  # fmt: skip
"""Columns of words; all others hold numbers."""


class Page:
    """Writes Text alone, never markup, in the characters that the console can show."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.encoding = (console.encoding or "ascii").lower()

    def text(self, content: str, style: str = "") -> Text:
        shown = content.encode(self.encoding, "backslashreplace").decode(self.encoding)
        return Text(shown, style=style, overflow="fold")

    def mark(self, state: Shown, words: str) -> Text:
        mark = f"{MARKS[state]} " if self.draws else ""
        return self.text(f"{mark}{words}", STYLES[state])

    def line(self, content: str = "", style: str = "", indent: int = 0) -> None:
        # Wrapped here and not by a Padding, which would fill each line with spaces to its end.
        width = max(20, self.console.width - indent)
        for line in self.text(content, style).wrap(self.console, width) if content else [Text()]:
            line.rstrip()
            self.show(Text(" " * indent) + line)

    @property
    def draws(self) -> bool:
        """Whether the console can show sparklines and lines."""
        return self.encoding.startswith("utf")

    def show(self, content: Text | Table) -> None:
        self.console.print(content, highlight=False)

    def table(self, *columns: str) -> Table:
        made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in columns:
            made.add_column(self.text(column), justify="left" if column in LEFT else "right")
        return made
