"""Reviews: what a file of findings may hold, how it is scored, and why guessing does not pay."""

import itertools
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pushmark_graders.checks import plain_yaml, review
from pushmark_graders.checks.expect import Unmet
from pushmark_graders.checks.review import Decoy, Defect, Finding, Key, Score
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.report.model import Location
from pushmark_graders.submission.errors import MissingFile, Unreadable
from pushmark_graders.submission.submitted import SubmittedFiles

ENTRY = """\
  - file: src/train.py
    line: 41
    severity: High
    category: Leakage
    evidence: The scaler is fitted on all rows.
    fix: Fit it on the training rows.
"""


def submitted(text: str | bytes) -> SubmittedFiles:
    return SubmittedFiles({"review.yaml": text if isinstance(text, bytes) else text.encode()})


def finding(line: int, severity: str = "high", category: str = "leakage", file: str = "a.py") -> Finding:
    return Finding(file, line, severity, category, "seen", "mend")


KEY = Key(
    defects=(
        Defect("a.py", 10, "critical", ("leakage",)),
        Defect("a.py", 40, "high", last=44),
        Defect("a.py", 80, "low"),
        Defect("b.py", 10, "medium"),
    ),
    decoys=(Decoy("a.py", 60), Decoy("b.py", 30, last=33)),
    lines=300,
)
PERFECT = [finding(12, "critical"), finding(47, "high"), finding(77, "low"), finding(10, "medium", file="b.py")]


def test_a_review_is_read_in_its_order_with_severity_and_category_in_small_letters() -> None:
    found = review.read_findings(submitted("findings:\n" + ENTRY + ENTRY.replace("src/", ".\\src\\")))
    expected = Finding(
        "src/train.py", 41, "high", "leakage", "The scaler is fitted on all rows.", "Fit it on the training rows."
    )
    assert found == [expected, expected]
    assert review.read_findings(submitted("findings: []\n")) == []


def test_a_review_that_is_not_there_is_a_wrong_answer() -> None:
    with pytest.raises(MissingFile, match=r"no file review\.yaml"):
        review.read_findings(SubmittedFiles())


def test_every_faulty_entry_is_told_with_its_line() -> None:
    text = "findings:\n" + ENTRY.replace("41", "near the top") + ENTRY.replace("High", "huge").replace("fix:", "fx:")
    with pytest.raises(Unreadable) as caught:
        review.read_findings(submitted(text))
    assert caught.value.public == (
        "review.yaml cannot be read. Mend these lines:\n"
        "  review.yaml:2: line: expected a whole number from 1, got near the top\n"
        "  review.yaml:8: no `fix`; severity: expected one of low, medium, high, critical, got huge"
    )
    assert caught.value.location == Location(path="review.yaml", line=2)


BOMB = (
    "a: &a [x, x]\n"
    + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in itertools.pairwise("abcdefghij"))
    + "findings: []\n"
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BOMB, ":1: anchors"),
        ("findings: *a\n", ":1: anchors"),
        ("findings: &a [*a]\n", ":1: anchors"),
        ("findings: " + "[" * 50_000, ":1: more than 8 levels"),
        ("findings:\n" + "".join(" " * i + "- \n" for i in range(1, 300)), "more than 8 levels"),
        ("- " * 50_000, "more than 8 levels"),
        ("findings: []\n" + "# " + "x" * 200_000, "at most 131,072"),
        ("findings: []\nfindings: []\n", ":2: the key findings stands twice"),
        ("findings: []\n---\nfindings: []\n", "expected a single document|but found another document"),
        ("findings:\n\t- x", ":2: "),
        ("findings: 'open", "cannot be read"),
        ("findings: \x07", "special characters|cannot be read"),
        (b"\xff\xfe\x00binary", "not UTF-8"),
        ("", "expected `findings:`"),
        ("- a\n- b\n", "expected `findings:`"),
        ("findings:\n  - text\n", "with a list of entries"),
        ("findings:\n  file: a.py\n", "with a list of entries"),
        ("? [a, b]\n: c\n", "a key that is not a text"),
        ("findings:\n" + ENTRY * 201, "201 findings; at most 200"),
        ("findings:\n" + ENTRY.replace("41", "9" * 5_000), "expected a whole number"),
        ("findings:\n" + ENTRY.replace("41", "0"), "expected a whole number"),
        ("findings:\n" + ENTRY.replace("src/train.py", "x" * 301), "file: expected at most 300"),
        ("findings:\n" + ENTRY.replace("src/train.py", "[a, b]"), "no `file`"),
    ],
)
def test_a_file_that_is_no_review_is_the_learners_error_and_says_why(text: str | bytes, told: str) -> None:
    start = time.process_time()
    with pytest.raises(Unreadable, match=told) as caught:
        review.read_findings(submitted(text))
    assert time.process_time() - start < 10
    assert caught.value.state == "error"
    assert caught.value.public.encode()


def test_a_tag_builds_nothing() -> None:
    text = "findings:\n" + ENTRY.replace("High", "!!python/object/apply:os.getcwd []")
    with pytest.raises(Unreadable, match="no `severity`"):
        review.read_findings(submitted(text))


@given(text=st.text(st.sampled_from("ab:-? \n\t[]{},&*!|>'\"%@`#~\x00\u202e\ud800"), max_size=80))
def test_no_text_is_more_than_a_tree_of_texts_or_a_fault_with_a_line(text: str) -> None:
    try:
        found = plain_yaml.parse(text)
    except plain_yaml.NotPlain as error:
        assert_told(error)
    else:
        assert isinstance(found, str | list | dict)


def assert_told(error: plain_yaml.NotPlain) -> None:
    assert error.line >= 1
    assert error.what.isprintable()


def test_without_a_yaml_library_it_is_our_fault_with_a_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    with pytest.raises(CouldNotGrade, match=r"PyYAML.*not installed\n  Next: pip install"):
        review.read_findings(submitted("findings: []\n"))


def test_a_review_that_names_every_defect_in_order_scores_one() -> None:
    scored = review.score(PERFECT, KEY)
    assert (scored.found, scored.false_positives, scored.decoys_hit) == (4, 0, 0)
    assert scored.total == 1.0
    review.expect_score(scored, at_least=1.0)


def test_a_finding_counts_within_the_tolerance_in_its_file_and_category() -> None:
    for near in (finding(7), finding(13), finding(10, category="leakage")):
        assert review.score([near], KEY).found == 1
    for far in (finding(6), finding(14), finding(10, file="c.py")):
        assert review.score([far], KEY).false_positives == 1
    other = review.score([finding(10, category="style")], KEY)
    assert (other.found, other.false_positives) == (0, 0), "at the right place: neither found nor an accusation"


def test_a_defect_is_matched_once_and_by_the_nearest() -> None:
    twice = [finding(12, "low"), finding(10, "critical"), finding(80, "low")]
    assert review.match(twice, KEY) == {0: 1, 2: 2}
    assert review.score(twice, KEY).found == 2


def test_what_names_nothing_costs_half_a_defect_and_a_decoy_a_whole_one() -> None:
    assert KEY.cost == 0.5
    assert review.score([*PERFECT, finding(100)], KEY).detection == pytest.approx(3.5 / 4)
    assert review.score([*PERFECT, finding(62)], KEY).detection == pytest.approx(3 / 4)
    assert review.score([*PERFECT, finding(36, file="b.py")], KEY).decoys_hit == 1
    assert review.score([finding(62)], KEY).total == 0.0


def test_order_is_the_share_of_pairs_that_are_rated_as_the_author_does() -> None:
    ranks = dict(zip(review.SEVERITIES, reversed(review.SEVERITIES), strict=True))
    assert review.score(PERFECT, KEY).order == 1.0
    assert review.score(PERFECT[:3], KEY).order == pytest.approx(3 / 6)
    assert review.score([finding(one.line, "high", file=one.file) for one in PERFECT], KEY).order == 0.0
    turned = [finding(one.line, ranks[one.severity], file=one.file) for one in PERFECT]
    assert review.score(turned, KEY).order == 0.0
    assert review.score(turned, KEY).total == pytest.approx(0.75)
    assert review.score([finding(10)], Key((Defect("a.py", 10, "high"),), lines=100)).total == 1.0


def test_a_miss_tells_sums_and_no_place() -> None:
    with pytest.raises(Unmet) as caught:
        review.expect_score(review.score([PERFECT[0], finding(100), finding(60)], KEY), at_least=0.5)
    assert str(caught.value) == (
        "The review misses too much, or accuses too much. Defects found: 1 of 4; findings that name nothing: 1; "
        "findings that accuse right code: 1. Detection 0.00, order of severity 0.00.\n"
        "  got:      0.00\n  expected: at least 0.50"
    )


def test_a_key_whose_score_would_mean_nothing_is_refused() -> None:
    one = Defect("a.py", 10, "high")
    for fields, told in (
        ({"defects": ()}, "at least one defect"),
        ({"defects": (one,), "tolerance": -1}, "tolerance"),
        ({"defects": (Defect("a.py", 10, "huge"),)}, "expected one of"),
        ({"defects": (one,), "decoys": (Decoy("a.py", 16),)}, "too near"),
        ({"defects": (one,), "lines": 14}, "a guess hits 50%"),
        ({"defects": (one,), "lines": 0}, "a guess hits"),
    ):
        with pytest.raises(ValueError, match=told):
            Key(**{"lines": 100, **fields})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="order_weight"):
        review.score([], KEY, order_weight=1.5)


FILES = ("a.py", "b.py")
FINDINGS = st.lists(
    st.builds(
        finding,
        st.integers(1, 120),
        st.sampled_from(review.SEVERITIES),
        st.sampled_from(("leakage", "bug")),
        st.sampled_from(FILES),
    ),
    max_size=12,
)


@st.composite
def keys(draw: st.DrawFn) -> Key:
    """Keys over two files of 120 lines, in which a guess hits less than half of the time."""
    tolerance = draw(st.integers(0, 3))
    place = st.tuples(st.sampled_from(FILES), st.integers(1, 120), st.integers(0, 4))
    defects = [
        Defect(file, line, draw(st.sampled_from(review.SEVERITIES)), draw(st.sampled_from(((), ("bug",)))), line + more)
        for file, line, more in draw(st.lists(place, min_size=1, max_size=6))
    ]
    decoys = []
    for file, line, more in draw(st.lists(place, max_size=4)):
        decoy = Decoy(file, line, line + more)
        if all(review._apart(defect, decoy) > 2 * tolerance for defect in defects):
            decoys.append(decoy)
    return Key(tuple(defects), 240, tuple(decoys), tolerance)


def raw(scored: Score, key: Key) -> float:
    """What a review gains in defects, before nothing less than 0 is told."""
    return scored.found - key.cost * scored.false_positives - scored.decoys_hit


@given(findings=FINDINGS, key=keys())
def test_a_score_is_from_0_to_1_and_no_defect_or_finding_is_used_twice(findings: list[Finding], key: Key) -> None:
    matched = review.match(findings, key)
    assert len(set(matched.values())) == len(matched)
    for row, index in matched.items():
        assert review._fits(findings[index], key.defects[row], key.tolerance)
    scored = review.score(findings, key)
    assert 0 <= scored.total <= scored.detection <= 1
    assert 0 <= scored.order <= 1
    assert scored.found + scored.false_positives + scored.decoys_hit <= len(findings)


@given(findings=FINDINGS, key=keys(), seed=st.randoms(use_true_random=False))
def test_the_order_of_entries_changes_nothing_that_is_found(findings: list[Finding], key: Key, seed: object) -> None:
    mixed = list(findings)
    seed.shuffle(mixed)  # type: ignore[attr-defined]
    assert review.score(mixed, key).detection == review.score(findings, key).detection


@given(findings=FINDINGS, key=keys(), more=FINDINGS)
def test_one_more_finding_pays_only_where_there_is_a_defect(
    findings: list[Finding], key: Key, more: list[Finding]
) -> None:
    before = review.score(findings, key)
    for one in more:
        after = review.score([*findings, one], key)
        if any(review._reaches(one, defect, key.tolerance) for defect in key.defects):
            assert before.detection <= after.detection <= before.detection + 1 / len(key.defects) + 1e-9
        else:
            assert after.total <= before.total
            assert raw(after, key) <= raw(before, key) - 0.5


@given(key=keys(), severity=st.sampled_from(review.SEVERITIES), category=st.sampled_from(("leakage", "bug")))
def test_a_finding_on_every_line_scores_nothing(key: Key, severity: str, category: str) -> None:
    everywhere = [finding(line, severity, category, file) for file in FILES for line in range(1, 121)]
    assert review.score(everywhere, key).total == 0.0


@given(key=keys(), stride=st.integers(1, 20))
def test_findings_at_even_distances_gain_nothing_on_average(key: Key, stride: int) -> None:
    gained = [
        raw(review.score([finding(at, file=file) for file in FILES for at in range(start, 121, stride)], key), key)
        for start in range(1, stride + 1)
    ]
    assert np.mean(gained) <= 1e-9


def test_where_defects_are_dense_a_finding_that_names_nothing_costs_more() -> None:
    key = Key(tuple(Defect("a.py", line, "high") for line in range(8, 240, 16)), lines=240)
    assert key.chance == pytest.approx(15 * 7 / 240)
    assert key.cost == pytest.approx(7 / 9)
    gained = [raw(review.score([finding(at) for at in range(start, 241, 7)], key), key) for start in range(1, 8)]
    assert max(gained) > 0, "a sweep may be lucky"
    assert np.mean(gained) <= 1e-9


@given(
    costs=st.integers(1, 4).flatmap(
        lambda rows: st.integers(rows, 6).flatmap(
            lambda columns: st.lists(
                st.lists(st.sampled_from([0, 1, 2, 3, review._FAR]), min_size=columns, max_size=columns),
                min_size=rows,
                max_size=rows,
            )
        )
    )
)
def test_the_assignment_is_the_best_there_is(costs: list[list[float]]) -> None:
    table = np.array(costs, dtype=float)
    rows, columns = table.shape
    found = review._assign(table)
    assert len(set(found)) == rows
    best = min(
        sum(table[row, column] for row, column in enumerate(chosen))
        for chosen in itertools.permutations(range(columns), rows)
    )
    assert sum(table[row, column] for row, column in enumerate(found)) == best


def test_a_hundred_defects_and_all_findings_that_are_read_take_no_time() -> None:
    key = Key(tuple(Defect("a.py", 30 * at, "high") for at in range(1, 101)), lines=3_100)
    start = time.process_time()
    review.score([finding(15 * at) for at in range(1, 201)], key)
    assert time.process_time() - start < 5


RUBRIC = {"problem framing": 3.0, "communication": 2.0}
FILLED = """
rows:
  - {row: communication, points: 1.5, note: Clear.}
  - row: problem framing
    points: 2
"""


def test_rows_that_people_score_are_read_in_the_rubrics_order(tmp_path: Path) -> None:
    (tmp_path / "rubric.yaml").write_text(FILLED)
    rows = review.read_rubric(tmp_path / "rubric.yaml", RUBRIC)
    assert [(row.row, row.points, row.most, row.note) for row in rows] == [
        ("problem framing", 2.0, 3.0, ""),
        ("communication", 1.5, 2.0, "Clear."),
    ]
    review.expect_rubric(rows, at_least=3.5)
    with pytest.raises(Unmet) as caught:
        review.expect_rubric(rows, at_least=4)
    assert str(caught.value) == (
        "The reviewers ask for more.\n  problem framing, 2 of 3: no note\n  communication, 1.5 of 2: Clear.\n"
        "  got:      3.5 of 5 points\n  expected: at least 4"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "cannot be read"),
        ("rows: [", "line 1: "),
        ("rows: []", "missing: problem framing, communication"),
        ("nothing", "missing: problem framing, communication"),
        (FILLED.replace("1.5", "2.5"), "line 3: points: expected 0 to 2"),
        (FILLED.replace("1.5", "nan"), "points: expected 0 to 2"),
        (FILLED.replace("1.5", "-1"), "points: expected 0 to 2"),
        (FILLED.replace("points: 1.5, ", ""), "points: expected 0 to 2"),
        (FILLED.replace("communication", "style"), "no row is called 'style'"),
        (FILLED + "  - {row: communication, points: 1}\n", "each row once"),
    ],
)
def test_a_rubric_that_is_not_complete_costs_no_attempt(tmp_path: Path, text: str | None, told: str) -> None:
    path = tmp_path / "rubric.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(CouldNotGrade, match=told):
        review.read_rubric(path, RUBRIC)
