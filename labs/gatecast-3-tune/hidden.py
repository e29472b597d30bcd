"""Flights of November and December with simulated labels, from a model and a seed that nobody else has.

Real labels of 2013 are public: who looks them up, or trains on them, would win. So whether a hidden flight is late is
drawn here, with a chance that depends on its features alone. The chance comes from a blend of two models of the public
months' real labels, fitted on rows that the seed draws, and of a few interactions that the seed invents.
"""

import runpy
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from pushmark_graders.checks import HiddenSet
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import QuantileTransformer, TargetEncoder

ROWS = 16_000
"""Half of them are the feedback half, half the final one."""
TAUGHT = 50_000
"""Rows that the secret models are fitted on."""
SHARE_OF_TREES = 0.75
"""In the blend of log-odds; the rest is linear."""
INVENTED = 3
"""Pairs of features whose product moves the log-odds by half a unit at most."""

CATEGORIES = ["carrier", "origin", "dest"]
TIMETABLE = [*CATEGORIES, "distance", "minute_of_day", "weekday"]
NOT_FEATURES = ["flight_id", "month", "day", "storm_day", "late"]

_DATA = runpy.run_path(str(Path(__file__).resolve().parent / "data.py"))


def hidden_set(seed: int, lab: Path) -> HiddenSet:
    """About 16,000 flights, drawn within each day, as predict gets them: without `late`, which is drawn anew."""
    asked, chances = world(seed)
    late = np.random.default_rng([seed, 1]).random(len(asked)) < chances
    slices = {f"origin={name}": (asked["origin"] == name).to_numpy() for name in ("EWR", "JFK", "LGA")}
    return HiddenSet(
        inputs={"table": asked.drop(columns="late")},
        labels=late.astype(np.int8),
        references=references(asked),
        slices={**slices, "storm_day=True": asked["storm_day"].to_numpy(dtype=bool)},
    )


@lru_cache(maxsize=2)
def world(seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """The hidden flights by `flight_id`, and the true chance of each to be late; shape (n,)."""
    random = np.random.default_rng(seed)
    year: pd.DataFrame = _DATA["year"]()
    season = year[year["month"] >= 11]
    asked = season.groupby(["month", "day"]).sample(frac=ROWS / len(season), random_state=random).set_index("flight_id")
    past = year[year["month"] <= 10].sample(TAUGHT, random_state=random)
    features = [name for name in year if name not in NOT_FEATURES]
    odds = np.zeros(len(asked))
    for share, model in ((SHARE_OF_TREES, trees(120, 31, 0.08)), (1 - SHARE_OF_TREES, lines())):
        model.fit(past[features], past["late"])
        odds += share * log_odds(model.predict_proba(asked[features])[:, 1])
    odds += invented(asked[[name for name in features if name not in CATEGORIES]], random)
    return asked, 1 / (1 + np.exp(-odds))


def invented(numbers: pd.DataFrame, random: np.random.Generator) -> np.ndarray:
    """What a few secret pairs of features add to the log-odds; ranks, so that no unit matters."""
    ranks = numbers.rank(pct=True).fillna(0.5).to_numpy() - 0.5
    pairs = [random.choice(ranks.shape[1], size=2, replace=False) for _ in range(INVENTED)]
    return np.sum([2 * random.choice([-1, 1]) * ranks[:, one] * ranks[:, other] for one, other in pairs], axis=0)


def references(asked: pd.DataFrame) -> dict[str, np.ndarray]:
    """Chances from models of the learner's own January to August: the timetable alone, and all features, tuned."""
    return {name: model.predict_proba(asked[columns])[:, 1] for name, (model, columns) in _reference_models().items()}


@lru_cache(maxsize=1)
def _reference_models() -> dict[str, tuple[Pipeline, list[str]]]:
    public: pd.DataFrame = _DATA["public"]()
    past = public[public["month"] <= 8]
    features = [name for name in public if name not in NOT_FEATURES]
    return {
        "timetable": (trees(60, 16, 0.1).fit(past[TIMETABLE], past["late"]), TIMETABLE),
        "tuned": (trees(60, 16, 0.1).fit(past[features], past["late"]), features),
    }


def trees(iterations: int, leaves: int, rate: float) -> Pipeline:
    """Gradient boosting; categories become their late rate."""
    model = HistGradientBoostingClassifier(
        max_iter=iterations, max_leaf_nodes=leaves, learning_rate=rate, early_stopping=False, random_state=0
    )
    return make_pipeline(_encoder(), model)


def lines() -> Pipeline:
    """Logistic regression of ranks."""
    ranks = QuantileTransformer(n_quantiles=200, subsample=20_000, random_state=0)
    return make_pipeline(_encoder(), SimpleImputer(add_indicator=True), ranks, LogisticRegression(max_iter=300))


def _encoder() -> object:
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return make_column_transformer((TargetEncoder(target_type="binary", cv=folds), CATEGORIES), remainder="passthrough")


def log_odds(chances: np.ndarray) -> np.ndarray:
    return np.asarray(np.log(chances / (1 - chances)))
