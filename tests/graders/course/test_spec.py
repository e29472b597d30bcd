"""course.toml: what it may say, and what a person reads when it says something else."""

from pathlib import Path

import pytest
from pushmark_graders.course.spec import AttemptsSpec, CourseSpec, load_course
from pushmark_graders.errors import CourseError

GOOD = 'schema = 1\nslug = "ml-2026"\n[attempts]\nper_day = 5\ntotal = 40\n'


def test_a_course_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "course.toml"
    path.write_text(GOOD)
    assert load_course(path) == CourseSpec(schema=1, slug="ml-2026", attempts=AttemptsSpec(per_day=5, total=40))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schema = 2" + GOOD[10:], r"schema: expected one of: 1, got 2"),
        (GOOD.replace("ml-2026", "ML 2026"), r'slug: expected lower-case words with hyphens, got "ML 2026"'),
        (GOOD.replace("ml-2026", "../ml"), r"slug: expected lower-case words"),
        (GOOD.replace("per_day", "per_dai"), r"attempts.per_dai: unknown key; did you mean `per_day`\?"),
        (GOOD.replace("= 5", "= 0"), r"attempts.per_day: expected 1 or more, got 0"),
        (GOOD.replace("= 5", "= 2.5"), r"attempts.per_day: expected a whole number, got 2.5"),
        (GOOD.replace("= 40", '= "many"'), r'attempts.total: expected a whole number, got "many"'),
        ('schema = 1\nslug = "a"\n', r"attempts: missing; expected a table"),
        (GOOD + "[labs]\n", r"labs: unknown key"),
        ("schema = ", r"not valid TOML"),
    ],
)
def test_a_fault_is_told_with_file_key_and_next_step(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "course.toml"
    path.write_text(text)
    with pytest.raises(CourseError, match=said) as caught:
        load_course(path)
    assert str(path) in caught.value.what
    assert caught.value.next_step
    assert caught.value.exit_code == 2


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "course.toml"
    path.write_text('schema = 1\nslug = "A"\n[attempts]\nper_day = 0\ntotal = -1\n')
    with pytest.raises(CourseError) as caught:
        load_course(path)
    assert len(caught.value.problems) == 3


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="no such file") as caught:
        load_course(tmp_path / "course.toml")
    assert "course-toml.md" in caught.value.next_step
