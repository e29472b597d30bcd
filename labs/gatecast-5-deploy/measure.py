"""Measures every threshold of this lab; design.md quotes what it prints.

OMP_NUM_THREADS=1 python measure.py costs    what each submission's service takes: time, memory, start, size
OMP_NUM_THREADS=1 python measure.py skill    what models of several sizes earn above the reference, over seeds

How steady the ratios are is measured by benchmarks/latency_lab.py.
"""

import runpy
import shutil
import sys
import tempfile
import types
from pathlib import Path

import joblib
import numpy as np
from pushmark_graders.checks.budget import cpu_ratio, wall_ratio
from pushmark_graders.grading.budgets import Budget
from pushmark_graders.grading.halves import split
from pushmark_graders.grading.training import train
from pushmark_graders.lab.build import rendered
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.lab.variants import materialise, variants
from pushmark_graders.submission.proxy import Connection, Submission
from pushmark_graders.worker.policy import load
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score as auc

HERE = Path(__file__).resolve().parent
SEEDS = range(10)
SIZES = ((100, 31), (60, 31), (30, 15), (10, 8), (3, 4))
MEASURED = ("starter", "solution", "honest/", "mutants/tables-kept")


def costs() -> None:
    golden = types.SimpleNamespace(**runpy.run_path(str(HERE / "checks" / "golden.py")))
    spec, policy = load_lab(HERE), load("standard")
    base = rendered(spec)
    asked, _ = golden.draw(golden.raw_tables(base.data), days=4, each=16, seed=5)
    questions = golden.bodies(asked)
    print(
        "| submission | CPU ms | ratio | 95th percentile, ratio | peak MiB | start, CPU s | size, MiB | pipeline, s |"
    )
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="pushmark-measure-") as folder:
        Path(folder).chmod(0o755)
        ready = {}
        for variant in variants(spec):
            if not variant.name.startswith(MEASURED):
                continue
            place = materialise(variant.layers, base.template, Path(folder, variant.name.replace("/", "-")))
            shutil.copytree(base.data, place / "data" / "raw", dirs_exist_ok=True)
            result, _ = train(spec.training, policy, place, lambda _name: None)
            ready[variant.name] = (place, result.seconds)
        for name, (place, seconds) in ready.items():
            sides = [Connection(policy, one, source="src", alone=True) for one in (place, ready["starter"][0])]
            mine, starter = (Submission(side).service(golden.APP) for side in sides)
            try:
                found = Budget("", lambda _row: None, {}).measure(golden.ask, mine, starter, questions)
                cpu, wall = cpu_ratio(found), wall_ratio(found, 0.95)
                size = sum(path.stat().st_size for path in (place / "models").rglob("*") if path.is_file()) / 2**20
                held, began = mine.meter.peak_bytes() / 2**20, mine.start_cpu_seconds
                times = f"{cpu.mine * 1e3:.2f} | {cpu.ratio:.4f} | {wall.ratio:.3f}"
                print(f"| {name} | {times} | {held:.0f} | {began:.2f} | {size:.1f} | {seconds:.0f} |", flush=True)
            finally:
                for side in sides:
                    side.end()


def skill() -> None:
    hidden = types.SimpleNamespace(**runpy.run_path(str(HERE / "hidden.py")))
    data, encoding, features = (hidden.gatecast(name) for name in ("data", "encoding", "features"))
    base = rendered(load_lab(HERE))
    raw = data.read(base.data)
    table = features.build(raw)
    late = data.late(raw["flights"]).set_axis(table.index)
    past = data.may_teach(raw["flights"]).set_axis(table.index)
    champion = joblib.load(base.data / "champion.joblib")
    rows = encoding.apply(table, champion["encoder"]).astype("float32")
    models = {"champion": champion["forest"]}
    for trees, leaves in SIZES:
        fresh = HistGradientBoostingClassifier(
            max_iter=trees, max_leaf_nodes=leaves, early_stopping=False, random_state=0
        )
        models[f"boosting {trees} x {leaves}"] = fresh.fit(rows[past], late[past])
    sets = [hidden.hidden_set(seed, HERE) for seed in SEEDS]
    print("| model | AUC, September and October | skill: mean | sd | lowest | highest |")
    print("|---|---|---|---|---|---|")
    for name, model in models.items():
        found = []
        for seed, one in zip(SEEDS, sets, strict=True):
            chances = model.predict_proba(encoding.apply(one.inputs["table"], champion["encoder"]).astype("float32"))[
                :, 1
            ]
            halves = split(one.labels, seed)
            for half in (halves.feedback, halves.final):
                found.append(
                    auc(one.labels[half], chances[half]) - auc(one.labels[half], one.references["static"][half])
                )
        seen = auc(late[~past], model.predict_proba(rows[~past])[:, 1])
        told = (seen, np.mean(found), np.std(found), min(found), max(found))
        print(f"| {name} | {' | '.join(f'{value:.3f}' for value in told)} |")


if __name__ == "__main__":
    {"costs": costs, "skill": skill}[sys.argv[1] if len(sys.argv) > 1 else "costs"]()
