"""Who may give which command."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pushmark_bot.github import Permission
from pushmark_bot.slash.grammar import FORMS, Name
from pushmark_bot.slash.rights import RUNS, Asker, asks_about_learner, refusal, role

permissions = st.sampled_from(get_args(Permission))
askers = st.builds(
    Asker,
    login=st.just("somebody"),
    permission=permissions,
    roster=st.sampled_from(["", "learner", "staff", "owner"]),
    own=st.booleans(),
    learner=st.none() | permissions,
)


@pytest.mark.parametrize(
    ("asker", "is_a"),
    [
        (Asker(login="a", permission="write", roster="learner", own=True), "learner"),
        (Asker(login="a", permission="admin", roster="learner", own=True), "learner"),
        (Asker(login="a", permission="none", roster="learner", own=True), "nobody"),
        (Asker(login="a", permission="admin", roster="learner"), "nobody"),
        (Asker(login="a", permission="write", roster="staff"), "staff"),
        (Asker(login="a", permission="maintain", roster="owner"), "staff"),
        (Asker(login="a", permission="read", roster="staff"), "nobody"),
        (Asker(login="a", permission="read", roster="staff", own=True), "learner"),
        (Asker(login="a", permission="admin", learner="write"), "staff"),
        (Asker(login="a", permission="maintain", learner="none"), "staff"),
        (Asker(login="a", permission="admin", learner="admin"), "nobody"),
        (Asker(login="a", permission="admin", learner="maintain"), "nobody"),
        (Asker(login="a", permission="admin", learner=None), "nobody"),
        (Asker(login="a", permission="write", learner="write"), "nobody"),
    ],
)
def test_who_somebody_is_follows_from_github_and_the_roster(asker: Asker, is_a: str) -> None:
    assert role(asker) == is_a


@given(askers, st.sampled_from(list(FORMS)))
def test_nobody_but_staff_may_do_what_is_for_staff(asker: Asker, name: Name) -> None:
    if not refusal(name, asker) and FORMS[name].who == "staff":
        assert asker.permission in ("admin", "maintain", "write")
        assert asker.roster in ("staff", "owner") or (asker.roster == "" and asker.learner not in (None, *RUNS))


@given(askers, st.sampled_from(list(FORMS)))
def test_a_learner_may_command_on_their_own_submission_alone(asker: Asker, name: Name) -> None:
    if not refusal(name, asker) and asker.roster == "learner":
        assert asker.own
        assert FORMS[name].who == "learner"


@given(askers)
def test_staff_may_give_every_command(asker: Asker) -> None:
    if role(asker) == "staff":
        assert not any(refusal(name, asker) for name in FORMS)


@given(askers)
def test_a_second_request_is_spent_only_where_it_can_matter(asker: Asker) -> None:
    if not asks_about_learner(asker):
        assert role(asker) == role(
            Asker(login=asker.login, permission=asker.permission, roster=asker.roster, own=asker.own)
        )
