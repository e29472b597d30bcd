"""Rosters as schools and other tools export them, and what is said of broken ones."""

from pathlib import Path

import pytest
from pushmark_bot.course.roster import RosterError, Row, parse, read


def test_our_own_columns_are_read() -> None:
    text = "identifier,name,email,section,login\ns-1,A Learner,a@school.example,north,@a-learner\n"
    [row] = parse(text, "roster.csv")
    assert row == Row(identifier="s-1", name="A Learner", email="a@school.example", section="north", login="a-learner")


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (
            '"identifier","github_username","github_id","name"\n"s-1","a-learner","123","A Learner"\n',
            Row(identifier="s-1", name="A Learner", login="a-learner", github_id=123),
        ),
        (
            "username,first_name,last_name,email,section,github_id\na-learner,A,Learner,a@school.example,1,7\n",
            Row(
                identifier="a-learner",
                name="A Learner",
                email="a@school.example",
                section="1",
                login="a-learner",
                github_id=7,
            ),
        ),
        (
            "username,first_name,last_name,email,section,github_id\n,,,invited@school.example,,\n",
            Row(identifier="invited@school.example", email="invited@school.example"),
        ),
        (
            "Student;SIS Login ID;Section\nLearner, A;s-1;north\n",
            Row(identifier="s-1", name="Learner, A", section="north"),
        ),
        ("\ufeffID\tName\r\ns-1\tA Learner\r\n\r\n", Row(identifier="s-1", name="A Learner")),
    ],
    ids=[
        "GitHub Classroom",
        "Classroom 50",
        "Classroom 50, invited by e-mail",
        "semicolons",
        "tabs and a byte order mark",
    ],
)
def test_the_files_of_others_are_read_too(tmp_path: Path, text: str, row: Row) -> None:
    file = tmp_path / "roster.csv"
    file.write_text(text, encoding="utf-8", newline="")
    assert read(file) == [row]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "roster.csv: the file is empty"),
        ("identifier,name\n", "roster.csv: no learners below the headings"),
        ("name,mail\nA,b\n", "line 1: no column with an identifier; it has name, mail"),
        ("identifier,name\n,A\n", "line 2: no identifier"),
        ("identifier\ns-1\nS-1\n", "line 3: S-1 is also in line 2"),
        ("identifier,login\ns-1,not a login\n", "line 2: 'not a login' is no GitHub login"),
        ("identifier,github_id\ns-1,12x\n", "line 2: github_id: expected a number, got '12x'"),
        ('identifier,name\ns-1,"open\n', "line 2: unexpected end of data"),
        ("identifier,name\ns-1,a\x00b\n", "line 2: name: expected at most 200 printable characters"),
        ("identifier\n" + "x" * 201 + "\n", "line 2: identifier: expected at most 200 printable characters"),
    ],
)
def test_a_fault_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(RosterError) as refused:
        parse(text, "roster.csv")
    assert any(told in problem for problem in refused.value.problems), refused.value.problems


def test_all_faults_are_told_at_once_and_not_without_end() -> None:
    with pytest.raises(RosterError) as refused:
        parse("identifier,login\n" + "".join(f"s-{at},?\n" for at in range(50)), "roster.csv")
    assert len(refused.value.problems) == 21
    assert refused.value.problems[-1] == "... and 30 more"


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match="no such file"):
        read(tmp_path / "gone.csv")
    (tmp_path / "sheet.csv").write_bytes(b"identifier\n\xff\n")
    with pytest.raises(RosterError, match="line 2 is not UTF-8"):
        read(tmp_path / "sheet.csv")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04[Content_Types].xml", "this is a spreadsheet (.xlsx or .ods), not a CSV file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "this is a spreadsheet (.xls), not a CSV file"),
        ("identifier\ns-1\n".encode("utf-16"), "line 1 is not UTF-8 but UTF-16"),
        (b"identifier,name\ns-1,a\x00b\n", "line 2: a character that no text has"),
    ],
)
def test_what_is_no_csv_file_is_called_what_it_is(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "roster.csv").write_bytes(content)
    with pytest.raises(RosterError) as refused:
        read(tmp_path / "roster.csv")
    assert told in refused.value.what
    assert "as CSV in UTF-8" in refused.value.next_step
