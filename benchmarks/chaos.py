"""Is anything lost, doubled or wrong when everything fails that can?

Learners push to many pull requests at a time, in bursts too, while the bot's processes are killed at random moments,
the database crashes, GitHub refuses and drops and slows down, and webhooks are lost, doubled and overtaken. Staff set
points meanwhile. Then the trouble ends, and what has to be true is counted: every newest head graded and published
once, no comment twice, no points lost, the event log whole.

With SQLite the bot is one process. With PostgreSQL it is one that takes webhooks and `--workers` that grade. GitHub is
a fake in this process, which nobody kills; gradings are real ones, of a small lab.

    python benchmarks/chaos.py [--database sqlite] [--pulls 200] [--kills 10] [--seed 1] [--json]
"""

import argparse
import json
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot_rig.databases import KINDS, Missing, Place, database
from bot_rig.processes import Process
from bot_rig.school import School
from bot_rig.verdict import Claim, behind, claims, graded
from pushmark_bot.db import decisions, scores
from pushmark_bot.db.store import DatabaseError
from pushmark_bot.db.tables import Override, Submission
from pushmark_bot.testing import FakeGitHub, Fault, Network, secondary_limit
from sqlalchemy import select

SETTINGS = """policy = "{policy}"
graders = 2
[writes]
per_minute = 100000
per_hour = 100000
[rounds]
sweep_seconds = 3
audit_seconds = 5
stalled_seconds = 4"""
"""So much is written here that GitHub's limits would take hours; benchmarks/bot.py counts what a push takes."""
TROUBLE = (
    ("GET", "/pulls/"), ("GET", "/tarball/"), ("POST", "/comments"), ("PATCH", "/issues/comments/"),
    ("POST", "/check-runs"), ("POST", "/access_tokens"),
)  # fmt: skip
PUSHES = 3
"""So many pushes to each pull request, on average."""
START = 60.0


@dataclass
class Story:
    """What happened so far."""

    pushed: dict[str, set[str]]
    overrides: set[str] = field(default_factory=set)
    pushes: int = 0
    kills: int = 0
    graded: int = 0
    crashes: int = 0
    ended: int = 0
    faults: int = 0


class Chaos:
    """The course of events; the same seed throws the same dice."""

    def __init__(self, school: School, place: Place, processes: list[Process], seed: int) -> None:
        self.school = school
        self.place = place
        self.processes = processes
        self.dice = random.Random(seed)
        self.story = Story({name: {sha} for name, sha in school.heads.items()})
        self.part = 1

    def play(self, kills: int) -> None:
        """Let everything happen: pushes all the time, a kill every so often, and one crash of the database halfway."""
        self.part = max(1, len(self.school.repositories) // (2 * kills))
        steps = [*self.school.repositories, *self.dice.choices(self.school.repositories, k=self._more())]
        self.dice.shuffle(steps)
        ends = {(at + 1) * len(steps) // (kills + 1) for at in range(kills)}
        for at, repository in enumerate(steps):
            self._push(repository)
            self._trouble(at)
            if at in ends:
                self._kill(crash=self.story.kills == kills // 2)
            time.sleep(self.dice.uniform(0.0, 0.2))

    def begin(self) -> None:
        """Start the bot, and wait until all of it is there."""
        for one in self.processes:
            one.start()
        end = time.monotonic() + START
        while not all(one.has_begun() for one in self.processes) and time.monotonic() < end:
            time.sleep(0.1)

    def _more(self) -> int:
        return len(self.school.repositories) * (PUSHES - 1) // 2

    def _push(self, repository: str) -> None:
        for _ in range(self.dice.choice((1, 1, 3))):
            self.story.pushes += 1
            variant = self.dice.choice(("starter", "solution"))
            sha = self.school.push(repository, variant, f"push {self.story.pushes}")
            self.story.pushed[repository].add(sha)

    def _trouble(self, at: int) -> None:
        if at % 4 == 0:
            self.school.github.expect(self._fault())
            self.story.faults += 1
        if at % 6 == 0:
            self._set_points(f"override {at}")
        self.story.ended += sum(one.ended_by_itself() for one in self.processes)

    def _fault(self) -> Fault:
        method, path = self.dice.choice(TROUBLE)
        if self.dice.random() < 0.3:
            return secondary_limit(method, path, status=self.dice.choice((403, 429)), retry_after=1)
        return Fault(
            method=method,
            path=path,
            status=502,
            stored=self.dice.random() < 0.5,
            dropped=self.dice.random() < 0.3,
            times=self.dice.choice((1, 1, 4)),
        )

    def _set_points(self, reason: str) -> None:
        """As staff does; somebody whose command failed types it again, and it is there once."""
        number = self.dice.randint(1, len(self.school.repositories))
        while True:
            try:
                with self.school.database.session() as session:
                    if session.scalars(select(Override).where(Override.reason == reason)).first() is None:
                        submission = session.get_one(Submission, number)
                        if decisions.faults(scores.outline(session, submission.assignment), 1, 1.0):
                            return  # nothing is graded yet
                        decisions.override(session, submission, 1, 1.0, reason, by="tutor", at=datetime.now(UTC))
                self.story.overrides.add(reason)
                return
            except DatabaseError:
                time.sleep(0.2)

    def _kill(self, *, crash: bool) -> None:
        self._wait_for_work()
        victim = self.dice.choice(self.processes)
        by_itself = crash and self.place.crash()
        self.story.crashes += crash
        if not by_itself:
            victim.kill()
            time.sleep(self.dice.uniform(0.0, 1.0))
            victim.start()
        self.story.kills += 1

    def _wait_for_work(self) -> None:
        """Wait until a part was graded since the last kill, and a moment more: who is idle is no victim."""
        end = time.monotonic() + START
        while graded(self.school) < self.story.graded + self.part and time.monotonic() < end:
            time.sleep(0.05)
        self.story.graded = graded(self.school)
        time.sleep(self.dice.uniform(0.0, 1.0))

    def rest(self, seconds: float) -> float:
        """End the trouble, and wait until nothing is left to do; returns for how long that took."""
        github = self.school.github
        github.be_unreliable(Network())
        github.forget_faults()
        began = time.monotonic()
        while (left := behind(self.school)) and time.monotonic() - began < seconds:
            self.story.ended += sum(one.ended_by_itself() for one in self.processes)
            print(f"{len(left)} pull requests are behind", file=sys.stderr)
            time.sleep(1.0)
        github.wait_for_webhooks()
        return time.monotonic() - began


def processes(kind: str, folder: Path, workers: int) -> list[Process]:
    """The bot's processes: all in one, or one that takes webhooks and others that work."""
    if kind == "sqlite":
        return [Process("serve", "serve", folder)]
    serve = Process("serve", "serve", folder, {"PUSHMARK_BOT_GRADERS": "0"})
    alone = {"PUSHMARK_BOT_GRADERS": "1"}
    return [serve, *(Process(f"worker-{at}", "worker", folder, alone) for at in range(1, workers + 1))]


def run(options: argparse.Namespace) -> tuple[list[Claim], dict[str, float]]:
    """Play it all once; returns what has to hold, and some figures."""
    with (
        database(options.database) as place,
        tempfile.TemporaryDirectory(prefix="pushmark-chaos-") as folder,
        FakeGitHub() as github,
    ):
        school = School(github, place.url, Path(folder), options.pulls, SETTINGS.format(policy=options.policy))
        github.be_unreliable(Network(lost=0.1, twice=0.1, overtaken=0.1, seed=options.seed))
        chaos = Chaos(school, place, processes(options.database, Path(folder), options.workers), options.seed)
        began = time.monotonic()
        try:
            chaos.begin()
            chaos.play(options.kills)
            rest = chaos.rest(options.patience)
            in_order = sum(one.end() for one in chaos.processes)
            judged = claims(school, chaos.story.pushed, chaos.story.overrides)
        finally:
            for one in chaos.processes:
                one.kill()
                if options.logs:
                    print(f"--- {one.name}", (Path(folder) / f"{one.name}.log").read_text(), file=sys.stderr)
        judged.append(Claim("kills, with one crash of the database", options.kills + 1, _kills(chaos.story)))
        judged.append(Claim("processes that ended in order when asked", len(chaos.processes), in_order))
        figures = _figures(chaos, time.monotonic() - began, rest)
        school.database.close()
    return judged, figures


def _kills(story: Story) -> int:
    return story.kills + story.crashes


def _figures(chaos: Chaos, seconds: float, rest: float) -> dict[str, float]:
    github = chaos.school.github
    tries = [status for one in github.deliveries for status in one.statuses]
    return {
        "seconds": round(seconds, 1),
        "seconds until all was done after the last trouble": round(rest, 1),
        "pushes": chaos.story.pushes,
        "processes that ended by themselves": chaos.story.ended,
        "faults of GitHub": chaos.story.faults,
        "deliveries": len(github.deliveries),
        "deliveries that did not arrive at first": sum(one.statuses[0] != 202 for one in github.deliveries),
        "tries to deliver": len(tries),
        "requests to GitHub": len(github.log),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=KINDS, default="sqlite", help="the bot's database (default sqlite)")
    parser.add_argument("--pulls", type=int, default=200, help="pull requests (default 200)")
    parser.add_argument("--kills", type=int, default=10, help="kills, one of them a crash of the database (default 10)")
    parser.add_argument("--workers", type=int, default=2, help="workers, with PostgreSQL (default 2)")
    parser.add_argument("--seed", type=int, default=1, help="of the dice (default 1)")
    parser.add_argument("--policy", default="local", help="how gradings are confined (default local)")
    parser.add_argument("--patience", type=float, default=600, help="seconds to wait in the end (default 600)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--logs", action="store_true", help="print what the bot's processes said, too")
    options = parser.parse_args()
    try:
        judged, figures = run(options)
    except Missing as missing:
        sys.exit(str(missing))
    if options.json:
        told = [{"what": one.what, "wanted": one.wanted, "found": one.found} for one in judged]
        print(json.dumps({"database": options.database, "seed": options.seed, "claims": told, "figures": figures}))
    else:
        for name, figure in figures.items():
            print(f"{name}: {figure:g}")
        for one in judged:
            print(f"{'ok   ' if one.holds else 'WRONG'} {one.what}: {one.found} (wanted {one.wanted})")
    sys.exit(0 if all(one.holds for one in judged) else 1)


if __name__ == "__main__":
    main()
