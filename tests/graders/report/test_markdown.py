"""The feedback comment: what each kind of report looks like, and what it never shows."""

from collections.abc import Callable

from pushmark_graders.report import markdown
from pushmark_graders.report.model import Report

URL = "https://github.com/octo/flight-delays-2"


def test_each_kind_of_report_looks_like_its_golden_comment(
    sample_name: str, sample: Callable[[str], Report], golden: Callable[[str, str], None]
) -> None:
    golden(f"{sample_name}.md", markdown.render(sample(sample_name), repository_url=URL))
