"""Code quality: what is found, on which line, and that no file of a learner's can break or silence the search."""

import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pushmark_graders.checks import quality
from pushmark_graders.checks.expect import Unmet
from pushmark_graders.checks.quality import Finding
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.process import Finished, Overran
from pushmark_graders.report.model import Location
from pushmark_graders.submission.errors import TimedOut, Unreadable
from pushmark_graders.submission.submitted import SubmittedFiles

TOKEN = "ghp_" + "a1B2" * 9


def files(**contents: str | bytes) -> SubmittedFiles:
    """`files(a="x = 1")` holds one file, `a.py`."""
    return submitted({f"{name}.py": content for name, content in contents.items()})


def submitted(contents: dict[str, str] | dict[str, bytes] | dict[str, str | bytes]) -> SubmittedFiles:
    return SubmittedFiles({name: one.encode() if isinstance(one, str) else one for name, one in contents.items()})


def places(findings: list[Finding]) -> list[str]:
    return [f"{finding.path}:{finding.line}:{finding.rule}" for finding in findings]


def test_lint_names_file_line_and_rule_in_order() -> None:
    found = quality.lint(files(b="import os\nimport sys\n", a="def f(x=[]):\n    return x\n"))
    assert places(found) == ["a.py:1:B006", "b.py:1:F401", "b.py:2:F401"]
    assert found[1].sentence() == "b.py:1: F401: `os` imported but unused; ruff check --fix --select F401 mends it"
    assert found[0].message.endswith("; see: ruff rule B006")


def test_lint_looks_for_what_the_author_selects() -> None:
    code = files(a="import os\ndef f(x=[]):\n    return x\n")
    assert places(quality.lint(code, select=["F", "B"], ignore=["F401"])) == ["a.py:2:B006"]
    assert quality.lint(code, paths=["src/**"]) == []
    assert quality.lint(submitted({})) == []


def test_neither_configuration_nor_comments_of_the_submission_change_what_is_found() -> None:
    silenced = "# ruff: noqa\n# ruff: disable[F401]\nimport os  # noqa: F401\n"
    tree = {
        "a.py": silenced,
        "dist/b.py": silenced,
        "ruff.toml": "[lint]\nselect = []\n",
        "pyproject.toml": "[tool.ruff]\nexclude = ['*']\n",
        ".gitignore": "*\n",
    }
    assert places(quality.lint(submitted(tree))) == ["a.py:3:F401", "dist/b.py:3:F401"]


def test_configuration_of_the_machine_changes_nothing_either(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text("extend-exclude = ['**']\n")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert places(quality.lint(files(a="import os\n"))) == ["a.py:1:F401"]


def test_an_author_may_let_comments_silence_a_rule() -> None:
    assert quality.lint(files(a="import os  # noqa: F401\n"), noqa=True) == []


@pytest.mark.parametrize("name", ["--fix.py", "@x.py", "a b.py", "a\nb:1:1: F401 c.py", "a\x1b[2J.py", "a\udcff.py"])
def test_a_file_with_an_odd_name_is_searched_and_named_inertly(name: str) -> None:
    (found,) = quality.lint(submitted({name: "import os\n"}))
    assert found.path == name
    assert found.sentence().isprintable()
    assert found.sentence().encode()


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("x = 1\ndef f(:\n", "a.py:2: Python cannot read this"),
        ("-" * 50_000 + "1", "a.py is nested too deeply"),
        ("a" + ".b" * 50_000, "a.py is nested too deeply"),
        ("1" + "+1" * 50_000, "a.py is nested too deeply"),
        ("if 1:pass\n" + "elif 1:pass\n" * 50_000, "a.py is nested too deeply"),
        ("(" * 50_000, "a.py:1: Python cannot read this"),
        ("x = " + "9" * 50_000, "a.py:1: Python cannot read this"),
        ("x = 1\0", "Python cannot read this|cannot have"),
        (b"x = 1\n\xff\xfe", "a.py, line 2 is not UTF-8"),
        (b"\x7fELF" + bytes(range(256)), "a.py, line 1 is not UTF-8|not UTF-8"),
        ("x = 1\n" * 400_000, "The code has 2,400,000 bytes"),
    ],
)
def test_a_file_that_cannot_be_read_is_the_learners_error_with_its_line(code: str | bytes, told: str) -> None:
    for finder in (quality.lint, quality.long_functions, quality.untyped_functions):
        with pytest.raises(Unreadable, match=told) as caught:
            finder(files(a=code))
        assert caught.value.state == "error"


def test_a_hundred_thousand_lines_are_read() -> None:
    code = files(a="x = 1\n" * 100_000 + "import os\n")
    assert places(quality.lint(code, select=["F"])) == ["a.py:100001:F401"]
    assert quality.long_functions(files(a="def f():\n" + " x\n" * 100_000))[0].message.startswith(
        "`f` has 100,001 lines"
    )
    assert quality.secrets(code) == []


def test_without_ruff_it_is_our_fault_with_a_next_step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        CouldNotGrade, match=r"ruff.*not installed\n  Next: pip install 'pushmark\[ml\]', or pip install ruff"
    ):
        quality.lint(files(a="x = 1\n"))


def test_a_rule_that_ruff_does_not_know_is_the_authors_fault() -> None:
    with pytest.raises(CouldNotGrade, match=r"refused to run.*QQ9"):
        quality.lint(files(a="x = 1\n"), select=["QQ9"])


def test_code_that_makes_ruff_crash_or_run_on_voids_no_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "run", lambda *_args, **_options: Finished(-6, "", "stack overflow"))
    with pytest.raises(Unreadable, match="ruff crashed"):
        quality.lint(files(a="x = 1\n"))

    def overrun(*_args: object, **_options: object) -> Finished:
        raise Overran("ruff: no end after 30 s")

    monkeypatch.setattr(quality, "run", overrun)
    with pytest.raises(TimedOut, match="longer than 30 s"):
        quality.lint(files(a="x = 1\n"))


def test_long_functions_come_longest_first_and_docstrings_do_not_count() -> None:
    long = "def long():\n" + "    x = 1\n" * 9
    longest = "class A:\n    async def longest(self):\n" + "        # why\n" * 9 + "        x = 1\n        x = 2\n"
    told = 'def told():\n    """One.\n' + "    More.\n" * 9 + '    """\n    return 1\n'
    found = quality.long_functions(files(a=long, b=longest, c=told), most=9)
    assert places(found) == ["b.py:2:long-function", "a.py:1:long-function"]
    assert "`longest` has 12 lines, at most 9" in found[0].message


@given(body=st.integers(1, 40), most=st.integers(1, 40))
def test_a_function_is_long_exactly_when_it_has_more_lines_than_allowed(body: int, most: int) -> None:
    code = files(a="\n\ndef f():\n" + "    x = 1\n" * body + "\n\ny = 2\n")
    assert bool(quality.long_functions(code, most=most)) == (body + 1 > most)


TYPED = """
import typing

def whole(a: int, *rest: int, b: str = "", **more: int) -> None: ...
def _private(a): ...
class _Private:
    def method(self, a): ...
class Public:
    def __init__(self, a: int): ...
    def __repr__(self): ...
    @staticmethod
    def make(a: int) -> int: ...
    @classmethod
    def build(cls) -> int:
        def inner(a): ...
"""
UNTYPED = """
def result(a: int): ...
if True:
    try:
        async def parts(a, b: int, *rest, c, **more) -> None: ...
    except ValueError:
        pass
class Public:
    def __init__(self, a): ...
    @staticmethod
    def make(a) -> int: ...
"""


def test_public_functions_without_types_are_found_wherever_they_stand() -> None:
    assert quality.untyped_functions(files(a=TYPED)) == []
    found = quality.untyped_functions(files(a=UNTYPED))
    assert [(one.line, one.message.partition(" has no type for ")[2].partition(":")[0]) for one in found] == [
        (2, "the result"),
        (5, "a, c, rest, more"),
        (9, "a"),
        (11, "a"),
    ]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (f"token = {TOKEN}", "a GitHub token (ghp_...)"),
        ("-----BEGIN RSA PRIVATE KEY-----", "a private key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "a private key"),
        ("aws = AKIA" + "ABCD2345" * 2, "an AWS access key (AKIA...)"),
        ("key: sk-" + "ab12" * 10, "an API key (sk-a...)"),
        ("hf_" + "aB3" * 12, "a Hugging Face token (hf_a...)"),
        ("xoxb-1234567890-abcdef", "a Slack token (xoxb...)"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.c2lnbmF0dXJlLWhlcmU", "a signed token (eyJh...)"),
        ("DB_PASSWORD = 'q7Rt2LmX9vBw4Kz8'", "a value that looks like a secret (q7Rt...)"),
        ('"api_key": "0f1e2d3c4b5a69788796a5b4c3d2e1f0"', "a value that looks like a secret (0f1e...)"),
    ],
)
def test_a_credential_is_found_and_never_quoted(line: str, kind: str) -> None:
    (found,) = quality.secrets(submitted({"config/app.yaml": f"first: 1\n{line}\n"}))
    assert (found.path, found.line) == ("config/app.yaml", 2)
    assert found.message.startswith(kind)
    assert not any(found.message.count(word) for word in line.split() if len(word) > 12)


@pytest.mark.parametrize(
    "line",
    [
        "token = os.environ['MODEL_REGISTRY_TOKEN_1']",
        "password = 'changeme'",
        "api_key = 'put-your-api-key-here'",
        "token = '<your token, 40 characters long>'",
        "md5: 9e107d9d372bb6826bd81d3542a419d6",
        "sha256 = '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0'",
        "max_tokens = 4096",
        "risk-adjusted-return-on-capital-and-other-long-names",
        "tokenizer = AutoTokenizer.from_pretrained('distilbert-base-uncased')",
        "secret_santa = 'aaaaaaaaaaaaaaaaaaaa1'",
        "-----BEGIN PUBLIC KEY-----",
    ],
)
def test_what_only_resembles_a_credential_is_left_alone(line: str) -> None:
    assert quality.secrets(files(a=line)) == []


def test_allowed_values_and_binary_files_are_left_alone() -> None:
    assert quality.secrets(files(a=f"EXAMPLE = '{TOKEN}'"), allow=[TOKEN]) == []
    assert quality.secrets(submitted({"model.bin": b"\0" + TOKEN.encode()})) == []
    assert quality.secrets(SubmittedFiles({}, {"large.csv": 5 << 20})) == []


@pytest.mark.parametrize(
    "text", ["secret" * 100_000, "eyJ" * 200_000, "sk-" * 200_000, "ghp_" * 100_000, "token " * 100_000]
)
def test_no_line_makes_the_search_for_secrets_slow(text: str) -> None:
    start = time.process_time()
    quality.secrets(submitted({"one-line.txt": text}))
    assert time.process_time() - start < 5.0  # seconds; a search that is quadratic takes minutes


def test_notebooks_and_large_files_are_found_unless_they_belong_there() -> None:
    tree = SubmittedFiles({"a.ipynb": b"{}", "reports/b.ipynb": b"{}", "m.bin": bytes(600_000)}, {"raw.csv": 3 << 20})
    assert places(quality.notebooks(tree, allow=["reports/**"])) == ["a.ipynb:1:notebook"]
    assert places(quality.large_files(tree)) == ["raw.csv:1:large-file", "m.bin:1:large-file"]
    assert places(quality.large_files(tree, most=1 << 20, allow=["*.csv"])) == []


def test_a_few_findings_may_be_allowed_and_the_first_are_shown_with_a_link() -> None:
    findings = [Finding("src/a.py", line, "F401", f"`m{line}` imported but unused") for line in range(1, 8)]
    quality.expect_none(findings, at_most=7)
    quality.expect_none([])
    with pytest.raises(
        Unmet, match=r"(?s)7 findings, 2 allowed:\n  src/a\.py:1: F401.*\n  \.\.\. and 2 more"
    ) as caught:
        quality.expect_none(findings, at_most=2)
    assert caught.value.location == Location(path="src/a.py", line=1)
    with pytest.raises(ValueError, match="0 or more"):
        quality.expect_none([], at_most=-1)


@given(path=st.text(min_size=1, max_size=40), message=st.text(max_size=400))
def test_whatever_a_finding_quotes_it_is_one_line_that_a_report_can_hold(path: str, message: str) -> None:
    sentence = Finding(path, 1, "X1", message).sentence()
    assert sentence.encode()
    assert len(sentence.splitlines()) == 1
    assert len(sentence) < 400
