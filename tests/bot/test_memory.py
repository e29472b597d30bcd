"""The state file: it outlives a crash, waits for its turn, and says so when it cannot be used."""

import threading
from pathlib import Path

import pytest
from pushmark_bot import memory
from pushmark_bot.memory import Published
from pushmark_graders.errors import PushmarkError

ENTRY = Published(comment=7, body="digest")


def test_what_is_kept_is_there_for_the_next_process(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "state.json"
    with memory.opened(path) as first:
        first.keep("key", ENTRY)
    with memory.opened(path) as second:
        assert second.recall("key") == ENTRY
        assert second.recall("another") is None


def test_without_a_file_nothing_is_kept() -> None:
    with memory.opened(None) as first:
        first.keep("key", ENTRY)
    with memory.opened(None) as second:
        assert second.recall("key") is None


def test_nothing_but_the_file_and_its_lock_is_left_behind(tmp_path: Path) -> None:
    with memory.opened(tmp_path / "state.json") as book:
        for number in range(3):
            book.keep(str(number), ENTRY)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["state.json", "state.json.lock"]


def test_a_second_publisher_waits_for_the_first(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    seen: list[Published | None] = []

    def second() -> None:
        with memory.opened(path) as book:
            seen.append(book.recall("key"))

    thread = threading.Thread(target=second)
    with memory.opened(path) as first:
        thread.start()
        thread.join(timeout=0.2)
        assert thread.is_alive()
        first.keep("key", ENTRY)
    thread.join(timeout=10)
    assert seen == [ENTRY]


@pytest.mark.parametrize(
    "content", [b"", b"not json", b"[]", b'{"schema":"pushmark/published/v9"}', b'{"published":{"k":{"comment":"7"}}}']
)
def test_a_file_of_another_kind_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(content)
    with pytest.raises(PushmarkError, match=r"state\.json.*no state file") as caught, memory.opened(path):
        pass
    assert "delete this one" in caught.value.next_step


def test_a_folder_in_place_of_the_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(PushmarkError, match="Is a directory"), memory.opened(tmp_path):
        pass
