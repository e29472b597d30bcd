"""A lab's hints, one at a time."""

from pathlib import Path

import pytest
from pushmark_graders.lab.hints import parse, read_hints

LABS = sorted((Path(__file__).parents[3] / "labs").glob("*/hints.md"))


def test_each_numbered_item_below_a_task_is_a_hint() -> None:
    page = (
        "# Hints\n\nRead one, then try.\n\n## Task 1. Count\n\n1. What ends a word?\n2. Look at `re`:\n\n"
        "   ```python\n   # all runs\n   re.findall(pattern, text)\n   ```\n\n## Task 12: Rank\n\n1. Ties?\n\n"
        "## More\n\n1. This is for nobody.\n"
    )
    assert parse(page) == {
        1: ["What ends a word?", "Look at `re`:\n\n```python\n# all runs\nre.findall(pattern, text)\n```"],
        12: ["Ties?"],
    }


def test_a_page_that_is_not_there_or_no_text_has_no_hints(tmp_path: Path) -> None:
    assert read_hints(tmp_path) == {}
    (tmp_path / "hints.md").write_bytes(b"## Task 1\n\n1. \xff")
    assert read_hints(tmp_path) == {}


@pytest.mark.parametrize("page", LABS, ids=lambda page: str(page.parent.name))
def test_every_lab_has_hints_for_each_of_its_sections(page: Path) -> None:
    headings = [line for line in page.read_text().splitlines() if line.startswith("## Task ")]
    found = read_hints(page.parent)
    assert sorted(found) == list(range(1, len(headings) + 1))
    assert all(hints and all(hints) for hints in found.values())
