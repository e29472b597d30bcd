"""Reading lab.toml: every fault at once, each with its key, what was expected, and the next step."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pushmark_graders.errors import LabError
from pushmark_graders.lab.metric_spec import LOWER_IS_BETTER
from pushmark_graders.lab.spec import LabSpec, load_lab

GOOD = """
schema = 1
slug = "words"
title = "Words"
version = "1.0.0"
summary = "Counts words."

[[tasks]]
number = 1
title = "Count"

[submission]
editable = ["src/*.py"]

[training]
stages = ["train"]

[[metrics]]
name = "auc"
title = "Ranking"
predict = "words:predict"
function = "roc_auc"
points = 4
baseline = 0.5
target = 0.6
"""

COST = '"cost"\nfalse_positive_cost = 1.0\nfalse_negative_cost = 4.0\n'

Load = Callable[[str | bytes], LabSpec]
Faults = Callable[[str | bytes], list[str]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    folder = tmp_path / "words"
    folder.mkdir()

    def read(text: str | bytes) -> LabSpec:
        (folder / "lab.toml").write_bytes(text.encode() if isinstance(text, str) else text)
        return load_lab(folder)

    return read


@pytest.fixture
def faults(load: Load, tmp_path: Path) -> Faults:
    """The problems that reading reports, without the file's path at their front."""

    def read(text: str | bytes) -> list[str]:
        with pytest.raises(LabError) as caught:
            load(text)
        path = f"{tmp_path / 'words' / 'lab.toml'}: "
        assert caught.value.next_step
        assert all(problem.startswith(path) for problem in caught.value.problems)
        return [problem.removeprefix(path) for problem in caught.value.problems]

    return read


def test_a_good_file_is_read_with_its_defaults(load: Load, tmp_path: Path) -> None:
    spec = load(GOOD)
    assert spec.root == tmp_path / "words"
    assert spec.training is not None
    assert (spec.training.metrics, spec.training.seconds) == ("metrics.json", 120.0)
    assert spec.metrics[0].points == 4.0
    assert spec.limits.call_seconds == 10.0
    assert spec.data is None


def test_all_faults_of_a_file_are_reported_at_once(faults: Faults) -> None:
    text = GOOD.replace('title = "Words"', "titel = 3").replace("points = 4", 'points = "four"')
    text = text.replace('editable = ["src/*.py"]', "editable = [1]").replace("number = 1", "")
    assert faults(text) == [
        "titel: unknown key; did you mean `title`?",
        "title: missing; expected a text",
        "tasks[0].number: missing; expected a whole number",
        "submission.editable[0]: expected a text, got 1",
        'metrics[0].points: expected a number, got "four"',
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("mintues = 5", "mintues: unknown key; did you mean `minutes`?"),
        ('root = "/"', "root: unknown key; expected one of: schema, slug, title"),
        ('minutes = "5"', 'minutes: expected a whole number, got "5"'),
        ("minutes = 1.5", "minutes: expected a whole number, got 1.5"),
        ("minutes = true", "minutes: expected a whole number, got True"),
        ("limits = 3", "limits: expected a table, got 3"),
        ("limits = {call_seconds = nan}", "limits.call_seconds: expected a number, got nan"),
        ("limits = {memory_mb = 0}", "limits.memory_mb: expected a number above 0, got 0"),
        ("limits = {call_second = 3}", "limits.call_second: unknown key; did you mean `call_seconds`?"),
        ("data = {}", "data.build: missing; expected a text"),
        ("track = 2013-01-01", "track: expected a text, got 2013-01-01"),
        pytest.param("track = 0x" + "f" * 4000, "track: expected a text, got a number too long to print", id="long"),
    ],
)
def test_a_wrong_key_or_value_says_what_was_expected(faults: Faults, line: str, fault: str) -> None:
    found = faults(f"{line}\n{GOOD}")
    assert len(found) == 1
    assert found[0].startswith(fault)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("schema = 1", "schema = 2", "schema: expected one of: 1, got 2"),
        ("number = 1", "number = 2", "tasks: expected numbers 1 to 1 in order, got [2]"),
        ('["src/*.py"]', "[]", "submission.editable: expected at least one pattern"),
        ("target = 0.6", "target = 0.5", "metrics[0].target: expected a value other than baseline 0.5"),
        (
            "target = 0.6",
            "target = 0.4",
            "metrics[0].target: expected a value above baseline 0.5, as higher is",
        ),
        (
            '"roc_auc"',
            '"brier"',
            "metrics[0].target: expected a value below baseline 0.5, as lower is better",
        ),
        ("target = 0.6", "target = inf", "metrics[0].target: expected a number, got inf"),
        ("target = 0.6", "target = 0.605", "metrics[0].target: expected a multiple of step 0.01, got 0.605"),
        ("target = 0.6", "target = 0.6\nstep = 0.2", "metrics[0].baseline: expected a multiple of step 0.2, got 0.5"),
        ("target = 0.6", "target = 0.6\nstep = 0", "metrics[0].step: expected a number above 0, got 0.0"),
        ("points = 4", "points = -4", "metrics[0].points: expected 0 or more, got -4.0"),
        ("words:predict", "words.predict", 'metrics[0].predict: expected module:function, got "words.predict"'),
        ('"roc_auc"', '"auc"', "metrics[0].function: expected one of: roc_auc, log_loss, accuracy, rmse, mae"),
        ('["train"]', '"train"', 'training.stages: expected a list of texts, got "train"'),
        ("[[tasks]]", "[tasks]", "tasks: expected a list of tables, got "),
        (
            "points = 4",
            "points = 4\nk = 5",
            "metrics[0].k: roc_auc takes no such key, only ndcg and precision_at_k",
        ),
        (
            "points = 4",
            "points = 4\nbins = 9",
            "metrics[0].bins: roc_auc takes no such key, only calibration_error; ",
        ),
        (
            "points = 4",
            "points = 4\nrepeats = 2",
            "metrics[0].repeats: expected an odd number from 1 to 9, so",
        ),
        (
            "points = 4",
            "points = 4\nrepeats = 11",
            "metrics[0].repeats: expected an odd number from 1 to 9, so",
        ),
        (
            "points = 4",
            "points = 4\nrepeats = -1",
            "metrics[0].repeats: expected an odd number from 1 to 9, so",
        ),
        ('"roc_auc"', '"precision_at_k"', "metrics[0].k: missing; precision_at_k needs a number above 0"),
        ('"roc_auc"', '"ndcg"\nk = 0', "metrics[0].k: expected a number above 0, got 0"),
        ('"roc_auc"', '"ndcg"\nk = 1.5', "metrics[0].k: expected a whole number, got 1.5"),
        ('"roc_auc"', '"calibration_error"', "metrics[0].bins: missing; calibration_error needs a number above 0"),
        ('"roc_auc"', '"cost"', "metrics[0].false_negative_cost: missing; cost needs a number above 0"),
        (
            '"roc_auc"',
            COST.replace("4.0", "-4.0"),
            "metrics[0].false_negative_cost: expected a number above 0, got -4",
        ),
        ('"roc_auc"', COST + "threshold = 2", "metrics[0].threshold: expected a probability, from 0 to 1, got 2.0"),
        ('"roc_auc"', COST + 'threshold_from = "m"', 'metrics[0].threshold_from: expected module:name, got "m"'),
        (
            '"roc_auc"',
            COST + 'threshold = 0.2\nthreshold_from = "m:t"',
            "metrics[0].threshold_from: the lab gives a threshold already; leave out one of the two",
        ),
    ],
)
def test_a_value_that_makes_no_lab_is_refused(faults: Faults, old: str, new: str, fault: str) -> None:
    assert old in GOOD
    assert any(found.startswith(fault) for found in faults(GOOD.replace(old, new, 1)))


@pytest.mark.parametrize(
    "function",
    [
        '"average_precision"',
        '"brier"',
        '"calibration_error"\nbins = 10',
        '"precision_at_k"\nk = 10',
        '"ndcg"',
        '"ndcg"\nk = 10',
        COST,
        COST + "threshold = 0.2",
        COST + 'threshold_from = "words:threshold"',
    ],
)
def test_a_function_with_the_keys_that_it_needs_is_read(load: Load, function: str) -> None:
    name = function.split('"')[1]
    text = GOOD.replace("target = 0.6", "target = 0.4") if name in LOWER_IS_BETTER else GOOD
    assert load(text.replace('"roc_auc"', function)).metrics[0].function == name


def test_the_slug_of_a_lab_folder_is_its_name(load: Load, faults: Faults, tmp_path: Path) -> None:
    other = GOOD.replace('slug = "words"', 'slug = "numbers"')
    assert load(other).slug == "numbers"  # a learner's clone may have any name
    (tmp_path / "words" / "starter").mkdir()
    assert faults(other) == ['slug: expected the folder\'s name words, got "numbers"']


def test_a_missing_folder_or_file_names_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="no such folder"):
        load_lab(tmp_path / "nowhere")
    with pytest.raises(LabError, match="no such file") as caught:
        load_lab(tmp_path)
    assert "pushmark lab new" in caught.value.next_step


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"title = \xff", "line 1 is not UTF-8"),
        ("title = ", "not valid TOML: Invalid value (at end of document)"),
        ("x = " + "[" * 5000, "not valid TOML: "),
        ("x = " + "9" * 5000, "not valid TOML: "),
    ],
)
def test_a_file_that_is_no_toml_says_where(faults: Faults, text: str | bytes, fault: str) -> None:
    found = faults(text)
    assert len(found) == 1
    assert found[0].startswith(fault)


def test_a_folder_in_the_place_of_the_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "lab.toml").mkdir()
    with pytest.raises(LabError, match="cannot be read: Is a directory"):
        load_lab(tmp_path)


scalars = st.sampled_from(
    ['"text"', "3", "-1", "0.5", "nan", "-inf", "true", "2013-01-01", "07:30:00", "[]", "{}", "0xffffffffffffffffffff"]
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(
            st.sampled_from(["a", "number", "title", "editable", "stages", "name"]), inner, max_size=3
        ).map(lambda table: "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}")
    ),
    max_leaves=5,
)
keys = st.sampled_from([*LabSpec.__struct_fields__, "title_", "x"])


@given(lines=st.dictionaries(keys, values, max_size=12))
@example(lines=dict.fromkeys(LabSpec.__struct_fields__, "0x" + "f" * 4000))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_toml_a_file_holds_is_read_or_refused_in_words(load: Load, lines: dict[str, str]) -> None:
    text = "".join(f"{key} = {value}\n" for key, value in lines.items())
    tomllib.loads(text)
    with pytest.raises(LabError) as caught:
        load(text)
    assert caught.value.problems
    assert len(str(caught.value)) < 20_000


@given(data=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_bytes_a_file_holds_are_refused_in_words(load: Load, data: bytes) -> None:
    with pytest.raises(LabError):
        load(data)
