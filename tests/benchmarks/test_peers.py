"""The comparison with other graders: its attacks are generic, and its table holds counts alone."""

import ast

import peers
from peer_graders import attacks, base

GRADERS = ("otter", "prairie", "gradescope", "nbgrader", "classroom", "pushmark")


def test_every_attack_is_an_honest_half_solution_and_something_more() -> None:
    corpus = attacks.corpus()
    assert len(corpus) >= 21
    for attack in corpus:
        assert attack.submission[base.FILE].startswith(base.HALF), attack.id
        assert attack.code or attack.files, attack.id
        assert attack.attempts.endswith("."), attack.id
        for name, text in attack.submission.items():
            assert "{{" not in text.replace(attacks.FORGED, ""), attack.id
            if name.endswith(".py"):
                ast.parse(text)


def test_no_attack_is_made_for_a_named_grader() -> None:
    said = " ".join(
        text for attack in attacks.corpus() for text in (attack.id, attack.attempts, *attack.submission.values())
    )
    assert not [name for name in GRADERS if name in said.lower()]


def test_attacks_that_need_a_second_file_do_not_apply_where_a_submission_is_one() -> None:
    corpus = attacks.corpus()
    assert attacks.applicable(corpus, one_file=False) == corpus
    assert 0 < len(attacks.applicable(corpus, one_file=True)) < len(corpus)


def test_the_table_has_counts_and_paired_ratios() -> None:
    theirs = peers.Result("other", {"other": "1.0"}, 20, 3, 1, 4, "a submission is one file", [2.0, 4.0, 30.0])
    ours = peers.Result(peers.OURS, {"pushmark": "0.1.0"}, 24, 0, 0, 0, "", [1.0, 2.0, 3.0])
    lines = peers.table([theirs, ours]).splitlines()
    assert lines[1].split()[:8] == ["other", "20", "3", "1", "4", "4.00", "2.00", "other"]
    assert lines[2].split()[:8] == [peers.OURS, "24", "0", "0", "0", "2.00", "1.00", "pushmark"]
    assert lines[3] == "n/a, other: a submission is one file"


def test_a_grader_that_cannot_be_set_up_is_named_with_the_reason() -> None:
    assert "not run: no network" in peers.table([peers.Result("other", unavailable="no network")])
