"""How many webhooks does the bot take in a second, and what does a graded push cost of GitHub's limits?

A flood of signed deliveries comes from many connections to a `pushmark-bot serve` that runs as for a course; each is on
disk before it is answered. They are about a pull request that is nobody's, so that nothing is graded meanwhile. Then
learners push one after the other, and the requests that GitHub gets for each are counted.

    python benchmarks/bot.py [--database sqlite] [--deliveries 5000] [--clients 50] [--pushes 10] [--json] [--check]
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bot_rig.clients import body_of, flood
from bot_rig.databases import KINDS, Missing, database
from bot_rig.processes import Process
from bot_rig.school import School
from bot_rig.verdict import behind
from pushmark_bot.testing import FakeGitHub

SIZE = 24_000
AIM = 800.0
MOST_WRITES = 2.0
WARM_UP = 500
TOO_LONG = 120.0


def receiving(school: School, serve: Process, options: argparse.Namespace) -> dict[str, float]:
    """Deliveries a second, how long one waits for its answer, and the bot's processor time, whoever else is busy."""
    body = body_of(school.installation, SIZE)
    flood(school.address, body, clients=options.clients, number=WARM_UP)
    before = serve.processor_seconds()
    seconds, times, statuses = flood(school.address, body, clients=options.clients, number=options.deliveries)
    used = serve.processor_seconds() - before
    hundredths = statistics.quantiles(times, n=100)
    return {
        "deliveries a second": round(options.deliveries / seconds, 1),
        "ms of processor time for each": round(used / options.deliveries * 1000, 2),
        "p50 ms": round(hundredths[49] * 1000, 1),
        "p99 ms": round(hundredths[98] * 1000, 1),
        "longest ms": round(max(times) * 1000, 1),
        "not taken": sum(status != 202 for status in statuses),
    }


def costs(school: School, pushes: int) -> dict[str, float]:
    """Requests of each kind that GitHub gets for a push, once the pull request has its first report."""
    _push_all(school, "starter")
    school.github.forget_log()
    for _ in range(pushes):
        _push_all(school, "solution")
    kinds = Counter(f"{one.method} {one.operation}" for one in school.github.log)
    number = pushes * len(school.repositories)
    found = {kind: round(count / number, 2) for kind, count in sorted(kinds.items())}
    writes = sum(count for kind, count in kinds.items() if not kind.startswith("GET ") and "token" not in kind)
    return {"writes": round(writes / number, 2), **found}


def _push_all(school: School, variant: str) -> None:
    for repository in school.repositories:
        school.push(repository, variant, f"{time.monotonic_ns()}")
    end = time.monotonic() + TOO_LONG
    while behind(school):
        if time.monotonic() > end:
            sys.exit("a push was not graded; see --logs")
        time.sleep(0.05)
    school.github.wait_for_webhooks()


def run(options: argparse.Namespace) -> tuple[dict[str, float], dict[str, float]]:
    """Measure both once."""
    with (
        database(options.database) as place,
        tempfile.TemporaryDirectory(prefix="pushmark-bench-") as folder,
        FakeGitHub() as github,
    ):
        school = School(github, place.url, Path(folder), 1, f'policy = "{options.policy}"')
        serve = Process("serve", "serve", Path(folder))
        serve.start()
        try:
            while not serve.has_begun():
                time.sleep(0.1)
            taken, cost = receiving(school, serve, options), costs(school, options.pushes)
        finally:
            serve.end()
            if options.logs:
                print((Path(folder) / "serve.log").read_text(), file=sys.stderr)
            school.database.close()
    return taken, cost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=KINDS, default="sqlite", help="the bot's database (default sqlite)")
    parser.add_argument("--deliveries", type=int, default=5000, help="deliveries in the flood (default 5000)")
    parser.add_argument("--clients", type=int, default=50, help="connections at a time (default 50)")
    parser.add_argument("--pushes", type=int, default=10, help="pushes whose requests are counted (default 10)")
    parser.add_argument("--policy", default="local", help="how gradings are confined (default local)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--check", action="store_true", help="exit 1 when an aim is missed")
    parser.add_argument("--logs", action="store_true", help="print what the bot said, too")
    options = parser.parse_args()
    try:
        taken, cost = run(options)
    except Missing as missing:
        sys.exit(str(missing))
    if options.json:
        print(json.dumps({"database": options.database, "receiving": taken, "requests of a graded push": cost}))
    else:
        for name, figure in taken.items():
            print(f"{name}: {figure:g}")
        print("requests of a graded push:", ", ".join(f"{kind} {count:g}" for kind, count in cost.items()))
        print(f"aim: {AIM:g} deliveries a second, at most {MOST_WRITES:g} writes for a graded push")
    met = taken["deliveries a second"] >= AIM and cost["writes"] <= MOST_WRITES and not taken["not taken"]
    sys.exit(1 if options.check and not met else 0)


if __name__ == "__main__":
    main()
