"""What can a learner who attacks the score gain? Attempts that fit the feedback half, told in different ways.

Labels and an honest model are simulated to the measure of GateCast 2: two halves of 8,000 rows, 27.3 % of
them late, a model with an AUC of 0.722. The attacker sees nothing but what each attempt is told, and has
no other knowledge of the rows. Three attacks:

- *directions* (Blum & Hardt 2015, section 4, for AUC): each attempt submits random scores; the answer says
  how well they point to the labels, and their weighted sum points better than any;
- *one row*: each attempt is the honest model with one row moved to the top; the answer gives its label away;
- *one row at the brink*: the same, after noise has brought the model's score to just below a step.

Three ways to tell a score: four digits; steps of 0.01; and the Ladder, which repeats the best score until
one is better by a step. The gain is in AUC, over the model that the attacker began with; how much of the
found direction to add is chosen on the true feedback half, in the attacker's favour.

    python benchmarks/score_channel.py [--runs 20] [--json] [--check]
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import measure
import numpy as np

ROWS = 8_000
LATE = 0.273
HONEST_AUC = 0.722
STEP = 0.01
BUDGET = 40
ATTEMPTS = (BUDGET, 200)
NEGLIGIBLE = 0.005

Scores = np.ndarray
Channel = Callable[[float], float]


@dataclass(frozen=True)
class World:
    """The labels of both halves, and an honest model's scores; the first `ROWS` rows are the feedback half."""

    labels: np.ndarray
    honest: Scores

    def auc(self, scores: Scores, half: slice) -> float:
        return auc(self.labels[half], scores[half])


FEEDBACK, FINAL = slice(0, ROWS), slice(ROWS, 2 * ROWS)


@dataclass(frozen=True)
class Gain:
    attack: str
    start: str
    told: str
    attempts: int
    feedback: float
    final: float


def auc(labels: np.ndarray, scores: Scores) -> float:
    """The share of pairs that are in the right order; scores without ties."""
    ranks = np.empty(len(scores))
    ranks[np.argsort(scores)] = np.arange(1, len(scores) + 1)
    late = int(labels.sum())
    return float((ranks[labels == 1].sum() - late * (late + 1) / 2) / (late * (len(labels) - late)))


def world(random: np.random.Generator) -> World:
    """Normal scores whose classes lie so far apart that the AUC is HONEST_AUC."""
    labels = np.zeros(2 * ROWS, dtype=int)
    for half in (FEEDBACK, FINAL):
        labels[half][random.permutation(ROWS)[: round(LATE * ROWS)]] = 1
    apart = 0.8328  # sqrt(2) times the normal quantile of HONEST_AUC
    return World(labels, random.normal(size=2 * ROWS) + apart * labels)


def four_digits() -> Channel:
    return lambda score: round(score, 4)


def steps() -> Channel:
    return lambda score: round(score / STEP) * STEP


def ladder() -> Channel:
    """Blum & Hardt's Ladder with a fixed step: a score that is not better by a step repeats the best."""
    best = -np.inf

    def tell(score: float) -> float:
        nonlocal best
        if score > best + STEP:
            best = round(score / STEP) * STEP
        return float(best)

    return tell


CHANNELS = {"four digits": four_digits, "steps of 0.01": steps, "Ladder of 0.01": ladder}


def directions(here: World, tell: Channel, attempts: int, random: np.random.Generator) -> Scores:
    """The direction that the answers about random scores add up to."""
    asked = random.normal(size=(attempts, 2 * ROWS))
    told = np.array([tell(here.auc(scores, FEEDBACK)) for scores in asked])
    found: Scores = (told - told.mean()) @ asked
    return found / max(float(found.std()), 1e-12)


def one_row(here: World, tell: Channel, attempts: int, random: np.random.Generator) -> Scores:
    """Up for each row whose move to the top raised the score, down for each that lowered it."""
    before = tell(here.auc(here.honest, FEEDBACK))
    found = np.zeros(2 * ROWS)
    for row in random.permutation(ROWS)[: attempts - 1]:
        found[row] = np.sign(round(tell(here.auc(_moved(here.honest, row), FEEDBACK)) - before, 6))
    return found


def one_row_at_the_brink(here: World, tell: Channel, attempts: int, random: np.random.Generator) -> Scores:
    """Up for each row whose move to the top raised the score over the step, down for each whose move did not.

    Twelve attempts find out how much noise brings the score from one step to just below it.
    """
    noise = random.normal(size=2 * ROWS)
    before = tell(here.auc(here.honest, FEEDBACK))
    above, below = 0.0, 0.8
    for _ in range(11):
        middle = (above + below) / 2
        same = tell(here.auc(here.honest + middle * noise, FEEDBACK)) >= before
        above, below = (middle, below) if same else (above, middle)
    base = here.honest + below * noise
    found = np.zeros(2 * ROWS)
    for row in random.permutation(ROWS)[: attempts - 12]:
        found[row] = 1.0 if tell(here.auc(_moved(base, row), FEEDBACK)) >= before else -1.0
    return found


def _moved(scores: Scores, row: int) -> Scores:
    moved = scores.copy()
    moved[row] = scores.max() + 1.0
    return moved


def best_mix(here: World, base: Scores, found: Scores) -> Scores:
    mixes = [base + much * found for much in (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 10.0)]
    return max(mixes, key=lambda mix: here.auc(mix, FEEDBACK))


def attack(told: str, attempts: int, random: np.random.Generator) -> Iterator[Gain]:
    """What each attack gains in a fresh world."""
    here = world(random)
    noise = random.normal(size=2 * ROWS)
    found = directions(here, CHANNELS[told](), attempts, random)
    rows = one_row(here, CHANNELS[told](), attempts, random)
    brink = one_row_at_the_brink(here, CHANNELS[told](), attempts, random)
    cases = (
        ("directions", "nothing", noise, noise if not found.any() else found),
        ("directions", "an honest model", here.honest, best_mix(here, here.honest, found)),
        ("one row", "an honest model", here.honest, best_mix(here, here.honest, rows)),
        ("one row at the brink", "an honest model", here.honest, best_mix(here, here.honest, brink)),
    )
    for name, start, base, end in cases:
        gains = [here.auc(end, half) - _before(here, start, base, half) for half in (FEEDBACK, FINAL)]
        yield Gain(name, start, told, attempts, *gains)


def _before(here: World, start: str, base: Scores, half: slice) -> float:
    return 0.5 if start == "nothing" else here.auc(base, half)


def mean(gains: list[Gain]) -> Gain:
    first = gains[0]
    numbers = [float(np.mean([getattr(one, half) for one in gains])) for half in ("feedback", "final")]
    return Gain(first.attack, first.start, first.told, first.attempts, *(round(number, 4) for number in numbers))


def main() -> None:
    options = measure.arguments(__doc__.partition("\n")[0], runs=20)
    found: list[Gain] = []
    for told in CHANNELS:
        for attempts in ATTEMPTS:
            runs = [list(attack(told, attempts, np.random.default_rng(seed))) for seed in range(options.runs)]
            found += [mean(list(same)) for same in zip(*runs, strict=True)]
            print(f"{told}, {attempts} attempts: done", file=sys.stderr)
    found.sort(key=lambda gain: (gain.attack, gain.start, gain.attempts))
    ours = [gain for gain in found if gain.told == "steps of 0.01" and gain.attempts == BUDGET]
    worst = max(gain.feedback for gain in ours if gain.start != "nothing")
    met = worst < STEP and all(gain.final < NEGLIGIBLE for gain in found)
    if options.json:
        print(json.dumps({"gains": [asdict(gain) for gain in found], "worst": worst, "aim": STEP, "met": met}))
    else:
        print("| attack | from | attempts | told in | gained: feedback half | final half |\n|---|---|---|---|---|---|")
        for gain in found:
            cells = [gain.attack, gain.start, str(gain.attempts), gain.told]
            print(f"| {' | '.join(cells)} | {gain.feedback:+.3f} | {gain.final:+.3f} |")
        words = f"(aim: less than a step of {STEP} and nothing on the final half, {'met' if met else 'missed'})"
        print(f"most that {BUDGET} attempts add to an honest model's feedback: {worst:+.3f} {words}")
    if options.check and not met:
        sys.exit(1)


if __name__ == "__main__":
    main()
