"""The catalogue of threats and the corpus agree, and every payload is one that git and the tests can hold."""

import tomllib
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from tests.attacks.cases import FIXTURES, HERE, corpus

CORPUS = HERE / "corpus"


class Threat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the catalogue. `local` threats have cases in the corpus."""

    says: str
    local: bool


def catalogue() -> dict[str, Threat]:
    text = tomllib.loads((HERE / "catalogue.toml").read_text())
    return msgspec.convert(text["threats"], dict[str, Threat])


def test_every_threat_that_can_run_here_has_a_case() -> None:
    tried = Counter(threat for attack in corpus() for threat in attack.threats)
    assert [name for name, threat in catalogue().items() if threat.local and not tried[name]] == []


def test_every_case_is_of_a_threat_that_the_catalogue_knows() -> None:
    known = {name for name, threat in catalogue().items() if threat.local}
    assert {attack.id: attack.threats for attack in corpus() if not set(attack.threats) <= known} == {}
    assert all(attack.threats and len(set(attack.threats)) == len(attack.threats) for attack in corpus())


def test_every_threat_is_a_sentence_of_its_own() -> None:
    sentences = [threat.says for threat in catalogue().values()]
    assert len(set(sentences)) == len(sentences)
    assert all(sentence.startswith("The submission ") and sentence.endswith(".") for sentence in sentences)


def test_the_corpus_is_as_large_as_it_says() -> None:
    assert len(corpus()) >= 105


def test_every_case_names_a_lab_and_a_twin_that_exist() -> None:
    for attack in corpus():
        places = [FIXTURES / attack.lab / attack.twin, FIXTURES / attack.twin]
        assert (FIXTURES / attack.lab / "lab.toml").is_file(), attack.id
        assert any(place.is_dir() for place in places), attack.id


def test_a_probe_tells_what_it_got() -> None:
    """Without a list of what it was given, a probe could not win, and would prove nothing by losing."""
    for attack in corpus():
        text = "".join(path.read_text() for path in (CORPUS / attack.id).glob("files/src/shop/*.py"))
        assert ("shop.attempts import" in text) == attack.probe, attack.id
        assert not attack.probe or "got" in text, attack.id


def test_a_slow_case_is_one_that_trains() -> None:
    assert {attack.id for attack in corpus() if attack.slow} == {
        attack.id for attack in corpus() if attack.lab == "trained"
    }


@pytest.mark.parametrize("folder", ["corpus", "fixtures"])
def test_payloads_are_plain_text_under_plain_names(folder: str) -> None:
    for path in (HERE / folder).rglob("*"):
        if "__pycache__" in path.parts or path.is_dir():
            continue
        assert path.is_file() and not path.is_symlink(), path
        assert path.name.isprintable(), path
        assert ".git" not in path.parts, path
        assert len(path.read_bytes().decode()) < 60_000, path


def test_no_case_is_an_empty_attempt() -> None:
    for attack in corpus():
        made = [attack.links, attack.hardlinks, attack.fifos, attack.sockets, attack.names, attack.many, attack.git]
        assert any(made) or list((CORPUS / attack.id / "files").rglob("*.*")), attack.id


def test_what_is_checked_in_is_what_is_there() -> None:
    assert all(Path(CORPUS, attack.id, "attack.toml").is_file() for attack in corpus())
