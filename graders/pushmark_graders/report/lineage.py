"""From the data to the measurement: which stages ran, which run logged the claim, and what came of it."""

from typing import Literal, NamedTuple

from pushmark_graders.report.model import MetricResult, Report, StageResult
from pushmark_graders.report.runs import claimed_by
from pushmark_graders.report.words import number

MOST_STAGES = 8


class Link(NamedTuple):
    """One link of the chain: `name` is learner text where `learner` says so, the rest is ours or the author's."""

    kind: Literal["data", "stage", "run", "claim", "measurement"]
    name: str
    says: str = ""
    learner: bool = False


def lineage(report: Report) -> list[Link]:
    """Return the chain behind the first metric that was claimed or measured; empty without a training."""
    if report.training is None or report.training.state != "completed":
        return []
    links = [Link("data", report.environment.data_hash[:8])] if report.environment.data_hash else []
    stages = report.training.stages
    links += [Link("stage", stage.name, _became(stage), learner=True) for stage in stages[:MOST_STAGES]]
    if len(stages) > MOST_STAGES:
        links.append(Link("stage", f"{len(stages) - MOST_STAGES} more stages"))
    metric = next((one for one in report.metrics if one.claimed is not None or one.measured is not None), None)
    if metric is None:
        newest = report.training.runs[:1]
        return [*links, *(Link("run", run.name or run.id, learner=True) for run in newest)]
    return [*links, *_end(report, metric)]


def _became(stage: StageResult) -> str:
    if stage.reused:
        return "reused"
    return "ran" if stage.ran else "did not run"


def _end(report: Report, metric: MetricResult) -> list[Link]:
    links: list[Link] = []
    if metric.claimed is not None:
        run = claimed_by(report, metric)
        if run is not None:
            links.append(Link("run", run.name or run.id, learner=True))
        elif report.training is not None and report.training.runs:
            links.append(Link("run", "", "no run logged this value"))
        links.append(Link("claim", metric.title, f"claimed {number(metric.claimed)}"))
    if metric.measured is not None:
        name = "" if links else metric.title
        links.append(Link("measurement", name, f"measured {number(metric.measured)}"))
    return links
