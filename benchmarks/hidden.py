"""Is a hidden evaluation on public data in the right order? GateCast 2, whose labels are drawn anew for each seed.

Honest solutions, simpler ones and attacks are measured on the hidden flights of 20 seeds, as the lab's metric does.
The attacks have the published labels: a look-up answers with them, a mix adds them to an honest model's chances, and
one model was trained on the whole year with them. In every seed the honest ones must be above the solution that knows
weather alone, that above the timetable, and every attack below the solution that it could have handed in.

    python benchmarks/hidden.py [--seeds 20] [--json] [--check]
"""

import argparse
import json
import sys
from typing import Any

import gatecast_lab
import numpy as np
from pushmark_graders.checks.simulation import looked_up

SIMPLER = {"timetable": "weather,airport,aircraft,tail", "weather": "airport,aircraft,tail", "airport": "aircraft,tail"}
"""Solutions with less: the columns that they leave out of the solution's."""
SHARES = (1.0, 0.5, 0.2)
LATE_MINUTES = 15


def models(lab: Any) -> dict[str, tuple[Any, Any, str]]:
    """Name to code, model and left-out columns: the simpler ones, the honest ones, and one trained on all of 2013."""
    made: dict[str, tuple[Any, Any, str]] = {}
    claims: dict[str, float] = {}
    for name in ("solution", *lab.HONEST):
        with lab.modules(*lab.layers_of(name)) as code:
            for title, drop in (SIMPLER | {name: ""} if name == "solution" else {name: ""}).items():
                model, _, claims[title] = lab.fitted(code, drop)
                made[title] = code, model, drop
                print(f"{title}: claims {claims[title]:.3f}", file=sys.stderr)
    code = made["solution"][0]
    flights = lab.YEAR["flights"]
    late = code.data.late(flights).set_axis(flights["flight_id"])
    everything = code.train.fit(code.features.build(lab.YEAR), late, late | True, lab.SETTINGS)
    return made | {"trained on the whole year": (code, everything, "")}


def predictions(lab: Any, made: dict[str, tuple[Any, Any, str]], raw: Any, asked: Any) -> dict[str, np.ndarray]:
    """What each of them, and each look-up, answers about the asked flights."""
    built: dict[int, Any] = {}
    told = {}
    for name, (code, model, drop) in made.items():
        if id(code) not in built:
            built[id(code)] = code.features.build(raw).loc[asked["flight_id"]]
        told[name] = code.predict.probabilities(model, lab.without(built[id(code)], drop))
    public = lab.HIDDEN.late(asked).to_numpy(dtype=float)
    mixes = {share: looked_up(public, told["solution"], share=share) for share in SHARES}
    return told | {f"looked up, {share:.0%}": mix for share, mix in mixes.items()}


def measured(lab: Any, seeds: int) -> tuple[dict[str, np.ndarray], list[float]]:
    """AUC of each by name, shape (seeds, 2 halves), the reference among them; and that of the true chances."""
    made = models(lab)
    rows: dict[str, list[np.ndarray]] = {}
    best = []
    for seed in range(seeds):
        asked = lab.HIDDEN.asked_flights(seed)
        raw = lab.HIDDEN.blanked(asked)
        drawn = lab.HIDDEN.simulated(raw, asked, seed)
        told = predictions(lab, made, raw, asked) | {"reference": lab.HIDDEN.static(asked)}
        areas = lab.by_halves(drawn.labels, seed, *told.values(), drawn.chances)
        for place, name in enumerate(told):
            rows.setdefault(name, []).append(areas[:, place])
        best.append(float(areas[:, -1].mean()))
        print(
            f"seed {seed + 1} of {seeds}: solution {areas[:, list(told).index('solution')].mean():.3f}", file=sys.stderr
        )
    return {name: np.array(each) for name, each in rows.items()}, best


def disorder(areas: dict[str, np.ndarray], honest: list[str]) -> list[str]:
    """What is out of order in some seed, as sentences."""
    mean = {name: each.mean(axis=1) for name, each in areas.items()}
    attacks = [name for name in areas if name.startswith(("looked up", "trained on"))]
    pairs = [("weather", "timetable"), *((one, "weather") for one in honest), *(("solution", one) for one in attacks)]
    return [
        f"{upper} is not above {lower} in {int((mean[upper] <= mean[lower]).sum())} seeds"
        for upper, lower in pairs
        if (mean[upper] <= mean[lower]).any()
    ]


def row(areas: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    above = areas - reference
    return {
        "auc": float(areas.mean()),
        "lowest_auc": float(areas.min()),
        "skill": float(above.mean()),
        "sd": float(above.std()),
        "lowest": float(above.min()),
        "highest": float(above.max()),
        "apart": float(np.abs(above[:, 0] - above[:, 1]).mean()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="hidden sets, each of two halves (default 20)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--check", action="store_true", help="exit 1 when something is out of order")
    options = parser.parse_args()
    lab = gatecast_lab.measure()
    areas, best = measured(lab, options.seeds)
    problems = disorder(areas, ["solution", *lab.HONEST])
    table = {name: row(each, areas["reference"]) for name, each in areas.items()}
    if options.json:
        print(
            json.dumps({"seeds": options.seeds, "best": float(np.mean(best)), "out_of_order": problems, "rows": table})
        )
    else:
        print(
            "| submission | hidden AUC | skill: mean | sd | lowest | highest | apart |\n|---|---|---|---|---|---|---|"
        )
        for name, told in table.items():
            numbers = [told[each] for each in ("auc", "skill", "sd", "lowest", "highest", "apart")]
            print(f"| {name} | " + " | ".join(f"{number:.3f}" for number in numbers) + " |")
        print(f"the best possible: {np.mean(best):.3f}; {options.seeds} seeds, skill on halves")
        print(
            "\n".join(problems) or "in order in every seed: honest, weather, timetable; every attack below the solution"
        )
    if options.check and problems:
        sys.exit(1)


if __name__ == "__main__":
    main()
