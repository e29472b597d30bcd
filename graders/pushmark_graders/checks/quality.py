"""Code quality, read from the submitted files: each finding names a file, a line, and what to do about it.

Finders return findings, and `expect_none` makes a check of them:

    quality.expect_none(quality.lint(files) + quality.long_functions(files, most=40))

The files are data. They are never imported, and nothing that they hold sets what is looked for: neither
configuration of theirs nor a comment that silences a rule is obeyed unless the author says so.
"""

import ast
import math
import re
import shutil
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pushmark_graders.checks.expect import Unmet
from pushmark_graders.errors import CouldNotGrade
from pushmark_graders.process import Overran, run
from pushmark_graders.report.text import one_line
from pushmark_graders.submission.errors import TimedOut, Unreadable
from pushmark_graders.submission.submitted import KEPT_BYTES, SubmittedFiles, label, place

PYTHON = ("**/*.py",)

RULES = ("E4", "E7", "E9", "F", "B", "PLE")
"""Ruff's own default (pycodestyle's errors without layout, pyflakes) with bugbear and pylint's errors: likely bugs.
Order of imports (`I`) is not among them. It depends on which packages are the lab's own, and those that a
learner may not edit are not there to be seen."""

MOST_SOURCE = 2 << 20
"""Bytes of Python source that one check reads: two million bytes of one-line statements make ruff print 30 MB."""

LARGE = 500_000
"""Bytes of a large file, as pre-commit's check-added-large-files has it (500 kB)."""

_SECONDS = 30.0
_SHOWN = 5
_SAFE_PART = re.compile(r"[A-Za-z0-9_][\w.-]{0,99}", re.ASCII)
_REPORTED = re.compile(r"(?P<path>[^:]+):(?P<line>\d+):\d+: (?P<rule>[A-Za-z0-9-]+):? (?P<message>.+)")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Finding:
    """Something to mend in `line` of the submitted file `path`. `rule` is its short name; `message` says what to do."""

    path: str
    line: int
    rule: str
    message: str

    def sentence(self) -> str:
        """The finding on one line."""
        return f"{label(self.path)}:{self.line}: {self.rule}: {one_line(self.message, 200)}"


def expect_none(findings: Sequence[Finding], *, at_most: int = 0, sentence: str = "The code can be cleaner.") -> None:
    """Hold when there are at most `at_most` findings; else show the first five of them, and link to the first.

    Raises ValueError when `at_most` is negative.
    """
    if at_most < 0:
        raise ValueError(f"at_most: expected 0 or more, got {at_most}")
    if len(findings) <= at_most:
        return
    shown = [f"  {finding.sentence()}" for finding in findings[:_SHOWN]]
    rest = [f"  ... and {len(findings) - _SHOWN:,} more"] if len(findings) > _SHOWN else []
    noun = "finding" if len(findings) == 1 else "findings"
    count = f"{len(findings):,} {noun}{f', {at_most:,} allowed' if at_most else ''}:"
    first = findings[0]
    raise Unmet("\n".join([f"{sentence} {count}", *shown, *rest]), location=place(first.path, first.line))


def lint(
    files: SubmittedFiles,
    *,
    select: Sequence[str] = RULES,
    ignore: Sequence[str] = (),
    paths: Sequence[str] = PYTHON,
    noqa: bool = False,
) -> list[Finding]:
    """What ruff finds in the files that match `paths`, by file and line.

    `select` and `ignore` are ruff's rules or their prefixes, such as `"F"` or `"B006"`; `ruff rule F401`
    explains one. `noqa` lets comments such as `# noqa: F401` silence a rule on their line. Raises Unreadable
    and TimedOut for what the files cause, CouldNotGrade when ruff is missing or refuses the selection.
    """
    sources = _sources(files, paths)
    for name, text in sources.items():
        _parse(name, text)  # a file that Python refuses is told as such, and none that is nested too deep gets to ruff
    if not sources:
        return []
    with tempfile.TemporaryDirectory(prefix="pushmark-lint-") as folder:
        names = _lay_out(sources, Path(folder))
        printed = _ruff(Path(folder), select, ignore, noqa)
    found = [_REPORTED.fullmatch(line) for line in printed.splitlines()]
    findings = [
        Finding(names[one["path"]], int(one["line"]), one["rule"], _advice(one["rule"], one["message"]))
        for one in found
        if one is not None and one["path"] in names
    ]
    return sorted(findings, key=lambda finding: (finding.path, finding.line, finding.rule))


def long_functions(files: SubmittedFiles, *, most: int = 50, paths: Sequence[str] = PYTHON) -> list[Finding]:
    """Functions of more than `most` lines, the longest first.

    Counted are the lines from `def` to the last one, without the docstring: comments and blank lines count, and
    what is nested in a function counts for both. Raises Unreadable for a file that Python cannot parse.
    """
    found = []
    for name, tree in _trees(files, paths):
        for node in ast.walk(tree):
            if isinstance(node, _Function) and (lines := _lines(node)) > most:
                message = (
                    f"{_shown(node)} has {lines:,} lines, at most {most:,}: move a part that has a name of its own out"
                )
                found.append((lines, Finding(name, node.lineno, "long-function", message)))
    return [finding for _, finding in sorted(found, key=lambda one: (-one[0], one[1].path, one[1].line))]


def untyped_functions(files: SubmittedFiles, *, paths: Sequence[str] = PYTHON) -> list[Finding]:
    """Public functions, and public methods of public classes, with a parameter or a result that has no type.

    Public is what has no leading underscore and is not nested in a function; of a class's special methods,
    `__init__` and `__call__` count. Raises Unreadable for a file that Python cannot parse.
    """
    found = []
    for name, tree in _trees(files, paths):
        for node, method in _public(tree):
            if untyped := _untyped(node, method):
                message = f"{_shown(node)} has no type for {one_line(', '.join(untyped), 120)}: annotate it"
                found.append(Finding(name, node.lineno, "untyped-function", message))
    return sorted(found, key=lambda finding: (finding.path, finding.line))


def secrets(
    files: SubmittedFiles, *, allow: Sequence[str] = (), entropy: float = 3.5, paths: Sequence[str] = ("**",)
) -> list[Finding]:
    """Lines that look like a credential: a private key, a token by its issuer's prefix, or a quoted value under a
    telling name (`password`, `token`, `api_key`, ...) that looks random.

    Random is a value of 16 characters or more with a digit and at least `entropy` bits of Shannon entropy per
    character, or half a bit less in hexadecimal, which holds at most 4. (detect-secrets 1.5 asks for 4.5 and 3.0 of
    any quoted text; under a telling name less is enough.) `allow` holds values that may stand there. Findings quote
    no more than four characters. Binary files, and those above 1 MiB, are not searched.
    """
    found = []
    for name in files.matching(*paths):
        if files.size(name) > KEPT_BYTES or b"\0" in (content := files.read(name)):
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").split("\n"), start=1):
            if (kind := _secret(line, allow, entropy)) is not None:
                message = f"{kind}: withdraw it where it was issued, and read it from the environment instead"
                found.append(Finding(name, number, "secret", message))
    return found


def notebooks(files: SubmittedFiles, *, allow: Sequence[str] = ()) -> list[Finding]:
    """Jupyter notebooks that were left behind; `allow` holds patterns of those that belong there."""
    kept = set(files.matching(*allow))
    message = "a notebook was left behind: move its code into modules, or leave it out of the repository"
    return [Finding(name, 1, "notebook", message) for name in files.matching("**/*.ipynb") if name not in kept]


def large_files(
    files: SubmittedFiles, *, most: int = LARGE, allow: Sequence[str] = (), paths: Sequence[str] = ("**",)
) -> list[Finding]:
    """Files of more than `most` bytes, the largest first; `allow` holds patterns of those that may be large."""
    kept = set(files.matching(*allow))
    found = [name for name in files.matching(*paths) if files.size(name) > most and name not in kept]
    return [
        Finding(
            name, 1, "large-file", f"{files.size(name):,} bytes, at most {most:,}: track it with DVC instead of git"
        )
        for name in sorted(found, key=lambda name: -files.size(name))
    ]


def _sources(files: SubmittedFiles, paths: Sequence[str]) -> dict[str, str]:
    names = files.matching(*paths)
    if (total := sum(map(files.size, names))) > MOST_SOURCE:
        largest = max(names, key=files.size)
        raise Unreadable(
            f"The code has {total:,} bytes; checks read up to {MOST_SOURCE:,}. The largest file is {label(largest)}: "
            "take generated code and data out of it.",
            "too much code",
            place(largest),
        )
    return {name: files.text(name) for name in names}


def _trees(files: SubmittedFiles, paths: Sequence[str]) -> Iterator[tuple[str, ast.Module]]:
    for name, text in _sources(files, paths).items():
        yield name, _parse(name, text)


def _parse(name: str, text: str) -> ast.Module:
    """The file's syntax tree. Raises Unreadable."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        line = error.lineno or 1
        told = f"{label(name)}:{line}: Python cannot read this: {one_line(error.msg, 200)}. Mend the syntax."
        raise Unreadable(told, "a file is not valid Python", place(name, line)) from None
    except (RecursionError, MemoryError):
        told = f"{label(name)} is nested too deeply to be read. Split its longest expression."
    except ValueError:
        told = f"{label(name)} holds characters that Python source cannot have. Save it as plain text."
    raise Unreadable(told, "a file is not valid Python", place(name))


def _lay_out(sources: dict[str, str], folder: Path) -> dict[str, str]:
    """Write the sources below `folder`; returns the submitted name of each file there.

    Rules look at names (`__init__.py`, tests), so plain ones are kept. Others, which ruff might take for an option
    or print on two lines, get one of ours.
    """
    names = {}
    for number, (name, text) in enumerate(sources.items()):
        plain = len(name) <= 200 and all(_SAFE_PART.fullmatch(part) for part in name.split("/"))
        path = name if plain else f"unusual-name-{number}.py"
        names[path] = name
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8", newline="")
    return names


def _ruff(folder: Path, select: Sequence[str], ignore: Sequence[str], noqa: bool) -> str:
    """What ruff prints about all files below `folder`, one finding a line."""
    beside = Path(sys.executable).with_name("ruff")
    program = str(beside) if beside.exists() else shutil.which("ruff")
    if program is None:
        raise CouldNotGrade(
            "ruff, which this check runs, is not installed",
            "pip install 'pushmark[ml]', or pip install ruff, then grade again",
        )
    arguments = [
        program, "check", "--isolated", "--no-cache", "--no-fix", "--quiet", "--exit-zero", "--no-respect-gitignore",
        "--config", "exclude=[]",  # else a folder called build or dist would hide its files
        "--config", "per-file-ignores={}",
        "--output-format", "concise", "--target-version", f"py3{sys.version_info.minor}",
        f"--select={','.join(select)}", *([f"--ignore={','.join(ignore)}"] if ignore else []),
        *([] if noqa else ["--ignore-noqa"]), ".",
    ]  # fmt: skip
    try:
        done = run(arguments, cwd=folder, env={"LANG": "C.UTF-8"}, timeout=_SECONDS, check=False)
    except Overran:
        raise TimedOut(
            f"ruff took longer than {_SECONDS:g} s to read this code and was stopped. Make its files simpler.",
            "no end in time",
        ) from None
    if done.returncode < 0:  # a crash: the files made it, because their author must not be able to void an attempt
        raise Unreadable("ruff crashed while it read this code. Make its longest expressions simpler.", "not readable")
    if done.returncode != 0:
        raise CouldNotGrade(
            f"ruff refused to run: {one_line(done.stderr, 300)}", "mend `select` and `ignore` of the check"
        )
    return done.stdout


def _advice(rule: str, message: str) -> str:
    """What ruff says, and what its mark `[*]` for what it can mend itself stands for."""
    mends = f"; ruff check --fix --select {rule} mends it" if message.startswith("[*] ") else f"; see: ruff rule {rule}"
    return message.removeprefix("[*] ") + (mends if rule.isupper() else "")


def _lines(node: _Function) -> int:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is not None and first.lineno > node.lineno:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def _shown(node: _Function) -> str:
    return f"`{one_line(node.name, 60)}`"


def _public(tree: ast.Module) -> Iterator[tuple[_Function, bool]]:
    """Public functions, each with whether it is a method, however they are wrapped in `if`, `try` and `with`."""
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        parent, method = waiting.pop()
        for node in ast.iter_child_nodes(parent):
            if isinstance(node, _Function):
                if not node.name.startswith("_") or (method and node.name in {"__init__", "__call__"}):
                    yield node, method
            elif isinstance(node, ast.ClassDef):
                if not node.name.startswith("_"):
                    waiting.append((node, True))
            elif isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
                waiting.append((node, method))


def _untyped(node: _Function, method: bool) -> list[str]:
    """What has no type: names of parameters, and `the result`."""
    given = node.args
    positional = [*given.posonlyargs, *given.args]
    static = any(isinstance(one, ast.Name) and one.id == "staticmethod" for one in node.decorator_list)
    bound = positional[1:] if method and not static else positional
    others = [one for one in (given.vararg, given.kwarg) if one is not None]
    missing = [one.arg for one in [*bound, *given.kwonlyargs, *others] if one.annotation is None]
    return missing + ([] if node.returns is not None or node.name == "__init__" else ["the result"])


_START = r"(?<![A-Za-z0-9_-])"  # one start per token, so that no text makes the search quadratic
_TOKENS = (
    ("a private key", re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")),
    ("a GitHub token", re.compile(_START + r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})")),
    ("a GitLab token", re.compile(_START + r"glpat-[A-Za-z0-9_-]{20,}")),
    ("an AWS access key", re.compile(_START + r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])")),
    ("a Google API key", re.compile(_START + r"AIza[A-Za-z0-9_-]{35}")),
    ("a Slack token", re.compile(_START + r"xox[abeoprs]-[A-Za-z0-9-]{10,}")),
    ("a Hugging Face token", re.compile(_START + r"hf_[A-Za-z0-9]{30,}")),
    ("an API key", re.compile(_START + r"sk-(?=[A-Za-z0-9_-]{0,200}[0-9])[A-Za-z0-9_-]{32,}")),
    ("a payment key", re.compile(_START + r"[rs]k_live_[A-Za-z0-9]{16,}")),
    ("a PyPI token", re.compile(_START + r"pypi-[A-Za-z0-9_-]{50,}")),
    ("an npm token", re.compile(_START + r"npm_[A-Za-z0-9]{36}")),
    ("a signed token", re.compile(_START + r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}")),
)
_TELLING = re.compile(
    r"(?:secret|token|passwd|password|credential|api_?key|access_?key|private_?key)\w{0,40}[\"']?\]?\s{0,8}[:=]\s{0,8}"
    r"[\"'](?P<value>[A-Za-z0-9+/=_.~-]{16,500})[\"']",
    re.IGNORECASE,
)
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]+")


def _secret(line: str, allow: Sequence[str], entropy: float) -> str | None:
    """What a line gives away, with the first characters of it."""
    for kind, pattern in _TOKENS:
        for found in pattern.finditer(line):
            if found[0] not in allow:
                return kind if kind == "a private key" else f"{kind} ({found[0][:4]}...)"
    for found in _TELLING.finditer(line):
        value = found["value"]
        least = entropy - 0.5 if _HEXADECIMAL.fullmatch(value) else entropy
        if value not in allow and re.search(r"\d", value) and _entropy(value) >= least:
            return f"a value that looks like a secret ({value[:4]}...)"
    return None


def _entropy(text: str) -> float:
    """Shannon entropy in bits per character (Shannon 1948, A Mathematical Theory of Communication, section 6)."""
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)
