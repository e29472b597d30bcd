"""What the tests of reports share.

`sample(name)` is a report of every kind a learner meets, built from one realistic lab. `read_comment`
reads Markdown as GitHub would and says what in it is alive: tags, links, mentions, references.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace
from pushmark_graders.report.model import (
    AttemptsLeft,
    BudgetResult,
    CheckResult,
    Environment,
    Integrity,
    LabRef,
    Later,
    LeakFinding,
    Location,
    LoggedModel,
    MetricResult,
    PastAttempt,
    Previous,
    Report,
    RunSummary,
    Score,
    StageResult,
    SubmissionRef,
    TaskResult,
    Timing,
    TrainingResult,
)

COMMIT = "4f2a9c1b7d3e5f60718293a4b5c6d7e8f9012345"

TRACEBACK = """Traceback (most recent call last):
  File "src/gatecast/weather.py", line 41, in attach
    merged = pd.merge_asof(flights, weather, on="observed_at", by="origin")
  File "/usr/lib/python3/site-packages/pandas/core/reshape/merge.py", line 708, in merge_asof
    return op.get_result()
ValueError: left keys must be sorted"""

PARSE = CheckResult(
    id="parse-hhmm",
    title="`parse_hhmm` reads 2400 as midnight of the next day",
    state="passed",
    points=2,
    max=2,
    seconds=0.02,
)
ROWS = CheckResult(id="keeps-rows", title="Every flight stays exactly once", state="passed", points=2, max=2)
AS_OF = CheckResult(
    id="weather-as-of",
    title="Each flight gets the latest weather observation made before T-2h.",
    state="passed",
    points=3,
    max=3,
    hint="Which observations had been published two hours before departure? Look at `direction` and "
    "`allow_exact_matches` of `pandas.merge_asof`.",
    location=Location(path="src/gatecast/weather.py", line=41),
)
LEAK = CheckResult(
    id="no-look-ahead",
    title="No feature changes when the future changes",
    state="passed",
    points=3,
    max=3,
    hint="Two of your columns are only known after landing.",
)
HIDDEN = CheckResult(
    id="unseen-airport",
    title="An airport that was never seen in training still gets a score",
    state="passed",
    points=2,
    max=2,
    hidden=True,
    hint="What does your encoder do with a category it has not met?",
)
AUC = MetricResult(
    name="auc",
    title="AUC on next month's flights",
    state="passed",
    points=8,
    max=8,
    claimed=0.712,
    measured=0.708,
    low=0.697,
    high=0.719,
    reference=0.641,
    baseline=0.0,
    target=0.06,
    gap=0.004,
    tolerance=0.02,
    honest=True,
    hint="Features that are known at T-2h and carry the most: the inbound aircraft and the weather trend.",
)
RUNS = [
    RunSummary(
        id="a1b2",
        name="logistic",
        status="FINISHED",
        params={"C": "1.0", "features": "base"},
        metrics={"val_auc": 0.664},
    ),
    RunSummary(
        id="c3d4",
        name="hist-gradient-boosting",
        status="FINISHED",
        params={"learning_rate": "0.06", "max_leaf_nodes": "31"},
        metrics={"val_auc": 0.712, "val_log_loss": 0.4471},
    ),
]
TRAINING = TrainingResult(
    state="completed",
    seconds=38.42,
    stages=[StageResult(name="features", ran=True), StageResult(name="train", ran=True)],
    runs=RUNS,
)
ENVIRONMENT = Environment(
    grader="0.1.0",
    python="3.11.2",
    policy="strict",
    layers=["namespaces", "landlock", "seccomp", "rlimits"],
    data_hash="9e107d9d372bb6826bd81d3542a419d6",
)


def _task(number: int, title: str, checks: list[CheckResult]) -> TaskResult:
    points, top = sum(check.points for check in checks), sum(check.max for check in checks)
    return TaskResult(number=number, title=title, points=points, max=top, checks=checks)


def graded(
    *,
    parse: CheckResult = PARSE,
    rows: CheckResult = ROWS,
    as_of: CheckResult = AS_OF,
    leak: CheckResult = LEAK,
    hidden: CheckResult = HIDDEN,
    metrics: list[MetricResult] | None = None,
    training: TrainingResult | None = TRAINING,
    integrity: Integrity | None = None,
) -> Report:
    """A full report of the flight-delay lab in which everything passes but what is given."""
    tasks = [_task(1, "Clean the clock", [parse, rows]), _task(2, "Weather without hindsight", [as_of, leak, hidden])]
    metrics = [AUC] if metrics is None else metrics
    scored: list[TaskResult | MetricResult] = [*tasks, *metrics]
    return Report(
        lab=LabRef(slug="flight-delays-2-features", version="1.2.0", title="Flight delays 2: features"),
        submission=SubmissionRef(repository="octo/flight-delays-2", commit=COMMIT, author="octo"),
        attempt=1,
        tier="full",
        status="graded",
        score=Score(points=sum(part.points for part in scored), max=sum(part.max for part in scored)),
        tasks=tasks,
        metrics=metrics,
        training=training,
        integrity=integrity or Integrity(),
        environment=ENVIRONMENT,
        timing=Timing(total=51.27, intake=0.4, training=38.42, checks=9.1, metrics=3.3),
    )


def _failed(check: CheckResult, message: str = "", **changes: object) -> CheckResult:
    return replace(check, **{"state": "failed", "points": 0, "message": message, **changes})


AS_OF_FAILED = _failed(
    AS_OF,
    "row 118 (JFK, departs 2013-07-01 09:00)\n  expected  temp = 73.9   (observed 06:51)\n"
    "       got  temp = 77.0   (observed 08:51, which is after T-2h)",
    points=0,
)
LEAK_BLOCKED = _failed(LEAK, state="blocked", waits_for=["weather-as-of"])


def passing() -> Report:
    return graded()


def failing_first_attempt() -> Report:
    metric = replace(AUC, points=4.27, measured=0.673, low=0.661, high=0.685, claimed=0.68, gap=0.007)
    rows = _failed(
        ROWS,
        "expected  27,004 rows\n     got  27,391 rows: 387 flights appear twice",
        hint="Which side of the join has more than one row per key?",
    )
    return graded(rows=rows, as_of=AS_OF_FAILED, leak=LEAK_BLOCKED, metrics=[metric])


def with_previous() -> Report:
    before = Previous(points=9.5, max=20, commit="aaaaaaa1", tasks={1: 4, 2: 0}, metrics={"auc": 5.5})
    return replace(graded(as_of=AS_OF_FAILED), attempt=4, previous=before)


def practice() -> Report:
    report = graded(as_of=AS_OF_FAILED, leak=LEAK_BLOCKED, metrics=[], training=None)
    public = [
        _task(task.number, task.title, [check for check in task.checks if not check.hidden]) for task in report.tasks
    ]
    return replace(report, tier="practice", tasks=public, score=Score(points=4, max=10))


def blocked() -> Report:
    rows = replace(ROWS, state="blocked", points=0, waits_for=["parse-hhmm"])
    as_of = replace(AS_OF, state="blocked", points=0, waits_for=["keeps-rows", "parse-hhmm"])
    hidden = replace(HIDDEN, state="blocked", points=0, waits_for=["weather-as-of"])
    parse = _failed(PARSE, "parse_hhmm(2400)\n  expected  0\n       got  1440", hint="An HHMM clock wraps.")
    metric = replace(AUC, state="blocked", points=0, measured=None, low=None, high=None, honest=None, gap=None)
    return graded(parse=parse, rows=rows, as_of=as_of, leak=LEAK_BLOCKED, hidden=hidden, metrics=[metric])


def learner_error() -> Report:
    as_of = _failed(AS_OF, TRACEBACK, state="error", output="loading 27,004 flights\nloading weather\n")
    return graded(as_of=as_of, leak=LEAK_BLOCKED)


def hidden_failure() -> Report:
    """A report that carries more of a hidden check than it should: none of it may be shown."""
    leaked = _failed(
        HIDDEN, "SECRET expected 0.25 got nan", output="SECRET output", location=Location(path="SECRET.py", line=3)
    )
    return graded(hidden=replace(leaked, leaks=[LeakFinding(column="SECRET", moved=1, rows=2)]))


def overclaim() -> Report:
    metric = replace(AUC, state="failed", points=5, claimed=0.912, gap=0.204, honest=False)
    hint = "A validation score far above the measured one usually means that validation rows come from training days."
    return graded(metrics=[replace(metric, hint=hint)])


def training_failed() -> Report:
    output = "\n".join(
        [f"epoch {i} loss {1 / (i + 1):.4f}" for i in range(12)] + ["ERROR: failed to reproduce 'train'"]
    )
    training = TrainingResult(
        state="failed",
        seconds=12.08,
        stages=[StageResult(name="features", ran=True), StageResult(name="train", ran=False)],
        message="The stage `train` ended with exit status 1:\nKeyError: 'dep_delay'",
        output=output,
    )
    hidden = replace(HIDDEN, state="blocked", points=0)
    metric = replace(
        AUC, state="blocked", points=0, measured=None, low=None, high=None, honest=None, gap=None, claimed=None
    )
    return graded(hidden=hidden, metrics=[metric], training=training)


BRIER = MetricResult(
    name="brier",
    title="Brier score on next month's flights",
    state="passed",
    points=4,
    max=4,
    claimed=0.165,
    measured=0.17,
    low=0.16,
    high=0.18,
    reference=0.2,
    baseline=-0.01,
    target=-0.03,
    step=0.01,
    gap=0.005,
    tolerance=0.01,
    honest=True,
)


def measures() -> Report:
    """A metric of each state, of errors and of a ranking; the interval of one reaches over its target."""
    alone = replace(BRIER, reference=None, honest=None, claimed=None, gap=None, tolerance=None)
    cost = replace(
        alone, name="cost", title="Cost of a wrong call", state="failed", points=3,
        measured=0.4, low=0.3, high=0.5, baseline=0.7, target=0.36,
    )  # fmt: skip
    ndcg = replace(
        alone, name="ndcg", title="NDCG of the first 10", state="blocked", points=0, reference=0.6,
        measured=0.8, low=0.78, high=0.82, baseline=0.0, target=0.2, message="No points yet: waits for no-look-ahead.",
    )  # fmt: skip
    calibration = replace(
        alone, name="calibration", title="Calibration error", state="error", points=0,
        measured=None, low=None, high=None, baseline=0.1, target=0.03, hint="Which curve maps scores to chances?",
        message="Predictions on hidden rows failed: a prediction is no probability, from 0 to 1.",
    )  # fmt: skip
    return graded(metrics=[BRIER, cost, ndcg, calibration])


SEARCH = [
    RunSummary(
        id="f1",
        name="search",
        status="FINISHED",
        params={"trials": "3"},
        metrics={"val_auc": 0.712},
        seconds=31.5,
        commit=COMMIT,
        datasets=["9e107d9d"],
        tags={"goal": "auc"},
    ),
    RunSummary(
        id="f2", name="trial-1", status="FINISHED", params={"depth": "2"}, metrics={"val_auc": 0.688}, parent="f1",
        seconds=8.2, history={"val_auc": [0.58, 0.641, 0.667, 0.68, 0.688]},
    ),
    RunSummary(
        id="f3", name="trial-2", status="FINISHED", params={"depth": "4"}, metrics={"val_auc": 0.7123}, parent="f1",
        seconds=11.9, history={"val_auc": [0.6, 0.66, 0.69, 0.705, 0.71, 0.7123]},
        models=[LoggedModel(path="model", signature=True)],
    ),
    RunSummary(
        id="f4", name="trial-3", status="FAILED", params={"depth": "64"}, metrics={}, parent="f1", seconds=0.9,
        history={"loss": [0.7, 1.9, 8.5, 40.0]},
    ),
]  # fmt: skip
BUDGETS = [
    BudgetResult(
        check="one-row", title="One flight is scored in time", state="passed", unit="ms",
        measured=1.31, limit=10, reference=1.12, reference_name="the lab's own service", ratio=1.17,
        at_most=2, noise=0.04,
    ),
    BudgetResult(
        check="batch", title="A day of flights is scored in time", state="failed", unit="ms",
        measured=412, reference=131, reference_name="the lab's own service", ratio=3.14, at_most=2, noise=0.06,
        message="predict: 412 ms for 860 rows; 81 % of it in `DataFrame.apply`",
    ),
    BudgetResult(
        check="start", title="The service starts in time", state="ungraded", unit="s",
        measured=2.4, reference=1.3, reference_name="the lab's own service", ratio=1.85, at_most=2, noise=0.48,
    ),
    BudgetResult(
        check="memory", title="The service stays small", state="passed", unit="MiB", measured=188.4, limit=512,
    ),
    BudgetResult(check="size", title="The model is small", state="blocked", unit="MiB", limit=20),
]  # fmt: skip
HISTORY = [
    PastAttempt(attempt=1, points=3, max=20, commit="1111111a", metrics={}),
    PastAttempt(attempt=2, points=7, max=20, commit="2222222b", metrics={"auc": 0.65}),
    PastAttempt(attempt=3, points=6.5, max=20, commit="3333333c", metrics={"auc": 0.64}),
    PastAttempt(attempt=4, points=13, max=20, commit="4444444d", metrics={"auc": 0.69}),
]
LEAKS = [
    LeakFinding(column="arr_delay_mean", moved=26_611, rows=27_004, moment="2013-07-01T09:00:00Z"),
    LeakFinding(column="temp|next `hour`", moved=387, rows=27_004, moment="2013-07-01T10:00:00Z"),
    LeakFinding(column="tail_number_seen", moved=3, rows=27_004),
]


def everything() -> Report:
    """Every part that a report can have, in an attempt that is neither the first nor the last."""
    leak = _failed(LEAK, "3 of 14 columns changed when the future was taken away", leaks=LEAKS)
    metric = replace(AUC, points=6.5, state="failed", measured=0.7, low=0.69, high=0.71, gap=0.012)
    stages = [StageResult(name="clean", ran=False, reused=True), *TRAINING.stages]
    report = graded(leak=leak, metrics=[metric], training=replace(TRAINING, runs=SEARCH, stages=stages))
    before = Previous(points=13, max=20, commit="4444444d", tasks={1: 4, 2: 3}, metrics={"auc": 6})
    left = AttemptsLeft(left=35, total=40, left_today=2, per_day=5)
    return replace(report, attempt=5, attempts=left, previous=before, history=HISTORY, budgets=BUDGETS)


def fast() -> Report:
    """The tier that answers first: all that ran passed, and the full tier adds the rest."""
    report = graded(metrics=[], training=None)
    later = Later(checks=2, metrics=1, points=13, training=True)
    return replace(report, tier="fast", later=later)


def timeout() -> Report:
    as_of = _failed(AS_OF, "features.build did not answer within 10 s", state="error")
    return graded(as_of=as_of, leak=LEAK_BLOCKED)


def ungraded() -> Report:
    report = graded()
    return replace(
        report,
        status="ungraded",
        message="The sandbox is weaker than the policy `strict` asks for: landlock is missing on this host.",
        score=Score(points=0, max=20),
        tasks=[],
        metrics=[],
        training=None,
    )


HOSTILE = (
    "@octo-org/everyone #1 octo/repo#2 GH-3 https://evil.example/ www.evil.example\n"
    "![beacon](https://evil.example/p.png) [click](javascript:alert(1)) <img src=x onerror=alert(1)>\n"
    "</details></details> <!-- pushmark:1 sig:fake --> <script>alert(1)</script>\n"
    "```\n# out of the fence\n~~~~\n`````\n| a | b |\n|---|---|\n"
    "\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x07link\x1b]8;;\x07 \u202egnp.exe\u202c "
    "zero\u200bwidth \ud800 \x00 $x$ :tada: [^1]\n"
    "10%\r50%\r100%\n4f2a9c1b7d3e5f60718293a4b5c6d7e8f9012345 &lt;b&gt; &#64;octo\n"
)


def hostile() -> Report:
    as_of = _failed(AS_OF, HOSTILE, state="error", output=HOSTILE, location=Location(path=HOSTILE, line=1))
    run = RunSummary(
        id=HOSTILE, name=HOSTILE, status=HOSTILE, params={HOSTILE: HOSTILE}, metrics={HOSTILE: float("nan")},
        parent=HOSTILE, commit=HOSTILE, tags={HOSTILE: HOSTILE}, datasets=[HOSTILE],
        models=[LoggedModel(path=HOSTILE)], history={HOSTILE: [float("nan"), 1e308, -1e308]},
    )  # fmt: skip
    leaks = [LeakFinding(column=HOSTILE, moved=1, rows=0, moment=HOSTILE)]
    budget = BudgetResult(check="rows", title="Cost", state="failed", unit="ms", measured=1e308, message=HOSTILE)
    past = [PastAttempt(attempt=number, points=1, max=20, commit=HOSTILE, metrics={"auc": 1e308}) for number in (1, 2)]
    stages = [StageResult(name=HOSTILE, ran=True)]
    metric = replace(AUC, message=HOSTILE, claimed=float("inf"), gap=float("nan"), honest=False)
    names = Integrity(overlaid=[HOSTILE], ignored=["`rm -rf`.py", "a|b.py"], flags=[HOSTILE])
    report = graded(
        as_of=as_of,
        rows=_failed(ROWS, HOSTILE, output=HOSTILE, leaks=leaks),
        metrics=[metric],
        training=replace(TRAINING, runs=[run], stages=stages),
        integrity=names,
    )
    reference = SubmissionRef(repository=HOSTILE, commit=HOSTILE, author=HOSTILE)
    return replace(report, submission=reference, attempt=3, history=past, budgets=[budget])


def enormous() -> Report:
    """Far more than a comment holds, in every part."""
    report = failing_first_attempt()
    noise = "\n".join(f"line {i}: {'x' * 90}" for i in range(600))
    many = [
        _task(
            number, f"Part {number}", [_failed(AS_OF, noise, id=f"check-{number}-{i}", output=noise) for i in range(20)]
        )
        for number in range(1, 7)
    ]
    names = [f"junk/file-{i}.csv" for i in range(3_000)]
    past = [PastAttempt(attempt=number, points=number, max=120, metrics={"auc": 0.6}) for number in range(1, 20)]
    leaks = [replace(LEAKS[0], column=f"feature_{i}") for i in range(300)]
    many[0] = replace(many[0], checks=[replace(check, leaks=leaks) for check in many[0].checks])
    return replace(
        report,
        attempt=20,
        history=past,
        budgets=BUDGETS * 12,
        tasks=many,
        training=replace(TRAINING, runs=RUNS * 200),
        integrity=Integrity(overlaid=names[:50], ignored=names, flags=["One commit adds 4,000 lines."]),
    )


SAMPLES: dict[str, Callable[[], Report]] = {
    maker.__name__: maker
    for maker in (
        passing,
        failing_first_attempt,
        with_previous,
        practice,
        blocked,
        learner_error,
        hidden_failure,
        overclaim,
        training_failed,
        measures,
        everything,
        fast,
        timeout,
        ungraded,
        hostile,
        enormous,
    )
}


def _with_learner_text(report: Report, text: str) -> Report:
    """Put `text` into every field that learner code can choose."""

    def said(check: CheckResult) -> CheckResult:
        leaks = [LeakFinding(column=text, moved=1, rows=2, moment=text)]
        return replace(check, message=text, output=text, location=Location(path=text, line=3), leaks=leaks)

    run = RunSummary(
        id=text, name=text, status=text, params={text: text}, metrics={text: 1.0}, history={text: [1.0, 2.0]}
    )
    past = [PastAttempt(attempt=number, points=1, max=20, commit=text) for number in (-2, -1)]
    stage = StageResult(name=text, ran=True)
    return replace(
        report,
        submission=SubmissionRef(repository=text, commit=text, author=text),
        history=past,
        budgets=[BudgetResult(check="", title="Cost", state="failed", unit="ms", measured=1.0, message=text)],
        tasks=[replace(task, checks=list(map(said, task.checks))) for task in report.tasks],
        metrics=[replace(metric, message=text) for metric in report.metrics],
        training=TrainingResult(state="failed", message=text, output=text, stages=[stage], runs=[run]),
        integrity=Integrity(overlaid=[text], ignored=[text, text], flags=[text]),
    )


@pytest.fixture(scope="session")
def with_learner_text() -> Callable[[Report, str], Report]:
    """Return the function that puts a text wherever learner code could."""
    return _with_learner_text


@pytest.fixture(params=SAMPLES)
def sample_name(request: pytest.FixtureRequest) -> str:
    """Each sample's name in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def sample() -> Callable[[str], Report]:
    """Return the sample of that name."""
    return lambda name: SAMPLES[name]()


# What GitHub turns into something alive, looked for after it has rendered the Markdown.
ACTIVE = re.compile(
    r"@[a-z0-9]|#\d|gh-\d|://|www\.|(?<![\w])[0-9a-f]{7,}(?![\w])|:[\w+-]+:|\$[^$\0]*[^\s\0]\$", re.IGNORECASE
)
NOT_INTERPRETED = {"code", "pre"}
VOID = {"br", "hr", "img", "input", "link", "meta"}


@dataclass
class Comment(HTMLParser):
    """A rendered comment: its tags in order, its links, and its text outside code."""

    tags: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    attributes: set[tuple[str, str]] = field(default_factory=set)
    hidden: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag not in VOID:
            self.open.append(tag)
        self.words.append("\0")  # GitHub looks at each text node alone

    def handle_endtag(self, tag: str) -> None:
        self.words.append("\0")
        if tag not in VOID:
            assert self.open, f"</{tag}> closes nothing"
            assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        self.hidden.append(data)

    def handle_decl(self, decl: str) -> None:
        self.hidden.append(decl)

    def handle_pi(self, data: str) -> None:
        self.hidden.append(data)

    def unknown_decl(self, data: str) -> None:
        self.hidden.append(data)

    def handle_data(self, data: str) -> None:
        if not NOT_INTERPRETED.intersection(self.open):
            self.words.append(data)

    @property
    def alive(self) -> list[str]:
        return ACTIVE.findall("".join(self.words))


def _read_comment(markdown: str) -> Comment:
    html = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown)
    comment = Comment()
    comment.feed(html)
    comment.close()
    assert not comment.open, f"left open: {comment.open}"
    return comment


@pytest.fixture(scope="session")
def read_comment() -> Callable[[str], Comment]:
    """Render Markdown with tables and raw HTML on, and read the result."""
    return _read_comment
