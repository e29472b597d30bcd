"""The grading repository that `course build` writes: linted, and its three jobs run with real `act`."""

import hashlib
import re
import sys
from pathlib import Path

import msgspec
import pytest
import yaml
from pushmark_bot.actions import layout
from pushmark_bot.actions.build import build
from pushmark_bot.actions.statement import new_key, verify
from pushmark_bot.testing import FakeGitHub
from pushmark_graders.lab.spec import load_lab
from pushmark_graders.report.model import Report
from pushmark_graders.worker.policy import load

from tests.workflows.act import Act, Run, commit
from tests.workflows.conftest import TINY
from tests.workflows.test_static import PINNED, scripts, tool

COMMIT = "a" * 40
GRADING = "example-school/grading"
SEED = "a secret seed of the course"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As an instructor builds it."""
    out = tmp_path_factory.mktemp("course") / "grading"
    build("ml-101", [load_lab(TINY)], SEED, load("local"), f"pushmark/pushmark@{COMMIT}", out, lambda _line: None)
    return out


def jobs(repository: Path) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = yaml.safe_load((repository / layout.WORKFLOW_PATH).read_text())["jobs"]
    return found


def test_linters_find_nothing_in_it(repository: Path) -> None:
    workflow = repository / layout.WORKFLOW_PATH
    assert tool("actionlint", "-shellcheck=", workflow) == ""
    assert tool("zizmor", "--offline", "--no-progress", "-q", "--persona", "auditor", repository) == ""
    assert tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", workflow) == ""


def test_everything_from_elsewhere_is_pinned_to_a_commit(repository: Path) -> None:
    text = (repository / layout.WORKFLOW_PATH).read_text()
    used = re.findall(r"uses:\s*([^\s#]+)", text)
    assert used
    assert all(PINNED.fullmatch(name) for name in used)
    assert f"pushmark/pushmark/.github/actions/setup-pushmark@{COMMIT}" in used


def test_the_job_with_learner_code_may_do_nothing_and_no_other_job_runs_any(repository: Path) -> None:
    workflow = yaml.safe_load((repository / layout.WORKFLOW_PATH).read_text())
    assert workflow["permissions"] == {}
    found = jobs(repository)
    assert found["answer"]["permissions"] == {}
    for word in ("secrets.", "github.token", "checkout", "environment"):
        assert word not in yaml.safe_dump(found["answer"])
    assert [name for name, job in found.items() if "secrets." in yaml.safe_dump(job)] == ["score"]
    assert found["score"]["environment"] == "scoring"
    assert [name for name, job in found.items() if "job answer" in yaml.safe_dump(job)] == ["answer"]
    assert all("${{" not in script for script in scripts(workflow))


def test_no_job_shares_a_cache_with_another(repository: Path) -> None:
    text = (repository / layout.WORKFLOW_PATH).read_text()
    assert text.count('cache: "false"') == text.count("setup-pushmark@") == 3
    assert "actions/cache" not in text


def test_what_the_answering_machine_gets_has_no_hidden_check_and_no_label(repository: Path) -> None:
    import tarfile

    folder = layout.lab_folder(repository, "tiny-lab")
    with tarfile.open(folder / layout.PUBLIC) as tar:
        names = tar.getnames()
    assert any(name.endswith("checks/test_words.py") for name in names)
    assert not any("hidden" in name or "solution" in name for name in names)
    assert not any(SEED.encode() in path.read_bytes() for path in repository.rglob("*") if path.is_file())


def test_a_folder_that_is_in_use_is_left_alone(repository: Path) -> None:
    from pushmark_graders.errors import PushmarkError

    before = (repository / "README.md").read_bytes()
    with pytest.raises(PushmarkError, match="not an empty folder"):
        build("x", [load_lab(TINY)], SEED, load("local"), f"o/r@{COMMIT}", repository, lambda _line: None)
    assert (repository / "README.md").read_bytes() == before


def test_two_builds_are_equal(repository: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    build("ml-101", [load_lab(TINY)], SEED, load("local"), f"pushmark/pushmark@{COMMIT}", again, lambda _line: None)
    for path in sorted(repository.rglob("*")):
        if path.is_file():
            assert (again / path.relative_to(repository)).read_bytes() == path.read_bytes(), path


def grade(repository: Path, tmp_path: Path, variant: str, private: str) -> tuple[Run, dict[str, str]]:
    """Dispatch the workflow for a commit of this variant, and let `act` run it."""
    import shutil

    own = tmp_path / "repository"
    shutil.copytree(repository, own)
    commit(own, GRADING)
    archive = layout.pack(layout.below(TINY / variant))
    with FakeGitHub() as github:
        github.seed_repo(GRADING, private=True)
        sha = github.seed_blob(GRADING, archive)
        inputs = {
            "nonce": "0123456789abcdef" * 2,
            "lab": "tiny-lab",
            "repository": "example-school/tiny-learner",
            "commit": "b" * 40,
            "archive": sha,
            "digest": hashlib.sha256(archive).hexdigest(),
        }
        token = github.app_token("github-actions", GRADING, {"contents": "read"})
        environment = {"GITHUB_API_URL": github.url, "PUSHMARK_PREINSTALLED": sys.prefix, "OMP_NUM_THREADS": "1"}
        act = Act(
            tmp_path / "act",
            token,
            environment,
            version=COMMIT,
            secrets={"PUSHMARK_SEED": SEED, "PUSHMARK_SIGNING_KEY": private},
        )
        run = act.run(own, "workflow_dispatch", layout.WORKFLOW, {"inputs": inputs})
    return run, inputs


def test_its_three_jobs_make_a_signed_result(repository: Path, tmp_path: Path) -> None:
    private, public = new_key()
    run, inputs = grade(repository, tmp_path, "solution", private)
    assert run.jobs == {"prepare": "success", "answer": "success", "score": "success"}, run.raw[-3000:]
    assert sorted(run.artifact("pushmark-work")) == ["commit.tar.gz", "order.json", "public.tar.gz", "questions.gz"]
    made = run.artifact(layout.ARTIFACT)
    statement = verify(made[layout.RESULT], made[layout.SIGNATURE], public)
    assert msgspec.to_builtins(statement.order) == inputs
    assert (statement.run.repository, statement.run.id) == (GRADING, 1)
    report = msgspec.json.decode(statement.report, type=Report)
    assert report.score.points == report.score.max == 10
    assert SEED not in run.raw
    assert private not in run.raw


def test_what_learner_code_prints_is_no_command_and_forges_nothing(repository: Path, tmp_path: Path) -> None:
    private, public = new_key()
    hostile = tmp_path / "hostile" / "src" / "tiny"
    hostile.mkdir(parents=True)
    (hostile / "words.py").write_text(
        "import os, sys\n"
        "print('::error::forged by the learner', flush=True)\n"
        "def count(text):\n"
        "    print('::set-output name=x::forged', os.environ, flush=True)\n"
        "    raise ValueError('::error::forged by the learner')\n"
        "def top(text, n):\n    os._exit(0)\n"
    )
    run, _ = grade(repository, tmp_path, str(tmp_path / "hostile"), private)
    assert run.jobs == {"prepare": "success", "answer": "success", "score": "success"}, run.raw[-3000:]
    assert run.errors == []
    assert "forged" not in run.log
    made = run.artifact(layout.ARTIFACT)
    report = msgspec.json.decode(verify(made[layout.RESULT], made[layout.SIGNATURE], public).report, type=Report)
    assert report.score.points == 0
    assert report.status == "graded"
