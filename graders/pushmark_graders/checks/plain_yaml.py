"""Reads YAML that anybody may have written: mappings, lists and texts, within bounds.

Nothing is built but plain texts: no numbers, dates or objects. Anchors and aliases are refused, because a few lines
of them stand for more than any memory holds. A fault is told with its line.
"""

from types import ModuleType
from typing import TYPE_CHECKING

from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.report.text import one_line

if TYPE_CHECKING:
    from yaml.nodes import Node

MOST_CHARACTERS = 128 << 10
"""PyYAML in pure Python reads 100,000 characters a second at worst, 400,000 of a review."""

MAX_DEPTH = 8


class NotPlain(Exception):
    """The text cannot be read; `line` counts from 1."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.what = what
        self.line = line


class Entry(dict[str, "Value"]):
    """A mapping, with the line on which it begins."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


Value = str | list["Value"] | Entry


def parse(text: str) -> Value:
    """The one document in `text`; an empty one is "". Raises NotPlain, and CouldNotGrade without PyYAML."""
    yaml = _library()
    if len(text) > MOST_CHARACTERS:
        raise NotPlain(f"it has {len(text):,} characters, at most {MOST_CHARACTERS:,} are read", 1)
    try:
        node = _compose(yaml, text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it is not YAML"
        raise NotPlain(one_line(str(what), 200), mark.line + 1 if mark is not None else 1) from None
    return "" if node is None else _value(yaml, node)


def _library() -> ModuleType:
    try:
        import yaml  # noqa: PLC0415  (in the extra `ml`; only labs with such files need it)
    except ImportError:
        raise CouldNotGrade(
            "PyYAML, which this check reads its file with, is not installed",
            "pip install 'pushmark[ml]', or pip install pyyaml, then grade again",
        ) from None
    return yaml


def _compose(yaml: ModuleType, text: str) -> "Node | None":
    class Bounded(yaml.BaseLoader):  # type: ignore[misc, name-defined]  # the module is a value here
        depth = 0

        def compose_node(self, parent: "Node | None", index: object) -> "Node | None":
            event = self.peek_event()
            if getattr(event, "anchor", None) is not None:
                raise yaml.composer.ComposerError(
                    None, None, "anchors (&) and aliases (*) are not read", event.start_mark
                )
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise yaml.composer.ComposerError(None, None, f"more than {MAX_DEPTH} levels deep", event.start_mark)
            node: Node | None = super().compose_node(parent, index)
            self.depth -= 1
            return node

    loader = Bounded(text)
    try:
        found: Node | None = loader.get_single_node()
        return found
    finally:
        loader.dispose()


def _value(yaml: ModuleType, node: "Node") -> Value:
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_value(yaml, item) for item in node.value]
    entry = Entry(node.start_mark.line + 1)
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise NotPlain("a key that is not a text", line)
        if key.value in entry:
            raise NotPlain(f"the key {one_line(key.value, 60)} stands twice in one entry", line)
        entry[str(key.value)] = _value(yaml, value)
    return entry
