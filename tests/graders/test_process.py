"""The one door to other programs: what comes back, and what is said when nothing does."""

import socket
import sys
import time
from pathlib import Path

import pytest
from pushmark_graders import process
from pushmark_graders.errors import CouldNotGrade, PushmarkError


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_what_a_program_prints_comes_back_as_text_even_when_it_is_none() -> None:
    done = process.run(python("import sys; print('out'); sys.stderr.buffer.write(b'\\xff')"))
    assert done == process.Finished(0, "out\n", "\ufffd")


def test_a_program_reads_nothing_from_the_terminal() -> None:
    assert process.run(python("import sys; print(len(sys.stdin.read()))")).stdout == "0\n"


def test_folder_and_environment_are_what_the_caller_gives(tmp_path: Path) -> None:
    code = "import os; print(os.getcwd(), sorted(os.environ.keys() - {'LC_CTYPE'}))"
    assert process.run(python(code), cwd=tmp_path, env={"A": "1"}).stdout == f"{tmp_path} ['A']\n"


def test_a_missing_program_is_named_with_the_next_step() -> None:
    with pytest.raises(PushmarkError, match="no-such-program: program not found") as caught:
        process.run(["no-such-program"])
    assert "install no-such-program" in caught.value.next_step


def test_a_failing_program_is_an_error_that_quotes_the_end_of_what_it_said() -> None:
    with pytest.raises(PushmarkError, match=r"ended with status 3: x+ the reason") as caught:
        process.run(python("import sys; sys.stderr.write('x' * 9000 + ' the reason'); sys.exit(3)"))
    assert len(str(caught.value)) < 2500


def test_a_failing_program_may_be_an_answer() -> None:
    assert process.run(python("raise SystemExit(3)"), check=False).returncode == 3


def test_a_program_without_end_is_stopped_even_when_its_child_keeps_the_output() -> None:
    code = "import subprocess, time; subprocess.Popen(['sleep', '5']); time.sleep(60)"
    started = time.monotonic()
    with pytest.raises(PushmarkError, match=r"no end after 0\.5 s"):
        process.run(python(code), timeout=0.5)
    assert time.monotonic() - started < 4


def test_a_worker_that_cannot_be_started_is_our_fault() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(CouldNotGrade, match="could not be started"):
        process.spawn(["/no/such/interpreter"], socket_for_child=theirs, env={})
