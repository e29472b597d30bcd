"""What a worker prints: kept up to a cap, told line by line, never a reason to stall."""

import os

from pushmark_graders.worker.output import Output


def output_of(text: bytes, cap: int, *, end: bool = False) -> str:
    ours, theirs = os.pipe()
    output = Output(os.fdopen(ours, "rb"), cap, end=end)
    os.write(theirs, text)
    os.close(theirs)
    assert output.wait_closed(5.0)
    return output.take()


def test_of_long_output_the_beginning_or_the_end_is_kept_and_the_loss_is_told() -> None:
    assert output_of(b"0123456789", 4) == "0123\n[... 6 more bytes were dropped]"
    assert output_of(b"0123456789", 4, end=True) == "[... 6 more bytes were dropped]\n6789"
    assert output_of(b"0123", 4) == "0123"


def test_output_that_is_no_text_is_shown_as_far_as_it_is() -> None:
    assert output_of(b"a\xffb", 10) == "a\ufffdb"


def test_lines_are_told_as_they_come_and_an_endless_one_costs_no_memory() -> None:
    lines: list[str] = []
    ours, theirs = os.pipe()
    output = Output(os.fdopen(ours, "rb"), 10, lines.append)
    for chunk in (b"one\ntw", b"o\n", b"x" * 200_000, b"\nend\n"):
        os.write(theirs, chunk)
        if chunk.endswith(b"o\n"):
            output.take()
    os.close(theirs)
    assert output.wait_closed(5.0)
    assert lines[:2] == ["one", "two"]
    assert len(lines[2]) < 100_000
    assert lines[3] == "end"
