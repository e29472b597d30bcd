"""The leak probes, on parcels: each is asked about when it is due to be scanned, and its delay is known later."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pushmark_graders.checks.expect import Unmet
from pushmark_graders.checks.leakage import (
    Asked,
    Known,
    Leak,
    Tables,
    as_of_probe,
    blank,
    blank_probe,
    describe,
    expect_none,
    fit_poison,
    moments,
    moved_share,
    order_probe,
    world_at,
)

START = pd.Timestamp("2020-03-01", tz="UTC")
LEAD = pd.Timedelta("2h")


def minutes(count: object) -> pd.Series:
    return pd.to_timedelta(pd.Series(count), unit="min").astype("timedelta64[us]")


def scanned(tables: Tables) -> pd.Series:
    return tables["parcels"]["due"] + minutes(tables["parcels"]["delay"])


def stamps(moments: pd.Series) -> np.ndarray:
    return np.asarray(moments.dt.tz_localize(None), dtype="datetime64[us]")


KNOWN = (Known("parcels", scanned, ("delay",)), Known("weather", lambda tables: tables["weather"]["at"]))
ASKED = Asked(table="parcels", key="parcel", at=lambda tables: tables["parcels"]["due"], lead=LEAD)


def world(due: list[int], delay: list[int]) -> Tables:
    """Parcels due `due` minutes after the start; weather every hour for two days."""
    parcels = pd.DataFrame({"parcel": range(100, 100 + len(due)), "due": START + minutes(due), "delay": delay})
    parcels = parcels.sort_values("due", kind="stable", ignore_index=True).astype({"delay": float})
    hours = pd.DataFrame({"at": START + minutes(range(0, 2880, 60)), "rain": np.arange(48.0) % 7})
    return {"parcels": parcels, "weather": hours}


SOME = world(due=list(range(0, 2400, 10)), delay=[number * 37 % 90 - 10 for number in range(240)])


def indexed(tables: Tables, **columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns).set_axis(pd.Index(tables["parcels"]["parcel"], name="parcel"), axis=0)


def last_known(lead: pd.Timedelta) -> Callable[[Tables], pd.DataFrame]:
    """The mean delay of the parcels scanned up to `lead` before each one is due."""

    def build(tables: Tables) -> pd.DataFrame:
        delay, at = tables["parcels"]["delay"].to_numpy(), stamps(scanned(tables))
        known = at <= stamps(tables["parcels"]["due"] - lead)[:, None]  # NaT is never
        with np.errstate(invalid="ignore"):
            return indexed(tables, mean=np.where(known, delay, 0.0).sum(axis=1) / known.sum(axis=1))

    return build


def rain(lead: pd.Timedelta) -> Callable[[Tables], pd.DataFrame]:
    def build(tables: Tables) -> pd.DataFrame:
        seen = tables["weather"].sort_values("at")
        row = np.searchsorted(stamps(seen["at"]), stamps(tables["parcels"]["due"] - lead), side="right") - 1
        return indexed(tables, rain=np.where(row >= 0, np.r_[seen["rain"], np.nan][row], np.nan))

    return build


def own(tables: Tables) -> pd.DataFrame:
    return indexed(tables, own=tables["parcels"]["delay"].to_numpy())


def overall_mean(tables: Tables) -> pd.DataFrame:
    return indexed(tables, overall=np.full(len(tables["parcels"]), tables["parcels"]["delay"].mean()))


def schedule_only(tables: Tables) -> pd.DataFrame:
    due = tables["parcels"]["due"]
    return indexed(
        tables, hour=due.dt.hour.to_numpy(), near=due.groupby(due.dt.floor("h")).transform("size").to_numpy()
    )


HONEST = {"schedule": schedule_only, "state": last_known(LEAD), "early state": last_known(2 * LEAD), "rain": rain(LEAD)}
LEAKING = {
    "own": own,
    "overall": overall_mean,
    "state at the event": last_known(pd.Timedelta(0)),
    "state after the event": last_known(-pd.Timedelta("1h")),
    "rain at the event": rain(pd.Timedelta(0)),
}


def asked_moments(tables: Tables, count: int = 10) -> list[pd.Timestamp]:
    return moments(tables, ASKED, count=count, seed=3, since=START + pd.Timedelta("6h"))


@pytest.mark.parametrize("name", HONEST)
def test_honest_features_do_not_move_in_any_probe(name: str) -> None:
    build, at = HONEST[name], asked_moments(SOME)
    assert as_of_probe(build, SOME, KNOWN, ASKED, at) == []
    assert blank_probe(build, SOME, KNOWN, ASKED, at) == []
    assert order_probe(build, SOME, ASKED, seed=1) == []


@pytest.mark.parametrize("name", LEAKING)
def test_the_as_of_probe_names_the_leaking_column(name: str) -> None:
    (leak,) = as_of_probe(LEAKING[name], SOME, KNOWN, ASKED, asked_moments(SOME))
    assert leak.column in {"own", "overall", "mean", "rain"}
    assert leak.rows == 10
    assert leak.moved > 0
    assert leak.moment is not None
    assert leak.moment + LEAD in set(SOME["parcels"]["due"])


def test_the_blank_probe_finds_what_depends_on_the_rows_own_outcome() -> None:
    at = asked_moments(SOME, 3)
    assert [leak.column for leak in blank_probe(own, SOME, KNOWN, ASKED, at)] == ["own"]
    assert [leak.column for leak in blank_probe(overall_mean, SOME, KNOWN, ASKED, at)] == ["overall"]
    assert blank_probe(rain(pd.Timedelta(0)), SOME, KNOWN, ASKED, at) == [], "later weather is not the row's own"


def test_a_leak_tells_column_share_moment_and_an_example() -> None:
    (leak,) = as_of_probe(own, SOME, KNOWN, ASKED, [START + pd.Timedelta("8h")])
    assert leak == Leak("own", 1, 1, 148, 56.0, leak.cut, START + pd.Timedelta("6h"))
    assert describe([leak]) == (
        "`own` moved for 1 of 1 rows; row 148, asked at 2020-03-01 06:00 UTC: "
        "56 with the whole tables, missing with only what was known."
    )


def test_describe_shows_the_worst_three_and_counts_the_rest() -> None:
    leaks = [Leak(name, 4, 2, 1, 0.5, "x" * 99, None) for name in "abcde"]
    assert describe(leaks).splitlines()[-1] == "... and 2 more."
    assert len(describe(leaks).splitlines()) == 4
    assert describe([]) == ""


def test_the_worst_leak_comes_first() -> None:
    def build(tables: Tables) -> pd.DataFrame:
        # Many delays are 40 minutes or less: `rare` holds 0 for them, known or not.
        delay = tables["parcels"]["delay"].to_numpy()
        return indexed(tables, rare=np.where(delay > 40, delay, 0.0), own=delay)

    leaks = as_of_probe(build, SOME, KNOWN, ASKED, asked_moments(SOME))
    assert [leak.column for leak in leaks] == ["own", "rare"]


def test_hiding_can_be_limited_to_tables_and_rows() -> None:
    at = asked_moments(SOME)
    both = lambda tables: pd.concat([own(tables), rain(pd.Timedelta(0))(tables)], axis=1)  # noqa: E731
    only_weather = as_of_probe(both, SOME, KNOWN, ASKED, at, hide={"weather": None})
    others = as_of_probe(
        both, SOME, KNOWN, ASKED, at, hide={"parcels": lambda table, rows: ~table["parcel"].isin(rows["parcel"])}
    )
    assert [leak.column for leak in only_weather] == ["rain"]
    assert others == [], "only other rows were hidden, and `own` looks at none"


@pytest.mark.parametrize("hide", [{}, {"parcel": None}])
def test_hiding_nothing_or_an_unknown_table_is_the_authors_mistake(hide: dict[str, None]) -> None:
    with pytest.raises(ValueError, match=r"declares \(parcels, weather\)"):
        as_of_probe(own, SOME, KNOWN, ASKED, asked_moments(SOME), hide=hide)


def test_world_at_keeps_what_happens_exactly_then_and_leaves_the_input_alone() -> None:
    tables = world(due=[0, 60, 120], delay=[0, 0, 30])
    before = {name: table.copy() for name, table in tables.items()}
    seen = world_at(tables, KNOWN, START + pd.Timedelta("1h"))
    assert seen["parcels"]["delay"].isna().tolist() == [False, False, True]
    assert seen["weather"]["at"].max() == START + pd.Timedelta("1h")
    for name, table in before.items():
        pd.testing.assert_frame_equal(table, tables[name])


def test_a_column_of_moments_and_a_delay_say_when_without_a_function() -> None:
    published = (Known("weather", "at", ("rain",), delay=pd.Timedelta("30min")), Known("parcels", None, ("delay",)))
    seen = world_at(SOME, published, START + pd.Timedelta("75min"))
    assert seen["weather"]["rain"].notna().sum() == 1, "the observation of minute 60 comes at minute 90"
    assert seen["parcels"]["delay"].isna().all(), "None is never"
    by_name = Asked("parcels", "parcel", "due", LEAD)
    assert by_name.moments(SOME).equals(ASKED.moments(SOME))
    at = asked_moments(SOME, 3)
    assert [leak.column for leak in blank_probe(own, SOME, published, by_name, at)] == ["own"]


def test_expect_none_hands_the_first_twenty_leaks_to_the_report_as_tidy_data() -> None:
    moment = START + pd.Timedelta("6h")
    leaks = [Leak(f"\x1b[31m{number}\n" + "x" * 200, 4, 2, 1, 0.5, 0.6, moment) for number in range(30)]
    expect_none([])
    with pytest.raises(Unmet, match=r"(?s)^Too early:\n.*\.\.\. and 27 more\.$") as caught:
        expect_none(leaks, "Too early:")
    assert len(caught.value.leaks) == 20
    first = caught.value.leaks[0]
    assert (first.moved, first.rows, first.moment) == (2, 4, "2020-03-01T06:00:00Z")
    assert len(first.column) == 100
    assert first.column.isprintable()


def test_a_column_without_a_moment_is_never_known() -> None:
    tables = world(due=[0], delay=[0])
    tables["parcels"]["delay"] = float("nan")
    assert world_at(tables, KNOWN, START + pd.Timedelta("9D"))["parcels"]["delay"].isna().all()


def test_blank_touches_only_the_named_rows() -> None:
    seen = blank(SOME, KNOWN, ASKED, [100, 101])["parcels"]
    assert seen["parcel"][seen["delay"].isna()].tolist() == [100, 101]
    assert SOME["parcels"]["delay"].notna().all()


def test_rows_known_before_the_last_call_of_a_window_are_not_blanked_together() -> None:
    # 101 was scanned 100 minutes early, before the call of 102, whose history may rightly hold it.
    tables = world(due=[0, 600, 655], delay=[0, -100, 0])
    assert blank_probe(last_known(LEAD), tables, KNOWN, ASKED, [START + pd.Timedelta("10h")]) == []


def test_the_order_probe_finds_features_that_depend_on_the_order_of_rows() -> None:
    def previous_row(tables: Tables) -> pd.DataFrame:
        return indexed(tables, previous=tables["parcels"]["due"].dt.hour.shift().to_numpy())

    (leak,) = order_probe(previous_row, SOME, ASKED, seed=1)
    assert (leak.column, leak.told) == ("previous", ("in one order", "in another"))


def rates(features: pd.DataFrame, labels: pd.Series, known: pd.Series) -> pd.DataFrame:
    return features.assign(kind=features["kind"].map(labels[known].groupby(features["kind"][known]).mean()))


def kinds() -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    rng = np.random.default_rng(5)
    features = pd.DataFrame({"kind": rng.choice(list("abc"), 300), "weight": rng.integers(1, 9, 300)})
    return features, pd.Series(rng.random(300) < 0.3), pd.Series(np.arange(300) < 200)


def test_fit_poison_spares_an_encoder_of_the_training_rows() -> None:
    assert fit_poison(lambda x, y, train: rates(x, y, train)[train], *kinds(), seed=2) == []


def test_fit_poison_finds_an_encoder_of_all_rows() -> None:
    leaks = fit_poison(lambda x, y, train: rates(x, y, train | True)[train], *kinds(), seed=2)
    assert [(leak.column, leak.share) for leak in leaks] == [("kind", 1.0)]


def test_fit_poison_finds_a_scaler_that_saw_other_features() -> None:
    def scaled(x: pd.DataFrame, y: pd.Series, train: pd.Series) -> pd.DataFrame:
        return x.assign(weight=x["weight"] / x["weight"].groupby(y).transform("max"))[train]

    features, labels, train = kinds()
    features.loc[~train & labels, "weight"] = 1000
    assert [leak.column for leak in fit_poison(scaled, features, labels, train, seed=2)] == ["weight"]


def test_labels_may_be_numbers() -> None:
    features, labels, train = kinds()
    spoilt: list[pd.Series] = []

    def spy(x: pd.DataFrame, y: pd.Series, train: pd.Series) -> pd.DataFrame:
        spoilt.append(y)
        return x[train]

    assert fit_poison(spy, features, labels.astype(int), train, seed=2) == []
    assert (spoilt[1][~train] == 1 - spoilt[0][~train]).all()
    assert (spoilt[1][train] == spoilt[0][train]).all()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda _: [1, 2], "not a table but list"),
        (lambda tables: own(tables).iloc[:-200], "rows have no features"),
        (lambda tables: pd.concat([own(tables), own(tables)]), "hold a parcel twice"),
        (lambda tables: own(tables).dropna(axis=1), "these come or go: own"),
    ],
)
def test_features_that_cannot_be_compared_are_the_learners_to_mend(
    answer: Callable[[Tables], Any], sentence: str
) -> None:
    with pytest.raises(Unmet, match=sentence):
        as_of_probe(answer, SOME, KNOWN, ASKED, asked_moments(SOME))


def test_comparing_no_row_at_all_is_the_authors_mistake() -> None:
    with pytest.raises(ValueError, match="no row was compared"):
        as_of_probe(own, SOME, KNOWN, ASKED, [START + pd.Timedelta("99D")])


@pytest.mark.parametrize(
    ("whole", "cut", "moves"),
    [
        ([1.0, float("nan")], [1.0, float("nan")], False),
        ([1.0, 2.0], [1.0, float("nan")], True),
        ([1.0, 2.0], [1, 2], False),
        ([1.0, 2.0], [1.0, 2.00001], False),
        ([1.0, 2.0], [1.0, 2.01], True),
        (["a", None], ["a", None], False),
        (["a", "b"], ["a", "c"], True),
        ([True, False], [True, True], True),
        ([1j, 2j], [1j, 3j], True),
        ([None, None], [float("nan"), float("nan")], False),
        (pd.Categorical(["a", "b"]), pd.Categorical(["a", "b"], categories=["b", "a", "c"]), False),
        (pd.to_timedelta([1, 2], unit="h"), pd.to_timedelta([1, 3], unit="h"), True),
        (pd.to_datetime(["2020-01-01", "2020-01-02"]), pd.to_datetime(["2020-01-01", "2020-01-03"]), True),
        (pd.array([1, None], dtype="Int64"), pd.array([1, None], dtype="Int64"), False),
    ],
)
def test_cells_are_compared_by_value_not_by_type(whole: Any, cut: Any, moves: bool) -> None:
    keys = pd.Series([7, 8])
    left, right = (pd.DataFrame({"x": column}, index=keys) for column in (whole, cut))
    assert (moved_share(left, right, "key", keys) > 0) == moves


def test_moments_are_drawn_once_each_after_since_and_the_same_for_a_seed() -> None:
    drawn = asked_moments(SOME)
    assert drawn == asked_moments(SOME) == sorted(set(drawn))
    assert min(drawn) >= START + pd.Timedelta("6h")


due_and_delay = st.lists(st.tuples(st.integers(0, 2880), st.integers(-90, 400)), min_size=8, max_size=40)


@settings(max_examples=40)
@given(due_and_delay)
def test_no_schedule_and_no_delays_make_honest_features_move(parcels: list[tuple[int, int]]) -> None:
    tables = world([due for due, _ in parcels], [delay for _, delay in parcels])
    at = moments(tables, ASKED, count=4, seed=0)
    for name, build in HONEST.items():
        assert as_of_probe(build, tables, KNOWN, ASKED, at) == [], name
        kept = [moment for moment in at if blankable(tables, moment)]
        assert not kept or blank_probe(build, tables, KNOWN, ASKED, kept) == [], name


@settings(max_examples=40)
@given(due_and_delay, st.integers(0, 2880), st.integers(0, 2880))
def test_the_world_of_an_earlier_moment_is_the_same_whether_a_later_one_was_made_first(
    parcels: list[tuple[int, int]], one: int, other: int
) -> None:
    tables = world([due for due, _ in parcels], [delay for _, delay in parcels])
    early, late = (START + pd.Timedelta(minutes=minute) for minute in sorted((one, other)))
    direct, twice = world_at(tables, KNOWN, early), world_at(world_at(tables, KNOWN, late), KNOWN, early)
    for name in tables:
        pd.testing.assert_frame_equal(direct[name], twice[name])


@settings(max_examples=40)
@given(due_and_delay)
def test_the_rows_own_outcome_is_always_found(parcels: list[tuple[int, int]]) -> None:
    tables = world([due for due, _ in parcels], [delay for _, delay in parcels])
    (leak,) = as_of_probe(own, tables, KNOWN, ASKED, moments(tables, ASKED, count=4, seed=0))
    assert leak.share == 1.0, "no parcel is scanned more than two hours early, so no outcome is known at a call"


def blankable(tables: Tables, moment: pd.Timestamp) -> bool:
    """Whether the window of `moment` holds a row that the blank probe may blank."""
    due = tables["parcels"]["due"]
    inside = (due >= moment) & (due < moment + LEAD / 2)
    return bool((inside & (scanned(tables) > moment - LEAD / 2)).any())
