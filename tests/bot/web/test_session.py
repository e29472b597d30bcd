"""What a browser remembers: ours, unchanged, and not for ever."""

from hypothesis import given
from hypothesis import strategies as st
from pushmark_bot.web.session import SECONDS, key_from, new_visit, seal, unseal

KEY = key_from("a client secret")
NOW = 1_800_000_000.0


def test_a_visit_comes_back_as_it_was() -> None:
    visit = new_visit(NOW)
    assert unseal(seal(visit, KEY), KEY, NOW) == visit


def test_it_ends_after_some_hours() -> None:
    assert unseal(seal(new_visit(NOW), KEY), KEY, NOW + SECONDS) is None


def test_one_that_another_server_sealed_is_none_of_ours() -> None:
    assert unseal(seal(new_visit(NOW), key_from("another secret")), KEY, NOW) is None


@given(st.data())
def test_one_that_was_changed_anywhere_is_none_of_ours(data: st.DataObject) -> None:
    sealed = seal(new_visit(NOW), KEY)
    at = data.draw(st.integers(0, len(sealed) - 1))
    sign = data.draw(st.characters(codec="utf-8").filter(lambda one: one != sealed[at]))
    assert unseal(sealed[:at] + sign + sealed[at + 1 :], KEY, NOW) is None


@given(st.text(max_size=200))
def test_anything_else_is_none_of_ours(text: str) -> None:
    assert unseal(text, KEY, NOW) is None


def test_a_proof_is_good_for_one_browser_and_one_address() -> None:
    mine, other = new_visit(NOW), new_visit(NOW)
    assert mine.proof(KEY, "/a") == mine.proof(KEY, "/a")
    assert len({mine.proof(KEY, "/a"), mine.proof(KEY, "/b"), other.proof(KEY, "/a")}) == 3
