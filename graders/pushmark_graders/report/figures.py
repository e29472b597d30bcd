"""The parts of the feedback comment that are pictures elsewhere: charts, the trend over attempts, the lineage.

Each says in one open line what matters; what GitHub draws, and the numbers behind it, are folded below. GitHub's
e-mails and other readers that draw no Mermaid still have that line and the table.
"""

from pushmark_graders.report import mermaid
from pushmark_graders.report.intervals import marks
from pushmark_graders.report.lineage import Link, lineage
from pushmark_graders.report.model import Report
from pushmark_graders.report.plotting import sparkline
from pushmark_graders.report.text import code, fold, prose
from pushmark_graders.report.trend import Series, attempts, trends
from pushmark_graders.report.words import amount, number

MOST_SERIES = 3
LINES = "The two lines are the ends of the measurement's 95 % interval."


def claim_charts(report: Report, *, charts: int) -> str:
    drawn = [(metric, chart) for metric in report.metrics[:charts] if (chart := mermaid.claim(metric))]
    if not drawn:
        return ""
    has_lines = any(mark.low != mark.high for metric, _ in drawn for mark in marks(metric))
    return fold("Claims and measurements as charts", [*(chart for _, chart in drawn), *([LINES] if has_lines else [])])


def trend(report: Report, *, rows: int, charts: int) -> str:
    """Return how points and measurements moved: a line of words, and the chart and table folded below it."""
    series = trends(report)[:MOST_SERIES]
    if not series or not rows:
        return ""
    says = " · ".join(f"{prose(one.title, 80)} {sparkline(one.values)} {one.says()}" for one in series)
    open_line = f"**Trend over {len(series[0].values)} attempts:** {says}"
    drawn = [mermaid.trend(one) for one in series[:charts]]
    return f"{open_line}\n\n{fold('The trend as charts and numbers', [*drawn, _trend_table(report, series[1:], rows)])}"


def _trend_table(report: Report, measured: list[Series], rows: int) -> str:
    columns = ["Attempt", "Commit", "Points", *(prose(one.title, 80) for one in measured)]
    known = [dict(zip(one.attempts, one.values, strict=True)) for one in measured]
    lines = [f"| {' | '.join(columns)} |", f"| --: | :-- | --: |{' --: |' * len(measured)}"]
    for past in attempts(report)[-rows:]:
        commit = code(past.commit[:7]) if past.commit.isalnum() else ""
        cells = [str(past.attempt), commit, f"{amount(past.points)} of {amount(past.max)}"]
        cells += [number(values[past.attempt]) if past.attempt in values else "" for values in known]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def lineage_line(report: Report) -> str:
    links = lineage(report)
    return f"**Lineage:** {' → '.join(map(_link, links))}" if len(links) > 1 else ""


def _link(link: Link) -> str:
    name = code(link.name, 60) if link.learner or link.kind == "data" else prose(link.name, 100)
    if link.kind == "stage":
        return f"{name} ({link.says})" if link.says else name
    if link.kind in {"data", "run"}:
        return f"{link.kind} {name}" if link.name else link.says
    return f"{name}: {link.says}" if link.name else link.says
