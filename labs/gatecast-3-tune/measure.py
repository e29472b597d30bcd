"""Measures every threshold of this lab; design.md quotes what it prints.

OMP_NUM_THREADS=1 python measure.py locks [NAME...]   run the pipelines, and keep each submission's lock and metrics
OMP_NUM_THREADS=1 python measure.py skill             what submissions earn on hidden rows, over 20 seeds
OMP_NUM_THREADS=1 python measure.py public            what they measure on the test months, as public checks do
OMP_NUM_THREADS=1 python measure.py attacks           what real labels of the hidden months are worth

All but `attacks` train each submission once, in a folder below the temporary one, where DVC finds what it made before.
"""

import contextlib
import importlib
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
import types
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from pushmark_graders.grading import training
from pushmark_graders.grading.halves import split
from pushmark_graders.lab.build import rendered
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.lab.variants import Variant, materialise, variants

HERE = Path(__file__).resolve().parent
SEEDS = range(20)
SPEC = load_lab(HERE)
WORK = Path(tempfile.gettempdir(), SPEC.slug)
BEST = 1 / 6
LEARNT = 60_000
"""Flights of the whole year, November and December included, that an attacker learns from."""
KEPT = ("dvc.lock", "metrics.json")
"""What a submission commits of a run. A mutant that ships another one on purpose names it in BY_HAND."""
BY_HAND = {"mutants/hand-edited-metrics": ("metrics.json",), "mutants/in-a-hurry": ("dvc.lock",)}

sys.path.insert(0, str(HERE / "checks"))
table = importlib.import_module("examples_table")


def trained(variant: Variant) -> Path:
    """The folder of this submission after `dvc repro`; DVC takes stages that it has run before from its cache."""
    base, folder = rendered(SPEC), WORK / variant.name
    shutil.rmtree(folder, ignore_errors=True)
    materialise(variant.layers, base.template, folder)
    shutil.copytree(base.data, folder / "data" / "raw", dirs_exist_ok=True)
    training.prepare(folder)
    with (folder / ".dvc" / "config.local").open("a") as settings:
        settings.write(f"[cache]\n    dir = {WORK / 'cache'}\n")
    (folder / "dvc.lock").unlink(missing_ok=True)
    env = {**os.environ, **training.environment(), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    subprocess.run([sys.executable, "-P", "-m", "dvc", "repro", "--quiet"], cwd=folder, env=env, check=True)
    return folder


def locks(names: list[str]) -> None:
    for variant in variants(SPEC):
        if variant.kind != "starter" and (not names or variant.name in names):
            folder = trained(variant)
            for name in KEPT:
                if name not in BY_HAND.get(variant.name, ()):
                    shutil.copyfile(folder / name, variant.layers[-1] / name)
            print(variant.name, flush=True)


@contextlib.contextmanager
def imported(folder: Path) -> Iterator[types.SimpleNamespace]:
    """`predict` and `threshold` of a trained submission."""
    sys.path.insert(0, str(folder / "src"))
    try:
        predict = importlib.import_module("gatecast.predict").predict
        yield types.SimpleNamespace(predict=predict, threshold=importlib.import_module("gatecast.decision").threshold())
    finally:
        sys.path.remove(str(folder / "src"))
        for name in [name for name in sys.modules if name.split(".")[0] in {"gatecast", "checkpoint"}]:
            del sys.modules[name]


def hidden_sets() -> list[object]:
    hidden = types.SimpleNamespace(**runpy.run_path(str(HERE / "hidden.py")))
    return [hidden.hidden_set(seed, HERE) for seed in SEEDS]


def skill() -> None:
    sets = hidden_sets()
    print("| submission | AUC: mean | sd | lowest | cost: mean | sd | highest | log-loss: mean | sd | highest |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for variant in variants(SPEC):
        with imported(trained(variant)) as submission:
            rows = np.array([_skills(submission, one, seed) for seed, one in enumerate(sets)]).reshape(-1, 3)
        mean, sd, low, high = rows.mean(0), rows.std(0), rows.min(0), rows.max(0)
        numbers = [mean[0], sd[0], low[0], mean[1], sd[1], high[1], mean[2], sd[2], high[2]]
        print(f"| {variant.name} | " + " | ".join(f"{number:.4f}" for number in numbers) + " |", flush=True)


def _skills(submission: types.SimpleNamespace, hidden: object, seed: int) -> list[list[float]]:
    """AUC, cost and log-loss less the reference's, on each half."""
    assert hasattr(hidden, "labels")
    chances = submission.predict(hidden.inputs["table"])
    halves = split(hidden.labels, seed)
    told = []
    for half in (halves.feedback, halves.final):
        late = hidden.labels[half] == 1
        mine, timetable, tuned = chances[half], hidden.references["timetable"][half], hidden.references["tuned"][half]
        told.append(
            [
                table.auc(late, mine) - table.auc(late, timetable),
                table.cost(late, mine, submission.threshold) - table.cost(late, tuned, BEST),
                table.log_loss(late, mine) - table.log_loss(late, tuned),
            ]
        )
    return told


def public() -> None:
    examples = table.public(rendered(SPEC).data)
    test, later = (examples[mask] for mask in (table.role(examples) == "test", table.role(examples) != "train"))
    late, of_all = test["late"].to_numpy(dtype=bool), later["late"].to_numpy(dtype=bool)
    print(
        "| submission | AUC | log-loss | cost | calibration error | cost over the best threshold's, July to October |"
    )
    print("|---|---|---|---|---|---|")
    for variant in variants(SPEC):
        with imported(trained(variant)) as submission:
            chances, of_later = submission.predict(test), submission.predict(later)
            paid, threshold = table.cost(late, chances, submission.threshold), submission.threshold
        numbers = [table.auc(late, chances), table.log_loss(late, chances), paid]
        above = table.cost(of_all, of_later, threshold) / table.least_cost(of_all, of_later)
        numbers += [table.calibration_error(late, chances), above]
        print(f"| {variant.name} | " + " | ".join(f"{number:.3f}" for number in numbers) + " |", flush=True)


def attacks() -> None:
    """Real labels of the hidden months, looked up or trained on, against the simulated ones."""
    hidden = types.SimpleNamespace(**runpy.run_path(str(HERE / "hidden.py")))
    data = runpy.run_path(str(HERE / "data.py"))
    year = data["year"]().set_index("flight_id")
    features = [name for name in year if name not in hidden.NOT_FEATURES]
    part = year.sample(LEARNT, random_state=0)
    whole = hidden.trees(120, 31, 0.1).fit(part[features], part["late"])
    deep = hidden.trees(150, 255, 0.1).fit(part[features], part["late"])
    public = data["public"]().set_index("flight_id")
    honest = hidden.trees(60, 16, 0.1).fit(public[features], public["late"])
    answers = {
        "look the real label up": lambda rows: year.loc[rows.index, "late"].to_numpy(dtype=float),
        "train on the whole year, 120 trees of 31 leaves": lambda rows: whole.predict_proba(rows[features])[:, 1],
        "train on the whole year, 150 trees of 255 leaves": lambda rows: deep.predict_proba(rows[features])[:, 1],
        "honest, January to October": lambda rows: honest.predict_proba(rows[features])[:, 1],
    }
    print("| answer | AUC on simulated labels | AUC on the real ones |\n|---|---|---|")
    told: dict[str, list[tuple[float, float]]] = {name: [] for name in [*answers, "the true chances"]}
    for seed in SEEDS:
        one, (rows, chances) = hidden.hidden_set(seed, HERE), hidden.world(seed)
        late, real = one.labels == 1, rows["late"].to_numpy(dtype=bool)
        for name, answer in answers.items():
            said = answer(rows)
            told[name].append((table.auc(late, said), table.auc(real, said)))
        told["the true chances"].append((table.auc(late, chances), table.auc(real, chances)))
    for name, scores in told.items():
        print(f"| {name} | " + " | ".join(f"{score:.3f}" for score in np.mean(scores, axis=0)) + " |", flush=True)


if __name__ == "__main__":
    commands = {"skill": skill, "public": public, "attacks": attacks}
    if len(sys.argv) > 1 and sys.argv[1] == "locks":
        locks(sys.argv[2:])
    elif len(sys.argv) == 2 and sys.argv[1] in commands:
        commands[sys.argv[1]]()
    else:
        sys.exit(__doc__)
