"""What of a corrected starter a learner is offered, and what the pull request says about it."""

import hashlib

from pushmark_bot.github.organisation import Change, File
from pushmark_bot.provision.merging import LONGEST_BODY, Conflict, Offer, body, differences, offer

CODE = "def one():\n    ...\n\n\ndef two():\n    ...\n"


class Trees:
    """Files by what is in them."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    def tree(self, mode: str = "100644", **files: bytes) -> dict[str, File]:
        """A tree; `a__b` is `a/b`."""
        made = {}
        for name, content in files.items():
            sha = hashlib.sha1(content, usedforsecurity=False).hexdigest()
            self.contents[sha] = content
            made[name.replace("__", "/")] = File(mode=mode, sha=sha)
        return made

    def offered(self, base: dict[str, File], ours: dict[str, File], theirs: dict[str, File]) -> Offer:
        """What is offered."""
        return offer(differences(base, ours, theirs), lambda file: self.contents[file.sha])


def test_what_the_learner_did_not_touch_is_taken() -> None:
    trees = Trees()
    base = trees.tree(a=b"one", b=b"old", gone=b"x")
    made = trees.offered(base, base, trees.tree(a=b"one", b=b"new", more=b"y"))
    assert list(made.changes) == [
        Change(path="b", text="new"),
        Change(path="gone"),
        Change(path="more", text="y"),
    ]
    assert list(made.taken) == ["b", "gone", "more"]


def test_what_only_the_learner_changed_is_left_alone() -> None:
    trees = Trees()
    base = trees.tree(a=b"one", b=b"two", c=b"three")
    ours = trees.tree(a=b"mine", c=b"three", mine=b"!")
    assert trees.offered(base, ours, base).empty


def test_a_correction_that_the_learner_has_already_is_nothing() -> None:
    trees = Trees()
    assert trees.offered(trees.tree(a=b"old"), trees.tree(a=b"new"), trees.tree(a=b"new")).empty


def test_changes_in_different_places_of_a_file_are_merged() -> None:
    trees = Trees()
    ours, theirs = CODE.replace("...", "return 1", 1), CODE + "\n\ndef three():\n    ...\n"
    made = trees.offered(
        trees.tree(a=CODE.encode()), trees.tree("100755", a=ours.encode()), trees.tree(a=theirs.encode())
    )
    [change] = made.changes
    assert change.text == theirs.replace("...", "return 1", 1)
    assert change.mode == "100755", "how the learner keeps it stays"
    assert list(made.merged) == ["a"]


def test_changes_at_the_same_place_leave_the_learners_and_show_the_correction() -> None:
    trees = Trees()
    made = trees.offered(trees.tree(a=b"one\n"), trees.tree(a=b"mine\n"), trees.tree(a=b"right\n"))
    assert made.changes == []
    [conflict] = made.conflicts
    assert "-one\n+right" in conflict.diff
    assert "mine" not in conflict.diff


def test_a_file_that_the_learner_took_away_stays_away() -> None:
    trees = Trees()
    made = trees.offered(trees.tree(a=b"one"), {}, trees.tree(a=b"two"))
    assert [one.path for one in made.conflicts] == ["a"]
    assert made.changes == []


def test_a_file_that_the_learner_made_at_the_same_path_stays() -> None:
    trees = Trees()
    made = trees.offered({}, trees.tree(a=b"mine"), trees.tree(a=b"theirs"))
    assert [one.path for one in made.conflicts] == ["a"]


def test_a_changed_file_that_the_correction_takes_away_stays() -> None:
    trees = Trees()
    made = trees.offered(trees.tree(a=b"one"), trees.tree(a=b"mine"), {})
    assert [(one.path, one.diff) for one in made.conflicts] == [("a", "the file is taken away")]


def test_a_file_never_takes_the_place_of_a_folder_nor_a_folder_that_of_a_file() -> None:
    trees = Trees()
    ours = trees.tree(data__mine=b"1", notes=b"2")
    made = trees.offered({}, ours, trees.tree(data=b"x", notes__new=b"y"))
    assert made.changes == []
    assert [one.path for one in made.conflicts] == ["data", "notes/new"]


def test_files_that_are_no_text_are_taken_whole_or_left() -> None:
    trees = Trees()
    base, theirs = trees.tree(a=b"\0old", b=b"\0old"), trees.tree(a=b"\0new", b=b"\0new")
    made = trees.offered(base, trees.tree(a=b"\0old", b=b"\0mine"), theirs)
    assert made.binary == {"a": b"\0new"}
    assert [(one.path, one.diff) for one in made.conflicts] == [("b", "the file is no text")]


def test_a_link_is_never_merged() -> None:
    trees = Trees()
    base, ours = trees.tree(a=CODE.encode()), trees.tree("120000", a=b"/etc/passwd")
    made = trees.offered(base, ours, trees.tree(a=CODE.encode() + b"more\n"))
    assert made.changes == []
    assert [one.path for one in made.conflicts] == ["a"]


def test_the_pull_request_says_what_it_brings_and_what_it_leaves() -> None:
    made = Offer(
        taken=["README.md"],
        merged=["src/a.py"],
        conflicts=[Conflict(path="src/b.py", diff="-one\n+two")],
    )
    text = body("Gatecast", made, 3)
    assert "The starter of **Gatecast** was corrected" in text
    assert "takes the place of #3" in text
    assert "- `README.md`" in text
    assert "please look at these:\n\n- `src/a.py`" in text
    assert "**Left as you have them**" in text
    assert "`src/b.py`\n\n```diff\n-one\n+two\n```" in text


def test_a_diff_cannot_end_the_block_that_it_stands_in() -> None:
    text = body("Lab", Offer(conflicts=[Conflict(path="a`b", diff="+```\n+# big")]), None)
    assert "````diff\n+```\n+# big\n````" in text
    assert "`` a`b ``" in text


def test_a_long_text_ends_where_github_takes_no_more() -> None:
    many = [Conflict(path=f"f{at}", diff="x" * 1000) for at in range(100)]
    assert len(body("Lab", Offer(conflicts=many), None)) <= LONGEST_BODY
